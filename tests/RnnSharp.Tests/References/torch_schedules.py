#!/usr/bin/env python3
"""Learning rates of PyTorch's schedulers, which most of them compute from one step to the next.

    python3 torch_schedules.py > torch_schedules.json
"""

import json
import warnings
import torch
from torch.optim import lr_scheduler as s

warnings.simplefilter("ignore")  # the optimizer takes no steps here
STEPS, RATE = 60, 0.2


def optimizer(rate=RATE):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate, momentum=0.9)


def sequence(parts, milestones):
    o = optimizer()
    return o, s.SequentialLR(o, [part(o) for part in parts], milestones)


def chain(parts):
    o = optimizer()
    return o, s.ChainedScheduler([part(o) for part in parts])


def rates(create, steps=STEPS):
    made = create(optimizer())
    o, scheduler = made if isinstance(made, tuple) else (made.optimizer, made)
    result = []
    for _ in range(steps):
        result.append(o.param_groups[0]["lr"])
        scheduler.step()
    return result


def plateau(losses, **options):
    o = optimizer()
    scheduler = s.ReduceLROnPlateau(o, **options)
    result = []
    for loss in losses:
        result.append(o.param_groups[0]["lr"])
        scheduler.step(loss)
    return result


def losses():
    """Falls, stays, rises and falls again; C# computes the same bits."""
    return [2 - 0.05 * min(t, 15) + (0.25 if 25 <= t < 30 else 0) - 0.00001 * t - (0.5 if t >= 50 else 0) for t in range(STEPS)]


warm = lambda factor, steps: lambda o: s.LinearLR(o, start_factor=factor, total_iters=steps)
CASES = {
    "constant": lambda o: s.LambdaLR(o, lambda t: 1),
    "step 7": lambda o: s.StepLR(o, 7),
    "step 1 0.9": lambda o: s.StepLR(o, 1, 0.9),
    "step 25 0.5": lambda o: s.StepLR(o, 25, 0.5),
    "multi-step 5 20 21": lambda o: s.MultiStepLR(o, [5, 20, 21]),
    "multi-step 1 30 30 50 0.5": lambda o: s.MultiStepLR(o, [1, 30, 30, 50], 0.5),
    "exponential 0.9": lambda o: s.ExponentialLR(o, 0.9),
    "exponential 1.01": lambda o: s.ExponentialLR(o, 1.01),
    "polynomial 40 1": lambda o: s.PolynomialLR(o, 40, 1),
    "polynomial 50 2": lambda o: s.PolynomialLR(o, 50, 2),
    "polynomial 30 0.5": lambda o: s.PolynomialLR(o, 30, 0.5),
    "linear 1 to 0.25 in 30": lambda o: s.LinearLR(o, 1, 0.25, 30),
    "linear 0.5 to 1 in 20": lambda o: s.LinearLR(o, 0.5, 1, 20),
    "cosine 60": lambda o: s.CosineAnnealingLR(o, 60),
    "cosine 20": lambda o: s.CosineAnnealingLR(o, 20),
    "cosine 25 0.01": lambda o: s.CosineAnnealingLR(o, 25, 0.01),
    "restarts 10": lambda o: s.CosineAnnealingWarmRestarts(o, 10),
    "restarts 5 2": lambda o: s.CosineAnnealingWarmRestarts(o, 5, 2),
    "restarts 1 3 0.02": lambda o: s.CosineAnnealingWarmRestarts(o, 1, 3, 0.02),
    "warm-up 10 then constant": lambda o: sequence([warm(0.1, 10), lambda o: s.LambdaLR(o, lambda t: 1)], [10]),
    "warm-up 10 then cosine": lambda o: sequence([warm(0.1, 10), lambda o: s.CosineAnnealingLR(o, 50)], [10]),
    "warm-up 5 then exponential": lambda o: sequence([warm(0.5, 5), lambda o: s.ExponentialLR(o, 0.95)], [5]),
    "warm-up 8 then step": lambda o: sequence([warm(0.25, 8), lambda o: s.StepLR(o, 10, 0.5)], [8]),
    "one-cycle 60": lambda o: s.OneCycleLR(o, 0.5, 60, cycle_momentum=False),
    "one-cycle 60 linear": lambda o: s.OneCycleLR(o, 0.5, 60, anneal_strategy="linear", cycle_momentum=False),
    "one-cycle 60 three phases": lambda o: s.OneCycleLR(o, 0.5, 60, three_phase=True, cycle_momentum=False),
    "one-cycle 61 linear three phases": lambda o: s.OneCycleLR(o, 0.5, 61, pct_start=0.37, anneal_strategy="linear", div_factor=10, final_div_factor=100, three_phase=True, cycle_momentum=False),
    "one-cycle 63 0.45": lambda o: s.OneCycleLR(o, 0.5, 63, pct_start=0.45, div_factor=4, final_div_factor=7, cycle_momentum=False),
    "cyclic 8": lambda o: s.CyclicLR(o, 0.1, 0.5, 8, cycle_momentum=False),
    "cyclic 4 9": lambda o: s.CyclicLR(o, 0.1, 0.5, 4, 9, cycle_momentum=False),
    "cyclic 6 halving": lambda o: s.CyclicLR(o, 0.1, 0.5, 6, mode="triangular2", cycle_momentum=False),
    "cyclic 7 3 halving": lambda o: s.CyclicLR(o, 0.1, 0.5, 7, 3, mode="triangular2", cycle_momentum=False),
    "cyclic 5 exponential": lambda o: s.CyclicLR(o, 0.1, 0.5, 5, mode="exp_range", gamma=0.97, cycle_momentum=False),
    "lambda": lambda o: s.LambdaLR(o, lambda t: 1 / (1 + t)),
    "chained exponential and step": lambda o: chain([lambda o: s.ExponentialLR(o, 0.97), lambda o: s.StepLR(o, 13, 0.5)]),
    "chained cosine and multi-step": lambda o: chain([lambda o: s.CosineAnnealingLR(o, 70), lambda o: s.MultiStepLR(o, [9, 33], 0.3)]),
    "chained linear, exponential and step": lambda o: chain([lambda o: s.LinearLR(o, 0.2, 1, 12), lambda o: s.ExponentialLR(o, 0.99), lambda o: s.StepLR(o, 20, 0.7)]),
    "sequential of three": lambda o: sequence([warm(0.3, 6), lambda o: s.ExponentialLR(o, 0.9), lambda o: s.CosineAnnealingLR(o, 20)], [6, 30]),
    "sequential polynomial and restarts": lambda o: sequence([lambda o: s.PolynomialLR(o, 20, 2), lambda o: s.CosineAnnealingWarmRestarts(o, 4, 2)], [25]),
}
PLATEAUS = {
    "plateau": {},
    "plateau patience 3": {"patience": 3, "factor": 0.5},
    "plateau cooldown 4": {"patience": 2, "cooldown": 4, "factor": 0.3},
    "plateau absolute": {"patience": 1, "threshold": 0.03, "threshold_mode": "abs", "factor": 0.9},
    "plateau relative": {"patience": 4, "threshold": 0.05, "factor": 0.2},
    "plateau minimum": {"patience": 0, "factor": 0.5, "min_lr": 0.03},
}

if __name__ == "__main__":
    result = {name: rates(create) for name, create in CASES.items()}
    result.update({name: plateau(losses(), **options) for name, options in PLATEAUS.items()})
    print("{\n" + ",\n".join(f'"{name}":' + json.dumps(values, separators=(",", ":")) for name, values in result.items()) + "\n}")
