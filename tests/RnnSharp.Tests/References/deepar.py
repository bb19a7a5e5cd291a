#!/usr/bin/env python3
"""DeepAR (Salinas et al. 2020) in PyTorch, in double precision: inputs, distribution parameters, likelihood and gradients of a batch of windows.

    /usr/bin/python3 deepar.py > deepar.json

Written from the paper, with the lags, the mean scale of real values and the static feature log ν of GluonTS. Everything that the network reads is
computed here from the raw series: scales, lags, covariates, month and age. A NaN is null. Matrices of parameters are PyTorch's, flattened row by
row; sequences are [step][example][feature].
"""

import json
import math

import numpy as np
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
random = np.random.RandomState(20261130)


def draw(*shape, scale=1.0):
    return torch.tensor(np.round(random.uniform(-scale, scale, size=shape), 3))


def make_series(length, size, counts, covariates, first_month):
    months = (first_month + np.arange(length)) % 12
    values = size * (1.5 + np.sin(2 * np.pi * months / 12) + random.uniform(-0.4, 0.4, length))
    values = np.round(values) if counts else np.round(values - size, 4)
    for gap in random.choice(np.arange(1, length), 4, replace=False):
        values[gap] = np.nan
    return {"values": values, "covariates": np.round(random.uniform(-3, 5, (length, covariates)), 3), "months": months}


def scale_of(values, counts):
    known = values[~np.isnan(values)]
    mean = np.abs(known).mean() if len(known) else 0.0
    return 1 + mean if counts else mean if mean > 0 else 1.0


def window(series, origin, context, horizon, lags, counts, statistics):
    """Inputs, values over which the likelihood is taken, their mask, and the scale."""
    values = series["values"]
    filled = np.zeros(len(values))
    last = 0.0
    for t, value in enumerate(values):
        last = last if np.isnan(value) else value
        filled[t] = last
    scale = scale_of(values[max(0, origin - context) : origin], counts)
    mean, deviation, center, spread = statistics
    rows, targets, mask = [], [], []
    for t in range(origin - context, origin + horizon):
        row = [filled[t - lag] / scale if t >= lag else 0.0 for lag in [1] + lags]
        angle = 0.0 if t < 0 else 2 * math.pi * series["months"][t] / 12
        ahead = list((series["covariates"][t] - mean) / deviation) + [math.sin(angle), math.cos(angle), math.log10(2 + t)] if t >= 0 else [0.0] * (len(mean) + 3)
        rows.append(row + ahead + [(math.log(scale) - center) / spread])
        observed = t >= 0 and not np.isnan(values[t])
        targets.append(values[t] if observed else 1.0)
        mask.append(float(observed))
    return rows, targets, mask, scale


class Network(torch.nn.Module):
    def __init__(self, cell, inputs, hidden, layers):
        super().__init__()
        self.layers = torch.nn.ModuleList([cell(inputs if i == 0 else hidden, hidden) for i in range(layers)])
        self.head = torch.nn.Linear(hidden, 2)

    def forward(self, x):
        for layer in self.layers:
            x, _ = layer(x)
        return self.head(x)


def case(counts, cell, hidden, layers, context, horizon, lags, covariates, cold, sizes, origins):
    series = [make_series(26, size, counts, covariates, 3 * i) for i, size in enumerate(sizes)]
    known = np.concatenate([one["covariates"] for one in series])
    logarithms = np.array([math.log(scale_of(one["values"], counts)) for one in series])
    statistics = (known.mean(0), known.std(0), logarithms.mean(), max(1.0, logarithms.std()))
    windows = [window(series[s], origin, context, horizon, lags, counts, statistics) for s, origin in origins]
    x = torch.tensor([w[0] for w in windows]).permute(1, 0, 2).contiguous().requires_grad_()
    z, mask = (torch.tensor([w[k] for w in windows]).T for k in (1, 2))
    scale = torch.tensor([w[3] for w in windows])

    network = Network(torch.nn.LSTM if cell == "lstm" else torch.nn.GRU, x.shape[2], hidden, layers)
    parameters = []  # in the library's form: one bias, and for a GRU the recurrent one of the new gate
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(draw(*parameter.shape, scale=0.6))
        for layer in network.layers:
            single = 2 * hidden if cell == "gru" else 4 * hidden
            layer.bias_hh_l0[:single] = 0
            parameters += [(layer.weight_ih_l0, 0), (layer.weight_hh_l0, 0), (layer.bias_ih_l0, 0)]
            parameters += [(layer.bias_hh_l0, single)] if cell == "gru" else []
        parameters += [(network.head.weight, 0), (network.head.bias, 0)]
    output = network(x)
    first, second = output[..., 0], output[..., 1]
    if counts:
        mean, dispersion = scale * F.softplus(first), F.softplus(second) / scale.sqrt()
        distribution = torch.distributions.NegativeBinomial(1 / dispersion, logits=(dispersion * mean).log())
        each = -distribution.log_prob(z)
    else:
        distribution = torch.distributions.Normal(scale * first, scale * F.softplus(second))
        each = -distribution.log_prob(z) - scale.log()  # of z / ν
    value = (each * mask).sum() / mask.sum()
    value.backward()
    flat = lambda tensor: tensor.detach().reshape(-1).tolist()
    nulls = lambda array: [None if math.isnan(number) else number for number in array.tolist()]
    return {
        "counts": counts, "cell": cell, "hidden": hidden, "layers": layers, "context": context, "horizon": horizon, "lags": lags, "covariates": covariates, "cold": cold,
        "series": [{"values": nulls(one["values"]), "covariates": one["covariates"].reshape(-1).tolist(), "first_month": int(one["months"][0])} for one in series],
        "windows": [list(origin) for origin in origins], "scales": flat(scale), "missing": int((mask == 0).sum()),
        "parameters": [{"shape": list(parameter[first:].shape), "values": flat(parameter[first:]), "gradient": flat(parameter.grad[first:])} for parameter, first in parameters],
        "input": flat(x), "output": flat(output), "value": value.item(), "input_gradient": flat(x.grad),
    }


if __name__ == "__main__":
    cases = [
        case(False, "lstm", 5, 2, 6, 4, [3, 12], 2, False, [0.05, 3000], [(0, 18), (1, 20), (1, 22), (0, 19)]),
        case(True, "lstm", 4, 1, 5, 3, [7], 1, False, [2, 40, 900], [(0, 12), (1, 23), (2, 15)]),
        case(True, "gru", 3, 2, 8, 2, [], 1, True, [6, 25], [(0, 3), (1, 24), (1, 1)]),
        case(False, "gru", 4, 1, 7, 5, [4], 0, True, [10], [(0, 2), (0, 21)]),
    ]
    print("[\n" + ",\n".join(json.dumps(one, separators=(",", ":")) for one in cases) + "\n]")
