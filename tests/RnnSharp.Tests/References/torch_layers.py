"""Writes torch_layers.json: golden cases from PyTorch in double precision of the layers that are not recurrent, for
LayerNormalizationLayerTests.cs and PoolingLayerTests.cs.

Run with Debian's python3-torch (1.13) and python3-numpy: /usr/bin/python3 torch_layers.py

What goes in is drawn with few decimals, so that it is short to print; what comes out is printed with repr, every bit of it.
Sequences are [step][example][feature].
"""

import json
import pathlib

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
random = np.random.RandomState(20241122)


def draw(*shape, scale=1.0, decimals=2):
    return torch.tensor(np.round(random.uniform(-scale, scale, size=shape), decimals))


def flat(tensor):
    return tensor.detach().reshape(-1).tolist()


def mask_of(steps, batch, lengths):
    """[step][example][1]: one where an example still lasts."""
    return (torch.arange(steps)[:, None] < torch.tensor(lengths)[None, :]).double()[:, :, None]


def layer_norm_case(size, batch, steps, ragged, epsilon, scale, offset):
    net = torch.nn.LayerNorm(size, eps=epsilon)
    with torch.no_grad():
        net.weight.copy_(1 + draw(size))
        net.bias.copy_(draw(size))
    x = (offset + draw(steps, batch, size, scale=scale)).requires_grad_()
    lengths = random.randint(0, steps + 1, size=batch).tolist() if ragged else [steps] * batch
    y = net(x) * mask_of(steps, batch, lengths)
    gradient = draw(steps, batch, size)
    (y * gradient).sum().backward()
    return {
        "size": size, "batch": batch, "steps": steps, "lengths": lengths if ragged else None, "epsilon": epsilon,
        "weight": flat(net.weight), "bias": flat(net.bias), "x": flat(x), "output": flat(y), "output_gradient": flat(gradient),
        "weight_gradient": flat(net.weight.grad), "bias_gradient": flat(net.bias.grad), "x_gradient": flat(x.grad),
    }


def pooling_case(kind, size, batch, steps, ragged):
    lengths = random.randint(1, steps + 1, size=batch).tolist() if ragged else [steps] * batch

    # A permutation of different numbers, so that no maximum is there twice: PyTorch does not say which one gets the gradient.
    count = steps * batch * size
    x = torch.tensor(random.permutation(count).reshape(steps, batch, size) / 64 - count / 128).requires_grad_()
    if kind == "last":
        y = torch.stack([x[length - 1, j] for j, length in enumerate(lengths)])
    elif kind == "mean":
        y = torch.stack([x[:length, j].mean(0) for j, length in enumerate(lengths)])
    else:
        y = torch.stack([x[:length, j].max(0).values for j, length in enumerate(lengths)])
    gradient = draw(batch, size)
    (y * gradient).sum().backward()
    return {
        "kind": kind, "size": size, "batch": batch, "steps": steps, "lengths": lengths if ragged else None,
        "x": flat(x), "output": flat(y), "output_gradient": flat(gradient), "x_gradient": flat(x.grad),
    }


def main():
    # Sizes around the lengths of vectors; an offset that is large beside what is left when the mean is taken off.
    sizes = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65]
    norms = [layer_norm_case(size, 1 + number % 4, 1 + number % 5, number % 3 == 1, [1e-5, 1e-3, 1e-12][number % 3], [1.0, 0.05, 10.0][number % 3], [0, 0, 3.0][number // 2 % 3])
             for number, size in enumerate(sizes)]
    pools = [pooling_case(kind, size, batch, steps, ragged)
             for kind in ["last", "mean", "max"] for size, batch, steps in [(1, 1, 1), (3, 4, 6), (17, 2, 9), (8, 5, 3)] for ragged in [False, True]]

    # One case a line; json prints a double with repr.
    body = ",\n".join(
        f"{json.dumps(name)}: [\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]"
        for name, cases in {"layer_norm": norms, "pooling": pools}.items())
    pathlib.Path(__file__).with_name("torch_layers.json").write_text("{\n" + body + "\n}\n")


main()
