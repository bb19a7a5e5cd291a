#!/usr/bin/env python3
"""Baselines of forecasting and scores of forecasts, from their formulas in NumPy and SciPy.

    python3 forecasting.py > forecasting.json

Smoothing keeps a list of every state by time; its optimum is SciPy's best of many starts, its variances come from the matrices of the state
space form (Hyndman et al. 2008, section 6.3) and, for a multiplicative season, from the formula of R's predict.HoltWinters.
"""

import json

import numpy as np
from scipy import integrate, optimize, stats

AIRLINE = np.array([float(value) for value in """
112 118 132 129 121 135 148 148 136 119 104 118 115 126 141 135 125 149 170 170 158 133 114 140 145 150 178 163 172 178 199 199 184 162 146 166
171 180 193 181 183 218 230 242 209 191 172 194 196 196 236 235 229 243 264 272 237 211 180 201 204 188 235 227 234 264 302 293 259 229 203 229
242 233 267 269 270 315 364 347 312 274 237 278 284 277 317 313 318 374 413 405 355 306 271 306 315 301 356 348 355 422 465 467 404 347 305 336
340 318 362 348 363 435 491 505 404 359 310 337 360 342 406 396 420 472 548 559 463 407 362 405 417 391 419 461 472 535 622 606 508 461 390 432
""".split()])


def naive(y, m, horizon):
    e = y[m:] - y[:-m]
    sigma = np.sqrt(np.mean(e**2))
    h = np.arange(horizon)
    return np.array([y[len(y) - m + i % m] for i in h]), sigma * np.sqrt(np.floor(h / m) + 1)


def drift(y, horizon):
    slope = np.diff(y).mean()
    sigma = np.std(np.diff(y), ddof=1)
    h = np.arange(1, horizon + 1)
    return y[-1] + slope * h, sigma * np.sqrt(h * (1 + h / (len(y) - 1)))


def mean(y, horizon):
    return np.full(horizon, y.mean()), np.full(horizon, np.std(y, ddof=1) * np.sqrt(1 + 1 / len(y)))


def linear(y, lookback, horizon, ridge):
    x = np.array([y[i : i + lookback] for i in range(len(y) - lookback - horizon + 1)])
    z = np.array([y[i + lookback : i + lookback + horizon] for i in range(len(x))]) - x[:, -1:]
    x = np.hstack([x[:, :-1] - x[:, -1:], np.ones((len(x), 1))])
    penalty = np.eye(lookback) * (ridge * np.mean(np.sum(x[:, :-1] ** 2, 0)) if lookback > 1 else 0)
    penalty[-1, -1] = 0
    fit = lambda keep: np.linalg.solve(x[keep].T @ x[keep] + penalty, x[keep].T @ z[keep])
    everything = np.ones(len(x), bool)
    errors = []
    for i in range(len(x)):
        keep = everything.copy()
        keep[i] = False
        errors.append(z[i] - x[i] @ fit(keep))
    last = np.append(y[-lookback:-1] - y[-1], 1)
    return y[-1] + last @ fit(everything), np.sqrt(np.mean(np.square(errors), 0))


def start(y, trend, season, m):
    """Level, trend and seasons before the first smoothed value, and its place."""
    if season == "none":
        if trend == "none":
            return y[0], 0.0, [0.0], 1
        slope, level = np.polyfit(np.arange(1, min(10, len(y)) + 1), y[:10], 1)
        return level, slope, [0.0], 0
    first = y[: 2 * m]
    weights = np.r_[0.5, np.ones(m - 1), 0.5] / m if m % 2 == 0 else np.ones(m) / m
    smooth = np.convolve(first, weights, "valid")
    at = np.arange(len(smooth)) + m // 2
    rest = first[at] / smooth if season == "multiplicative" else first[at] - smooth
    figure = np.array([rest[at % m == place].mean() for place in range(m)])
    figure = figure / figure.mean() if season == "multiplicative" else figure - figure.mean()
    slope, level = np.polyfit(np.arange(1, len(smooth) + 1), smooth, 1)
    return level, slope if trend != "none" else 0.0, list(figure), m


