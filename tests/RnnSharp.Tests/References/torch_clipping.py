#!/usr/bin/env python3
"""Gradients clipped by PyTorch's clip_grad_norm_ in double precision.

    python3 torch_clipping.py > torch_clipping.json
"""

import json
import torch

SHAPES = [(7, 3), (7, 7), (7, 1)]


def gradient(parameter, rows, columns):
    """Column-major numbers that C# computes to the same bits."""
    values = [((7919 * i + 104729 * parameter) % 2001 - 1000) / 500 for i in range(rows * columns)]
    return torch.tensor(values, dtype=torch.float64)


def run(order, limit, per_parameter):
    parameters = []
    for p, shape in enumerate(SHAPES):
        parameter = torch.nn.Parameter(torch.zeros(shape[0] * shape[1], dtype=torch.float64))
        parameter.grad = gradient(p, *shape)
        parameters.append(parameter)
    norm = torch.nn.utils.clip_grad_norm_(parameters, float("inf"), norm_type=order).item()
    maximum = limit * norm
    if per_parameter:
        for parameter in parameters:
            torch.nn.utils.clip_grad_norm_([parameter], maximum, norm_type=order)
    else:
        torch.nn.utils.clip_grad_norm_(parameters, maximum, norm_type=order)
    return {"order": order, "max_norm": maximum, "per_parameter": per_parameter, "norm": norm, "sums": [p.grad.sum().item() for p in parameters], "last": [p.grad[-3:].tolist() for p in parameters]}


if __name__ == "__main__":
    rows = [run(order, limit, each) for order in (1.0, 1.5, 2.0, 3.0, float("inf")) for limit in (1e-3, 0.4, 1.0, 2.0) for each in (False, True)]
    for row in rows:
        row["order"] = row["order"] if row["order"] != float("inf") else "inf"
    print("[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "\n]")
