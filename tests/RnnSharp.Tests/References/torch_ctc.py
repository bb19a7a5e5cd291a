#!/usr/bin/env python3
"""Values and gradients of PyTorch's CTC loss in double precision on random scores and labels.

    python3 torch_ctc.py > torch_ctc.json

Scores are [step][example][class], labels one list for each example, with many repetitions.
"""

import json
import random

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def needed(labels):
    return len(labels) + sum(a == b for a, b in zip(labels, labels[1:]))


def run(number):
    r = random.Random(number)
    classes, batch, steps = r.randrange(2, 6), r.randrange(1, 4), r.randrange(1, 13)
    blank = r.randrange(classes)
    zero_infinity = number % 3 == 0
    symbols = [c for c in range(classes) if c != blank]
    lengths = [steps] + [r.randrange(1, steps + 1) for _ in range(batch - 1)]
    labels = []
    for length in lengths:
        row = [r.choice(symbols) for _ in range(r.randrange(0, 8))]
        while needed(row) > length and not zero_infinity:
            row.pop()
        labels.append(row)
    scores = torch.tensor([round(r.gauss(0, 2), 3) for _ in range(steps * batch * classes)]).reshape(steps, batch, classes).requires_grad_()
    each = F.ctc_loss(
        scores.log_softmax(-1), torch.tensor([c for row in labels for c in row], dtype=torch.int64), torch.tensor(lengths),
        torch.tensor([len(row) for row in labels]), blank=blank, reduction="none", zero_infinity=zero_infinity,
    )
    weights = [round(r.uniform(0, 2), 3) for _ in range(batch)] if number % 4 == 1 else None
    reduction = ("mean", "sum")[number % 2]
    w = torch.ones(batch) if weights is None else torch.tensor(weights)
    if reduction == "sum":
        value = (each * w).sum()
    else:
        value = (each / torch.tensor([max(1, len(row)) for row in labels]) * w).sum() / w.sum()
    value.backward()
    if weights is None:
        own = F.ctc_loss(
            scores.log_softmax(-1), torch.tensor([c for row in labels for c in row], dtype=torch.int64), torch.tensor(lengths),
            torch.tensor([len(row) for row in labels]), blank=blank, reduction=reduction, zero_infinity=zero_infinity,
        )
        assert torch.allclose(own, value, rtol=1e-13, atol=0)
    return {
        "classes": classes, "batch": batch, "steps": steps, "blank": blank, "zero_infinity": zero_infinity, "lengths": lengths, "labels": labels,
        "weights": weights, "reduction": reduction, "scores": scores.detach().flatten().tolist(),
        "value": value.item(), "losses": (each * w).tolist(), "gradient": scores.grad.flatten().tolist(),
    }


if __name__ == "__main__":
    print("[\n" + ",\n".join(json.dumps(run(number), separators=(",", ":")) for number in range(120)) + "\n]")
