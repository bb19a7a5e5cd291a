"""Writes torch_recurrent.json: golden cases from PyTorch in double precision, for TorchGoldenTests.cs and the tests of losses
and optimizers.

Run with Debian's python3-torch (1.13) and python3-numpy: /usr/bin/python3 torch_recurrent.py

What goes in is drawn with few decimals, so that it is short to print; what comes out is printed with repr, every bit of it.
Matrices are PyTorch's, flattened row by row; sequences are [step][example][feature] and states [example][unit].
"""

import json
import pathlib

import numpy as np
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
random = np.random.RandomState(20240607)


def draw(*shape, scale=1.0, decimals=2):
    return torch.tensor(np.round(random.uniform(-scale, scale, size=shape), decimals))


def flat(tensor):
    return tensor.detach().reshape(-1).tolist()


def network(kind, inputs, hidden):
    if kind == "lstm":
        return torch.nn.LSTM(inputs, hidden)
    if kind == "gru":
        return torch.nn.GRU(inputs, hidden)
    return torch.nn.RNN(inputs, hidden, nonlinearity=kind[len("rnn_"):])


def recurrent(kind, inputs, hidden, batch, steps, ragged, with_state, on_output, on_state):
    net = network(kind, inputs, hidden)
    names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]
    parameters = [getattr(net, name + "_l0") for name in names]
    with torch.no_grad():
        for parameter in parameters:
            parameter.copy_(draw(*parameter.shape, scale=max(1.2 / hidden**0.5, 0.25)))

    lengths = None
    if ragged:
        # The longest may be shorter than the steps.
        lengths = random.randint(1, steps + 1, size=batch).tolist()
    x = draw(steps, batch, inputs).requires_grad_()
    leaves = ["h", "c"] if kind == "lstm" else ["h"]
    initial = [(draw(1, batch, hidden) if with_state else torch.zeros(1, batch, hidden)).requires_grad_() for _ in leaves]
    state = tuple(initial) if kind == "lstm" else initial[0]
    if ragged:
        packed, final = net(pack_padded_sequence(x, lengths, enforce_sorted=False), state)
        y, _ = pad_packed_sequence(packed, total_length=steps)
    else:
        y, final = net(x, state)
    final = list(final) if kind == "lstm" else [final]

    case = {
        "kind": kind, "inputs": inputs, "hidden": hidden, "batch": batch, "steps": steps, "lengths": lengths,
        "parameters": {name: flat(parameter) for name, parameter in zip(names, parameters)},
        "x": flat(x),
        "initial": {leaf: flat(tensor) for leaf, tensor in zip(leaves, initial)} if with_state else None,
        "output": flat(y),
        "final": {leaf: flat(tensor) for leaf, tensor in zip(leaves, final)},
        "output_gradient": None, "final_gradient": None,
    }
    loss = torch.zeros(())
    if on_output:
        # In the padding too, where it must not matter.
        gradient = draw(steps, batch, hidden)
        case["output_gradient"] = flat(gradient)
        loss = loss + (y * gradient).sum()
    if on_state:
        gradients = [draw(1, batch, hidden) for _ in leaves]
        case["final_gradient"] = {leaf: flat(gradient) for leaf, gradient in zip(leaves, gradients)}
        loss = loss + sum((tensor * gradient).sum() for tensor, gradient in zip(final, gradients))
    loss.backward()
    case["parameter_gradients"] = {name: flat(parameter.grad) for name, parameter in zip(names, parameters)}
    case["x_gradient"] = flat(x.grad)
    case["initial_gradient"] = {leaf: flat(tensor.grad) for leaf, tensor in zip(leaves, initial)}
    return case


def near_kink(case):
    """Whether a rectifier's sum lies so near 0 that its sign, and with it the gradient, is a matter of rounding."""
    steps, batch, hidden = case["steps"], case["batch"], case["hidden"]
    weight_ih, weight_hh, bias_ih, bias_hh = (np.array(values) for values in case["parameters"].values())
    x = np.array(case["x"]).reshape(steps, batch, -1)
    y = np.array(case["output"]).reshape(steps, batch, hidden)
    first = np.array(case["initial"]["h"]).reshape(1, batch, hidden) if case["initial"] else np.zeros((1, batch, hidden))
    sums = x @ weight_ih.reshape(hidden, -1).T + np.concatenate([first, y[:-1]]) @ weight_hh.reshape(hidden, hidden).T + bias_ih + bias_hh
    return np.abs(sums).min() < 1e-4


