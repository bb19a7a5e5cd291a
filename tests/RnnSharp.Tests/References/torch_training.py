#!/usr/bin/env python3
"""200 steps of training with PyTorch in double precision: recurrent layers with two biases, clipping and a schedule.

    python3 torch_training.py > torch_training.json
"""

import json
import torch

INPUT, HIDDEN, OUTPUT, BATCH, STEPS, UPDATES = 3, 5, 2, 4, 6, 200


def numbers(seed, count, scale=1000):
    """Numbers that C# computes to the same bits."""
    return [((7919 * i + 104729 * seed) % 2001 - 1000) / scale for i in range(count)]


def tensor(seed, *shape, scale=1000):
    count = 1
    for size in shape:
        count *= size
    return torch.tensor(numbers(seed, count, scale), dtype=torch.float64).reshape(shape)


KINDS = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
OPTIMIZERS = {
    "adam": lambda p: torch.optim.Adam(p, lr=0.02),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.02, weight_decay=0.05, amsgrad=True),
    "sgd": lambda p: torch.optim.SGD(p, lr=0.2, momentum=0.9, nesterov=True, weight_decay=1e-3),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.005, momentum=0.5, centered=True),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.1, lr_decay=0.01),
}
SCHEDULES = {
    "warm-up and cosine": lambda o: torch.optim.lr_scheduler.SequentialLR(o, [torch.optim.lr_scheduler.LinearLR(o, 0.1, 1, 20), torch.optim.lr_scheduler.CosineAnnealingLR(o, 180)], [20]),
    "step": lambda o: torch.optim.lr_scheduler.StepLR(o, 60, 0.5),
}


def run(kind, optimizer_name, schedule_name, max_norm, norm_type):
    layer = KINDS[kind](INPUT, HIDDEN).double()
    head = torch.nn.Linear(HIDDEN, OUTPUT).double()
    parameters = list(layer.parameters()) + list(head.parameters())
    with torch.no_grad():
        for i, parameter in enumerate(parameters):
            parameter.copy_(tensor(i + 1, *parameter.shape, scale=2500))
    optimizer = OPTIMIZERS[optimizer_name](parameters)
    schedule = SCHEDULES[schedule_name](optimizer)
    losses, clipped = [], 0
    for update in range(UPDATES):
        x, target = tensor(100 + update % 7, STEPS, BATCH, INPUT), tensor(200 + update % 7, STEPS, BATCH, OUTPUT)
        optimizer.zero_grad()
        output = head(layer(x)[0])
        loss = torch.nn.functional.mse_loss(output, target)
        loss.backward()
        clipped += int(torch.nn.utils.clip_grad_norm_(parameters, max_norm, norm_type=norm_type).item() > max_norm)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    assert 10 < clipped < 200, clipped
    return {
        "kind": kind, "optimizer": optimizer_name, "schedule": schedule_name, "max_norm": max_norm, "norm_type": norm_type,
        "losses": [losses[0], losses[99], losses[199]],
        "weights": [parameter.detach().flatten().tolist() for parameter in parameters],
    }


CASES = [
    ("rnn", "adam", "warm-up and cosine", 0.2, 2.0),
    ("rnn", "sgd", "step", 0.25, 2.0),
    ("gru", "adam", "step", 0.15, 2.0),
    ("gru", "rmsprop", "warm-up and cosine", 0.5, 1.0),
    ("gru", "adamw", "warm-up and cosine", 0.1, 3.0),
    ("lstm", "adam", "warm-up and cosine", 0.15, 2.0),
    ("lstm", "adamw", "step", 0.15, 2.0),
    ("lstm", "adagrad", "step", 0.1, 2.0),
    ("lstm", "sgd", "warm-up and cosine", 0.15, 2.0),
]

if __name__ == "__main__":
    rows = [json.dumps(run(*case), separators=(",", ":")) for case in CASES]
    print("[\n" + ",\n".join(rows) + "\n]")
