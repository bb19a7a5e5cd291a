#!/usr/bin/env python3
"""Trajectories of PyTorch's SGD, in exact rational arithmetic after its documentation.

    python3 sgd.py > sgd.json
"""

import json
import random
from fractions import Fraction

OPTIONS = [
    {"momentum": m, "dampening": d, "weight_decay": w, "nesterov": n}
    for m in (0, 0.5, 0.9)
    for d in (0, 0.25)
    for w in (0, 0.0625)
    for n in (False, True)
    if not n or (m > 0 and d == 0)
]


def run(number, options):
    draw = random.Random(number)
    numbers = lambda: [round(draw.uniform(-1, 1), 4) for _ in range(5)]
    rate = 0.125
    weights = numbers()
    gradients = [numbers() for _ in range(20)]
    m, d, decay = (Fraction(options[name]) for name in ("momentum", "dampening", "weight_decay"))
    w = [Fraction(value) for value in weights]
    v = [None] * len(w)
    for step in gradients:
        for i, value in enumerate(step):
            g = Fraction(value) + decay * w[i]
            if m:
                v[i] = g if v[i] is None else m * v[i] + (1 - d) * g
                g = g + m * v[i] if options["nesterov"] else v[i]
            w[i] -= Fraction(rate) * g
    return {**options, "rate": rate, "weights": weights, "gradients": gradients, "result": [float(value) for value in w]}


if __name__ == "__main__":
    print("[\n" + ",\n".join(json.dumps(run(number, options), separators=(",", ":")) for number, options in enumerate(OPTIONS)) + "\n]")
