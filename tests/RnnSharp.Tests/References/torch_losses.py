#!/usr/bin/env python3
"""Values and gradients of PyTorch's losses in double precision, with masks for ragged batches and step weights.

    python3 torch_losses.py > torch_losses.json

Tensors are [step][example][feature]. A loss of each element comes from reduction="none"; masks, factors and the division by their sum are
applied here. Where there are none, the result is compared with PyTorch's own mean and sum.
"""

import json
import random

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def pinball(y, t, quantiles):
    blocks = [torch.maximum(q * (t - part), (q - 1) * (t - part)) for q, part in zip(quantiles, y.chunk(len(quantiles), -1))]
    return torch.cat(blocks, -1)


def gaussian(y, t, o, reduction="none"):
    mean, second = y.chunk(2, -1)
    variance = F.softplus(second) ** 2 if o.get("softplus") else second.exp() if o["log"] else second
    return F.gaussian_nll_loss(mean, t, variance, full=o["full"], eps=o["epsilon"], reduction=reduction)


def negative_binomial(y, t, o, reduction="none"):
    mean, dispersion = F.softplus(y).chunk(2, -1)
    scale = torch.tensor(o["scale"])
    if o.get("target_scale"):
        t, scale = t[..., :-1], scale * t[..., -1:]
    mean, dispersion = scale * mean, dispersion / scale.sqrt()
    each = -torch.distributions.NegativeBinomial(total_count=1 / dispersion, logits=(dispersion * mean).log()).log_prob(t)
    return each if reduction == "none" else getattr(each, reduction)()


def cross_entropy(y, t, o, reduction="none"):
    weights = None if o["class_weights"] is None else torch.tensor(o["class_weights"])
    if t.dtype == torch.int64:
        # A class stands in for what is left out, and is masked.
        flat = F.cross_entropy(y.flatten(0, 1), t.clamp(min=0).flatten(), weight=weights, label_smoothing=o["smoothing"], reduction=reduction)
    else:
        flat = F.cross_entropy(y.flatten(0, 1), t.flatten(0, 1), weight=weights, label_smoothing=o["smoothing"], reduction=reduction)
    return flat.reshape(*y.shape[:2], 1) if reduction == "none" else flat


LOSSES = {
    "mse": lambda y, t, o, reduction="none": F.mse_loss(y, t, reduction=reduction),
    "mae": lambda y, t, o, reduction="none": F.l1_loss(y, t, reduction=reduction),
    "huber": lambda y, t, o, reduction="none": F.huber_loss(y, t, reduction=reduction, delta=o["delta"]),
    "smooth_l1": lambda y, t, o, reduction="none": F.smooth_l1_loss(y, t, reduction=reduction, beta=o["beta"]),
    "bce": lambda y, t, o, reduction="none": F.binary_cross_entropy_with_logits(y, t, reduction=reduction, pos_weight=torch.tensor(o["positive_weights"])),
    "quantile": lambda y, t, o, reduction="none": pinball(y, t, o["quantiles"]) if reduction == "none" else getattr(pinball(y, t, o["quantiles"]), reduction)(),
    "gaussian": gaussian,
    "poisson": lambda y, t, o, reduction="none": F.poisson_nll_loss(y, t, log_input=o["log_input"], full=o["full"], eps=o["epsilon"], reduction=reduction),
    "cross_entropy": cross_entropy,
    "negative_binomial": negative_binomial,
}


def draw(r, shape, low=-2.0, high=2.0):
    count = shape[0] * shape[1] * shape[2]
    return torch.tensor([round(r.uniform(low, high), 3) for _ in range(count)]).reshape(shape)


