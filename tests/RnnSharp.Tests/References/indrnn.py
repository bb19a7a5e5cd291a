#!/usr/bin/env python3
"""Reference cases of the independently recurrent layer (Li et al. 2018), h(t) = act(W x(t) + u * h(t-1) + b), in plain Python.

    python3 indrnn.py > indrnn.json

The gradients are computed by the complex step: the loss, sum of g * output + k * final state, is evaluated at v + i*1e-30,
whose imaginary part is the derivative to the last digits. The rectifier of a complex number goes by its real part.
"""

import cmath
import json
import random

STEP = 1e-30


def activate(kind, z):
    if kind == "tanh":
        return cmath.tanh(z)
    return z if z.real > 0 else 0j


def loss(case, values):
    inputs, hidden, batch, steps = case["inputs"], case["hidden"], case["batch"], case["steps"]
    total = 0
    outputs = []
    final = []
    for j in range(batch):
        h = [values["initial"][j * hidden + i] for i in range(hidden)]
        for t in range(case["lengths"][j]):
            x = [values["input"][(t * batch + j) * inputs + k] for k in range(inputs)]
            h = [
                activate(case["activation"], sum((values["weight_ih"][i + hidden * k] * x[k] for k in range(inputs)), values["bias"][i] + values["weight_hh"][i] * h[i]))
                for i in range(hidden)
            ]
            for i in range(hidden):
                outputs.append(((t * batch + j) * hidden + i, h[i]))
                total += case["output_gradient"][(t * batch + j) * hidden + i] * h[i]
        final += h
        total += sum(case["state_gradient"][j * hidden + i] * h[i] for i in range(hidden))
    flat = [0.0] * (hidden * batch * steps)
    for at, value in outputs:
        flat[at] = complex(value).real
    return total, flat, [complex(value).real for value in final]


def make(activation, inputs, hidden, batch, steps, lengths, seed):
    draw = random.Random(seed)
    numbers = lambda count: [round(draw.uniform(-1, 1), 6) for _ in range(count)]
    case = {"activation": activation, "inputs": inputs, "hidden": hidden, "batch": batch, "steps": steps, "lengths": lengths}
    values = {"weight_ih": numbers(hidden * inputs), "weight_hh": numbers(hidden), "bias": numbers(hidden), "input": numbers(inputs * batch * steps), "initial": numbers(hidden * batch)}
    case["output_gradient"] = numbers(hidden * batch * steps)
    case["state_gradient"] = numbers(hidden * batch)
    _, case["output"], case["final"] = loss(case, {name: [complex(value) for value in part] for name, part in values.items()})
    case["values"] = values
    case["gradients"] = {}
    for name, part in values.items():
        gradient = []
        for at in range(len(part)):
            moved = {other: [complex(value) for value in given] for other, given in values.items()}
            moved[name][at] += 1j * STEP
            gradient.append(loss(case, moved)[0].imag / STEP)
        case["gradients"][name] = gradient
    return case


CASES = [
    make("relu", 3, 4, 2, 5, [5, 5], 1),
    make("tanh", 3, 4, 2, 5, [5, 3], 2),
    make("relu", 1, 1, 1, 7, [7], 3),
    make("relu", 2, 9, 3, 4, [4, 1, 0], 4),
    make("tanh", 5, 17, 2, 6, [2, 6], 5),
    make("relu", 4, 33, 1, 3, [3], 6),
]

if __name__ == "__main__":
    print("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in CASES) + "\n]")