def recurrent_cases():
    cases = []
    large = {"lstm": [16, 17, 33], "gru": [16, 17, 33], "rnn_tanh": [16, 17, 33, 40], "rnn_relu": [16, 17, 33, 40]}
    for kind, sizes in large.items():
        small = [1, 2, 3, 4, 5, 6, 7, 7, 8, 8, 9, 9, 10, 12][: 17 - len(sizes)]
        for number, hidden in enumerate(sizes + small):
            # Every combination of the four switches but the one without any gradient comes up for each kind.
            on_output = number % 3 != 2
            on_state = number % 3 != 1
            inputs = int(random.randint(1, 5 if hidden > 12 else 10))
            batch = {len(sizes): 1, len(sizes) + 2: 9}.get(number, int(random.randint(1, 10)))
            steps = 1 if number == len(sizes) + 1 else int(random.randint(2, 13))
            while batch * steps * (inputs + hidden) > 450 and 9 > batch > 2:
                batch -= 1  # Keeps the file small.
            case = None
            while case is None or kind == "rnn_relu" and near_kink(case):
                case = recurrent(kind, inputs, hidden, batch, steps, number % 2 == 1, number % 4 < 2, on_output, on_state)
            cases.append(case)
    return cases


def linear_case(inputs, outputs, columns):
    net = torch.nn.Linear(inputs, outputs)
    with torch.no_grad():
        net.weight.copy_(draw(outputs, inputs))
        net.bias.copy_(draw(outputs))
    x = draw(columns, inputs).requires_grad_()
    y = net(x)
    gradient = draw(columns, outputs)
    y.backward(gradient)
    return {
        "inputs": inputs, "outputs": outputs, "columns": columns, "weight": flat(net.weight), "bias": flat(net.bias), "x": flat(x),
        "output": flat(y), "output_gradient": flat(gradient),
        "weight_gradient": flat(net.weight.grad), "bias_gradient": flat(net.bias.grad), "x_gradient": flat(x.grad),
    }


def cross_entropy_case(classes, columns, ignored, scale):
    logits = draw(columns, classes, scale=scale).requires_grad_()
    targets = random.randint(0, classes, size=columns)
    targets[random.permutation(columns)[:ignored]] = -100
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(targets), ignore_index=-100, reduction="mean")
    loss.backward()
    return {
        "classes": classes, "columns": columns, "ignore_index": -100, "logits": flat(logits), "targets": targets.tolist(),
        "loss": loss.item(), "gradient": flat(logits.grad),
    }


def optimizer_case(kind, steps=6, **options):
    start = [draw(3, 2, decimals=4), draw(4, decimals=4)]
    parameters = [torch.nn.Parameter(tensor.clone()) for tensor in start]
    optimizer = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[kind](parameters, **options)
    gradients, after = [], []
    for step in range(steps):
        gradients.append([draw(*tensor.shape, scale=10.0 ** (1 - step % 3), decimals=5) for tensor in start])
        for parameter, gradient in zip(parameters, gradients[-1]):
            parameter.grad = gradient.clone()
        optimizer.step()
        after.append([flat(parameter) for parameter in parameters])
    group = optimizer.param_groups[0]
    return {
        "optimizer": kind, "learning_rate": group["lr"], "beta1": group["betas"][0], "beta2": group["betas"][1],
        "epsilon": group["eps"], "weight_decay": group["weight_decay"], "shapes": [list(tensor.shape) for tensor in start],
        "start": [flat(tensor) for tensor in start],
        "gradients": [[flat(tensor) for tensor in step] for step in gradients],
        "after": after,
    }


def main():
    sections = {
        "recurrent": recurrent_cases(),
        "linear": [linear_case(*sizes) for sizes in [(1, 1, 1), (3, 5, 4), (7, 2, 9), (16, 17, 5), (33, 8, 12), (5, 31, 6)]],
        "cross_entropy": [cross_entropy_case(*sizes) for sizes in [(2, 1, 0, 1), (3, 5, 0, 2), (5, 8, 3, 2), (27, 6, 1, 3), (10, 7, 6, 2), (4, 6, 2, 300)]],
        "optimizers": [
            optimizer_case("adam"),
            optimizer_case("adam", lr=0.05, weight_decay=0.1),
            optimizer_case("adam", lr=0.01, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.01),
            optimizer_case("adamw"),
            optimizer_case("adamw", lr=0.05, weight_decay=0.1),
            optimizer_case("adamw", lr=0.01, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.0),
        ],
    }
    # One case a line; json prints a double with repr.
    body = ",\n".join(
        f"{json.dumps(name)}: [\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]"
        for name, cases in sections.items())
    pathlib.Path(__file__).with_name("torch_recurrent.json").write_text("{\n" + body + "\n}\n")


main()