def inputs(r, loss, o, features, batch, steps):
    y, t = draw(r, (steps, batch, features)), draw(r, (steps, batch, features))
    if loss == "bce":
        t = draw(r, t.shape, 0, 1) if r.random() < 0.5 else torch.tensor([float(r.random() < 0.4) for _ in range(t.numel())]).reshape(t.shape)
    elif loss == "quantile":
        t = t[..., : features // len(o["quantiles"])]
    elif loss == "gaussian":
        t = t[..., : features // 2]
        if not o["log"] and not o.get("softplus"):
            y[..., features // 2 :] = draw(r, t.shape, 0.01, 2)
    elif loss == "poisson":
        t = torch.tensor([float(r.randrange(6)) for _ in range(t.numel())]).reshape(t.shape)
        y = y if o["log_input"] else draw(r, y.shape, 0.05, 4)
    elif loss == "negative_binomial":
        t = torch.tensor([float(r.randrange(int(8 * o["scale"]))) for _ in range(t.numel() // 2)]).reshape(steps, batch, features // 2)
        y[..., features // 2 :] -= o["less"]
        if o.get("target_scale"):
            t = torch.cat([t, draw(r, (steps, batch, 1), 0.5, 40)], -1)
    elif loss == "cross_entropy" and o["tokens"]:
        t = torch.tensor([-100 if r.random() < 0.15 else r.randrange(features) for _ in range(steps * batch)]).reshape(steps, batch)
    elif loss == "cross_entropy":
        t = draw(r, t.shape, 0, 1).round(decimals=3)
        t = torch.tensor([[[round(v, 6) for v in column] for column in step] for step in (t / t.sum(-1, keepdim=True)).tolist()])
    return y, t


def run(number, loss, o, features, ragged, weighted, reduction):
    r = random.Random(number)
    batch, steps = 2, 3
    y, t = inputs(r, loss, o, features, batch, steps)
    lengths = [r.randrange(1, steps + 1), r.randrange(steps + 1)] if ragged else None
    mask = torch.ones(steps, batch, 1)
    if ragged:
        for j, length in enumerate(lengths):
            mask[length:, j] = 0
    weights = draw(r, mask.shape, 0, 2) if weighted else None
    if weighted:
        weights[0, 0] = 0
        mask = mask * weights
    if loss == "cross_entropy" and o["tokens"]:
        mask = mask * ((t >= 0) & (t != o["ignored"])).unsqueeze(-1)

    y.requires_grad_()
    each = LOSSES[loss](y, t, o) * mask
    factors = mask.expand(each.shape)
    if loss == "cross_entropy" and o["tokens"] and o["class_weights"] is not None:
        factors = factors * torch.tensor(o["class_weights"])[t.clamp(min=0)].unsqueeze(-1)
    value = each.sum() if reduction == "sum" or factors.sum() == 0 else each.sum() / factors.sum()
    value.backward()
    if bool((mask == 1).all()):
        assert torch.allclose(value, LOSSES[loss](y, t, o, reduction), rtol=1e-13, atol=0), (loss, o)
    flat = lambda x: None if x is None else x.flatten().tolist()
    return {
        "loss": loss, "options": o, "features": features, "batch": batch, "steps": steps, "lengths": lengths, "reduction": reduction,
        "output": flat(y.detach()), "target": flat(t), "target_features": 0 if t.dim() == 2 else t.shape[-1], "weights": flat(weights),
        "value": value.item(), "losses": flat(each.detach()), "gradient": flat(y.grad),
    }


OPTIONS = (
    [("mse", {}, 7), ("mae", {}, 9), ("huber", {"delta": 0.7}, 5), ("huber", {"delta": 2.5}, 9)]
    + [("smooth_l1", {"beta": b}, f) for b, f in ((1, 3), (0.4, 10), (0, 2))]
    + [("bce", {"positive_weights": w}, f) for w, f in (([1], 9), ([2.5], 4), ([0.5, 1, 3, 0, 7], 5))]
    + [("quantile", {"quantiles": q}, f) for q, f in (([0.3], 4), ([0.1, 0.5, 0.9], 3), ([0.05, 0.5, 0.75], 15))]
    + [("gaussian", {"log": l, "full": u, "epsilon": e}, f) for l, u, e, f in ((False, False, 1e-6, 2), (False, True, 0.5, 10), (True, True, 1e-6, 2), (True, False, 1e-6, 18))]
    + [("poisson", {"log_input": l, "full": u, "epsilon": e}, f) for l, u, e, f in ((True, False, 1e-8, 9), (True, True, 1e-8, 3), (False, False, 1e-3, 5), (False, True, 1e-8, 10))]
    + [
        ("cross_entropy", {"tokens": k, "class_weights": w, "smoothing": s, "ignored": i}, f)
        for k, w, s, i, f in (
            (True, None, 0, -100, 9),
            (True, None, 0, 1, 4),
            (True, [1.5, 0.25, 2], 0, -100, 3),
            (True, None, 0.2, -100, 11),
            (True, [0.5, 0, 2, 1, 1.25], 0.1, 0, 5),
            (False, None, 0, -100, 9),
            (False, [0.5, 1, 2, 0], 0, -100, 4),
            (False, [0.5, 1, 2, 3, 1, 1, 4, 5, 6, 0.5], 0.3, -100, 10),
        )
    ]
    + [("negative_binomial", {"scale": s, "less": l}, f) for s, l, f in ((1, -0.5, 2), (30, -2, 10), (0.5, 0, 4))]
    + [("gaussian", {"log": False, "softplus": True, "full": u, "epsilon": 1e-6}, f) for u, f in ((False, 2), (True, 10))]
    + [("negative_binomial", {"scale": s, "less": -0.5, "target_scale": True}, f) for s, f in ((1, 2), (2.5, 10))]
)

if __name__ == "__main__":
    cases = []
    for loss, options, features in OPTIONS:
        for ragged, weighted in ((False, False), (True, False), (False, True), (True, True)):
            for reduction in ("mean", "sum"):
                cases.append(run(len(cases), loss, options, features, ragged, weighted, reduction))
    print("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]")
