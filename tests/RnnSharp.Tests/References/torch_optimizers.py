#!/usr/bin/env python3
"""Trajectories of PyTorch's optimizers in double precision, and of Lion, which PyTorch does not have, after its paper.

    python3 torch_optimizers.py > torch_optimizers.json
"""

import itertools
import json
import numpy as np
import torch

STEPS, SIZE, EVERY = 50, 5, 10


def start(number):
    return [((7919 * i + 104729 * number) % 2001 - 1000) / 1000 for i in range(SIZE)]


def gradient(number, step):
    """Numbers that C# computes to the same bits."""
    return [((15485863 * i + 32452843 * step + 49979687 * number) % 4001 - 2000) / 1000 for i in range(SIZE)]


def rate_at(rate, step):
    """A learning rate that changes every 20 steps."""
    return rate / (1 + step // 20)


class Lion:
    """Chen et al. 2023, program 1."""

    def __init__(self, parameters, lr, betas=(0.9, 0.99), weight_decay=0.0):
        (self.parameter,) = parameters
        self.param_groups = [{"lr": lr}]
        self.betas, self.decay, self.m = betas, weight_decay, np.zeros(SIZE)
        self.state = {self.parameter: {}}

    def step(self):
        w, g, lr = self.parameter.detach().numpy(), self.parameter.grad.numpy(), self.param_groups[0]["lr"]
        b1, b2 = self.betas
        update = np.sign(b1 * self.m + (1 - b1) * g)
        w -= lr * (update + self.decay * w)
        self.m = b2 * self.m + (1 - b2) * g
        self.state[self.parameter]["exp_avg"] = torch.tensor(self.m)


def product(**options):
    return [dict(zip(options, values)) for values in itertools.product(*options.values())]


CASES = (
    [("sgd", torch.optim.SGD, o) for o in product(lr=[0.05], momentum=[0, 0.9], dampening=[0, 0.25], weight_decay=[0, 0.1])]
    + [("sgd", torch.optim.SGD, o) for o in product(lr=[0.05], momentum=[0.5, 0.9], weight_decay=[0, 0.1], nesterov=[True])]
    + [("adam", torch.optim.Adam, o) for o in product(lr=[0.05], betas=[(0.9, 0.999), (0.5, 0.8)], eps=[1e-8, 1e-2], weight_decay=[0, 0.1], amsgrad=[False, True])]
    + [("adamw", torch.optim.AdamW, o) for o in product(lr=[0.05], betas=[(0.9, 0.999), (0.5, 0.8)], weight_decay=[0.01, 0.5], amsgrad=[False, True])]
    + [("rmsprop", torch.optim.RMSprop, o) for o in product(lr=[0.05], alpha=[0.99, 0.5], weight_decay=[0, 0.1], momentum=[0, 0.9], centered=[False, True])]
    + [("rmsprop", torch.optim.RMSprop, o) for o in product(lr=[0.05], eps=[0.1], centered=[False, True])]
    + [("adagrad", torch.optim.Adagrad, o) for o in product(lr=[0.2], lr_decay=[0, 0.1], weight_decay=[0, 0.1], initial_accumulator_value=[0, 0.5])]
    + [("adagrad", torch.optim.Adagrad, {"lr": 0.2, "eps": 0.1})]
    + [("lion", Lion, o) for o in product(lr=[0.01], betas=[(0.9, 0.99), (0.5, 0.8), (0.95, 0.98)], weight_decay=[0, 0.1])]
)


def run(number, name, create, options):
    parameter = torch.nn.Parameter(torch.tensor(start(number), dtype=torch.float64))
    optimizer = create([parameter], **options)
    after = []
    for step in range(STEPS):
        optimizer.param_groups[0]["lr"] = rate_at(options["lr"], step)
        parameter.grad = torch.tensor(gradient(number, step), dtype=torch.float64)
        optimizer.step()
        if (step + 1) % EVERY == 0:
            after.append(parameter.detach().tolist())
    state = {key: value.tolist() for key, value in optimizer.state[parameter].items() if key != "step" and value is not None}
    return {"optimizer": name, **options, "after": after, "state": state}


if __name__ == "__main__":
    rows = [json.dumps(run(number, *case), separators=(",", ":")) for number, case in enumerate(CASES)]
    print("[\n" + ",\n".join(rows) + "\n]")
