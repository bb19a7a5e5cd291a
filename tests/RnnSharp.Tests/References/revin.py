"""Writes revin.json: golden cases of reversible instance normalization (Kim et al. 2022) around a GRU, from PyTorch in double precision, for
ReversibleNormalizationLayerTests.cs.

Run with Debian's python3-torch (1.13) and python3-numpy: /usr/bin/python3 revin.py

The formulas and the names of the parameters are those of the authors' code; mean, last value and standard deviation are not detached, so that
the gradient of the input is the whole one. Matrices are PyTorch's, flattened row by row; sequences are [step][example][column].
"""

import json
import pathlib

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
random = np.random.RandomState(20261201)


def draw(*shape, scale=1.0):
    return torch.tensor(np.round(random.uniform(-scale, scale, size=shape), 3))


def flat(tensor):
    return tensor.detach().reshape(-1).tolist()


class Reversible(torch.nn.Module):
    def __init__(self, columns, affine, last, epsilon):
        super().__init__()
        self.affine, self.last, self.epsilon = affine, last, epsilon
        if affine:
            self.affine_weight = torch.nn.Parameter(1 + draw(columns, scale=0.6))
            self.affine_bias = torch.nn.Parameter(draw(columns))
        self.inner = torch.nn.GRU(columns, columns)

    def forward(self, x):
        """x: steps, batch, columns."""
        center = x[-1:] if self.last else x.mean(dim=0, keepdim=True)
        scale = torch.sqrt(x.var(dim=0, keepdim=True, unbiased=False) + self.epsilon)
        u = (x - center) / scale
        if self.affine:
            u = u * self.affine_weight + self.affine_bias
        v, _ = self.inner(u)
        if self.affine:
            v = (v - self.affine_bias) / (self.affine_weight + self.epsilon * self.epsilon)
        return v * scale + center


def case(columns, steps, batch, affine, last, epsilon):
    net = Reversible(columns, affine, last, epsilon)
    with torch.no_grad():
        for parameter in net.inner.parameters():
            parameter.copy_(draw(*parameter.shape, scale=0.8))
    x = (draw(steps, batch, columns) + draw(1, batch, columns, scale=3)).requires_grad_()
    y = net(x)
    gradient = draw(steps, batch, columns)
    y.backward(gradient)
    return {
        "columns": columns, "steps": steps, "batch": batch, "affine": affine, "last": last, "epsilon": epsilon,
        "parameters": [{"name": name, "shape": list(parameter.shape), "values": flat(parameter), "gradient": flat(parameter.grad)} for name, parameter in net.named_parameters()],
        "input": flat(x), "output": flat(y), "output_gradient": flat(gradient), "input_gradient": flat(x.grad),
    }


def main():
    cases = [
        case(1, 3, 1, False, False, 1e-5),
        case(3, 5, 2, True, False, 1e-5),
        case(4, 6, 3, True, True, 1e-2),
        case(2, 1, 4, False, True, 1e-3),
        case(5, 9, 2, True, True, 0.1),
    ]
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text("[\n" + ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in cases) + "\n]\n")


if __name__ == "__main__":
    main()
