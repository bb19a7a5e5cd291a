#!/usr/bin/env python3
"""The likeliest λ of Box and Cox by SciPy, and values transformed with it.

    python3 box_cox.py > box_cox.json
"""

import json

import numpy as np
from scipy import optimize, stats

CASES = {
    "lognormal": np.exp(0.3 * np.random.RandomState(1).randn(80) + 2).round(4),
    "squares": (np.random.RandomState(2).uniform(1, 9, 60) ** 2).round(4),
    "line": np.linspace(1, 20, 50).round(4),
}

if __name__ == "__main__":
    results = []
    for name, values in CASES.items():
        best = optimize.minimize_scalar(lambda l: -stats.boxcox_llf(l, values), bounds=(-2, 2), method="bounded", options={"xatol": 1e-12}).x
        results.append({"name": name, "values": values.tolist(), "lambda": best, "scaled": stats.boxcox(values, best).tolist()})
    print("[\n" + ",\n".join(json.dumps(result) for result in results) + "\n]")