def smooth(y, trend, season, m, parameters):
    alpha, beta, gamma, phi = parameters
    level, slope, seasons, at = start(y, trend, season, m)
    errors = []
    for t in range(at, len(y)):
        s = seasons[-m]
        predicted = (level + phi * slope) * s if season == "multiplicative" else level + phi * slope + s
        errors.append(y[t] - predicted)
        new = alpha * (y[t] / s if season == "multiplicative" else y[t] - s) + (1 - alpha) * (level + phi * slope)
        slope = beta * (new - level) + (1 - beta) * phi * slope
        level = new
        if season != "none":
            seasons.append(gamma * (y[t] / level if season == "multiplicative" else y[t] - level) + (1 - gamma) * s)
        else:
            seasons.append(0.0)
    return np.array(errors), level, slope, seasons[-m:]


def ahead(y, trend, season, m, parameters, fitted, horizon):
    alpha, beta, gamma, phi = parameters
    errors, level, slope, seasons = smooth(y, trend, season, m, parameters)
    points = []
    for h in range(1, horizon + 1):
        line = level + sum(phi**i for i in range(1, h + 1)) * slope
        s = seasons[(h - 1) % m]
        points.append(line * s if season == "multiplicative" else line + s)
    # The state is level, trend and the seasons of the next m steps.
    transition = np.zeros((2 + m, 2 + m))
    transition[0, :2] = 1, phi
    transition[1, 1] = phi
    for i in range(m):
        transition[2 + i, 2 + (i + 1) % m] = 1
    observed = np.zeros(2 + m)
    observed[:3] = 1, phi, 1
    gain = np.zeros(2 + m)
    gain[0], gain[1], gain[-1] = alpha, alpha * beta, (gamma * (1 - alpha) if season != "none" else 0)
    psi = [1.0] + [observed @ np.linalg.matrix_power(transition, j - 1) @ gain for j in range(1, horizon)]
    sse = float(np.sum(errors**2))
    variance = sse / max(len(errors) - min(fitted, len(errors) - 1), 1)
    deviations = []
    for h in range(1, horizon + 1):
        factors = [seasons[(h - 1) % m] / seasons[(h - 1 - j) % m] if season == "multiplicative" else 1 for j in range(h)]
        deviations.append(np.sqrt(variance * sum((psi[j] * factors[j]) ** 2 for j in range(h))))
    return sse, points, deviations


def optimum(y, trend, season, m):
    kinds = [True, trend != "none", season != "none", trend == "damped"]
    bounds = [b for b, used in zip([(0, 1), (0, 1), (0, 1), (0.8, 0.98)], kinds) if used]

    def full(point):
        point = list(point)
        return [point.pop(0) if used else default for used, default in zip(kinds, [0, 0, 0, 1])]

    def sse(point):
        with np.errstate(all="ignore"):
            value = float(np.sum(smooth(y, trend, season, m, full(point))[0] ** 2))
        return value if np.isfinite(value) else 1e300

    r = np.random.default_rng(0)
    best = None
    for _ in range(12):
        x0 = [r.uniform(*b) for b in bounds]
        found = optimize.minimize(sse, x0, method="L-BFGS-B", bounds=bounds)
        found = optimize.minimize(sse, found.x, method="Nelder-Mead", bounds=bounds, options={"xatol": 1e-10, "fatol": 1e-12, "maxiter": 4000})
        if best is None or found.fun < best.fun:
            best = found
    return full(best.x), sum(kinds)


def smoothing():
    r = np.random.default_rng(1)
    walk = np.round(np.cumsum(r.normal(size=60)) + 20, 3)
    quarters = np.round(50 + 0.4 * np.arange(41) + 6 * np.sin(np.arange(41) * np.pi / 2) + r.normal(size=41), 3)
    week = np.round((30 + 0.1 * np.arange(63)) * (1 + 0.2 * np.sin(np.arange(63) * 2 * np.pi / 7)) + r.normal(size=63), 3)
    cases = []
    for y, trend, season, m in [
        (walk, "none", "none", 1), (walk, "additive", "none", 1), (walk, "damped", "none", 1), (AIRLINE, "none", "none", 1), (AIRLINE, "damped", "none", 1),
        (quarters, "none", "additive", 4), (quarters, "additive", "additive", 4), (quarters, "damped", "multiplicative", 4),
        (week, "additive", "additive", 7), (week, "additive", "multiplicative", 7), (week, "none", "multiplicative", 7), (week, "damped", "additive", 7),
        (AIRLINE, "additive", "additive", 12), (AIRLINE, "additive", "multiplicative", 12),
    ]:
        given = [0.3, 0.15 if trend != "none" else 0, 0.25 if season != "none" else 0, 0.9 if trend == "damped" else 1]
        fitted, count = optimum(y, trend, season, m)
        case = {"values": y.tolist(), "trend": trend, "season": season, "length": m, "given": given, "fitted": fitted, "horizon": 2 * m + 3}
        case["sse"], case["points"], case["deviations"] = ahead(y, trend, season, m, given, 0, 2 * m + 3)
        case["fitted_sse"], case["fitted_points"], case["fitted_deviations"] = ahead(y, trend, season, m, fitted, count, 2 * m + 3)
        cases.append(case)
    return cases


