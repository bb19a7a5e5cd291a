#!/usr/bin/env python3
"""Negative log-likelihoods of counts with their derivatives by both outputs, to 40 digits (mpmath), where double precision cancels.

    python3 negative_binomial.py > negative_binomial.json
"""

import json

import mpmath as mp

mp.mp.dps = 700


def loss(scale, mean, dispersion, count):
    mu, alpha = scale * mp.log1p(mp.exp(mean)), mp.log1p(mp.exp(dispersion)) / mp.sqrt(scale)
    r = 1 / alpha
    return mp.loggamma(count + 1) + mp.loggamma(r) - mp.loggamma(count + r) + (r + count) * mp.log1p(alpha * mu) - count * mp.log(alpha * mu)


def derivatives(scale, mean, dispersion, count):
    mu, alpha = scale * mp.log1p(mp.exp(mean)), mp.log1p(mp.exp(dispersion)) / mp.sqrt(scale)
    r = 1 / alpha
    by_mean = (mu - count) / (mu * (1 + alpha * mu))
    by_dispersion = r * r * (mp.digamma(count + r) - mp.digamma(r) - mp.log1p(alpha * mu)) + r * (mu - count) / (1 + alpha * mu)
    sigmoid = lambda x: 1 / (1 + mp.exp(-x))
    return by_mean * scale * sigmoid(mean), by_dispersion * sigmoid(dispersion) / mp.sqrt(scale)


if __name__ == "__main__":
    cases = []
    for scale in (mp.mpf(1), mp.mpf(20)):
        for mean in (mp.mpf("-9.5"), mp.mpf("1.25"), mp.mpf(40)):
            for dispersion in (mp.mpf(-200), mp.mpf(-30), mp.mpf(-9), mp.mpf("-3.5"), mp.mpf("-2.25"), mp.mpf(0), mp.mpf(20)):
                for count in (0, 1, 7, 900):
                    given = (scale, mean, dispersion, mp.mpf(count))
                    first, second = derivatives(*given)
                    cases.append([float(x) for x in (*given, loss(*given), first, second)])
    print("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]")