def simple():
    r = np.random.default_rng(2)
    y = np.round(np.cumsum(r.normal(size=40)) + 5 * np.sin(np.arange(40) * 2 * np.pi / 6), 3)
    cases = [("naive", naive(y, 1, 9)), ("seasonal", naive(y, 6, 15)), ("drift", drift(y, 9)), ("mean", mean(y, 9)),
             ("linear", linear(y, 7, 5, 1e-3)), ("linear", linear(y, 12, 3, 0.5)), ("linear", linear(y, 1, 2, 1e-3))]
    sizes = [(1, 0), (6, 0), (1, 0), (1, 0), (7, 1e-3), (12, 0.5), (1, 1e-3)]
    return [{"method": name, "values": y.tolist(), "size": size, "ridge": ridge, "points": list(p), "deviations": list(d)} for (name, (p, d)), (size, ridge) in zip(cases, sizes)]


def scores():
    r = np.random.default_rng(3)
    training, a = np.round(r.normal(10, 3, 30), 2), np.round(r.normal(10, 3, 8), 2)
    f, sigma = np.round(r.normal(10, 3, 8), 2), np.round(r.uniform(0.5, 3, 8), 2)
    samples = np.round(r.normal(10, 3, (25, 8)), 2)
    levels = [0.1, 0.25, 0.5, 0.75, 0.9]
    quantiles = np.quantile(samples, levels, axis=0)
    middles = [0, *[(low + high) / 2 for low, high in zip(levels, levels[1:])], 1]
    pinball = lambda q, level: float(np.mean(np.where(a >= q, level * (a - q), (1 - level) * (q - a))))

    def gaussian(x, mu, s):
        below = integrate.quad(lambda v: stats.norm.cdf(v, mu, s) ** 2, mu - 12 * s, x, epsabs=1e-13, limit=200)[0]
        return below + integrate.quad(lambda v: (1 - stats.norm.cdf(v, mu, s)) ** 2, x, mu + 12 * s, epsabs=1e-13, limit=200)[0]

    def empirical(x, points):
        edges = np.sort(np.append(points, x))
        step = lambda v: np.mean(points <= v) - (v >= x)
        return sum(step((lo + hi) / 2) ** 2 * (hi - lo) for lo, hi in zip(edges, edges[1:]))

    lower, upper = stats.norm.ppf(0.1, f, sigma), stats.norm.ppf(0.9, f, sigma)
    scale = {m: float(np.mean(np.abs(training[m:] - training[:-m]))) for m in (1, 7)}
    return {
        "training": training.tolist(), "actual": a.tolist(), "forecast": f.tolist(), "deviations": sigma.tolist(), "samples": samples.flatten().tolist(),
        "levels": levels, "quantiles": quantiles.flatten().tolist(), "lower": lower.tolist(), "upper": upper.tolist(),
        "mae": float(np.mean(np.abs(a - f))), "rmse": float(np.sqrt(np.mean((a - f) ** 2))), "mape": float(100 * np.mean(np.abs(a - f) / np.abs(a))),
        "smape": float(100 * np.mean(2 * np.abs(a - f) / (np.abs(a) + np.abs(f)))), "mase1": float(np.mean(np.abs(a - f)) / scale[1]), "mase7": float(np.mean(np.abs(a - f)) / scale[7]),
        "pinball": [pinball(q, level) for q, level in zip(quantiles, levels)], "coverage": float(np.mean((a >= lower) & (a <= upper))),
        "crps_gaussian": float(np.mean([gaussian(*v) for v in zip(a, f, sigma)])), "crps_samples": float(np.mean([empirical(x, samples[:, i]) for i, x in enumerate(a)])),
        "crps_quantiles": float(sum(2 * (high - low) * pinball(q, level) for q, level, low, high in zip(quantiles, levels, middles, middles[1:]))),
        "gaussian_pinball": float(np.mean([pinball(stats.norm.ppf(level, f, sigma), level) for level in (0.1, 0.5, 0.9)])),
    }


print(json.dumps({"simple": simple(), "smoothing": smoothing(), "scores": scores()}))
