"""Writes torch_networks.json: golden cases of whole recurrent networks from PyTorch in double precision, for
TorchNetworkTests.cs (section networks) and TorchProjectionTests.cs (section projected).

Run with Debian's python3-torch (1.13) and python3-numpy: /usr/bin/python3 torch_networks.py

What goes in is drawn with few decimals, so that it is short to print; what comes out is printed with repr, every bit of it.
Parameters have PyTorch's names and stand row by row; sequences are [step][example][feature], states
[layer · directions + direction][example][unit].
"""

import json
import pathlib

import numpy as np
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
random = np.random.RandomState(20261122)

# Numbers that a case may print with all their digits, to keep the file small.
MOST_NUMBERS = 720


def draw(*shape, scale=1.0, decimals=2):
    return torch.tensor(np.round(random.uniform(-scale, scale, size=shape), decimals))


def flat(tensor):
    return tensor.detach().reshape(-1).tolist()


def network(kind, inputs, hidden, layers, directions, projection):
    options = {"num_layers": layers, "bidirectional": directions == 2}
    if kind == "lstm":
        return torch.nn.LSTM(inputs, hidden, proj_size=projection, **options)
    if kind == "gru":
        return torch.nn.GRU(inputs, hidden, **options)
    return torch.nn.RNN(inputs, hidden, nonlinearity=kind[len("rnn_"):], **options)


def case(kind, inputs, hidden, layers, directions, batch, steps, ragged, with_state, on_output, on_state, projection=0):
    net = network(kind, inputs, hidden, layers, directions, projection)
    parameters = dict(net.named_parameters())
    with torch.no_grad():
        for parameter in parameters.values():
            parameter.copy_(draw(*parameter.shape, scale=max(1.2 / hidden**0.5, 0.25)))

    units = {"h": projection or hidden, "c": hidden} if kind == "lstm" else {"h": hidden}
    outputs = directions * units["h"]
    # The longest may be shorter than the steps.
    lengths = random.randint(1, steps + 1, size=batch).tolist() if ragged else None
    x = draw(steps, batch, inputs).requires_grad_()
    rows = layers * directions
    initial = [(draw(rows, batch, size) if with_state else torch.zeros(rows, batch, size)).requires_grad_() for size in units.values()]
    state = tuple(initial) if kind == "lstm" else initial[0]
    if ragged:
        packed, final = net(pack_padded_sequence(x, lengths, enforce_sorted=False), state)
        y, _ = pad_packed_sequence(packed, total_length=steps)
    else:
        y, final = net(x, state)
    final = list(final) if kind == "lstm" else [final]

    values = {
        "kind": kind, "inputs": inputs, "hidden": hidden, "projection": projection, "layers": layers, "directions": directions,
        "batch": batch, "steps": steps, "lengths": lengths,
        "parameters": {name: flat(parameter) for name, parameter in parameters.items()},
        "x": flat(x),
        "initial": {leaf: flat(tensor) for leaf, tensor in zip(units, initial)} if with_state else None,
        "output": flat(y),
        "final": {leaf: flat(tensor) for leaf, tensor in zip(units, final)},
        "output_gradient": None, "final_gradient": None,
    }
    loss = torch.zeros(())
    if on_output:
        # In the padding too, where it must not matter.
        gradient = draw(steps, batch, outputs)
        values["output_gradient"] = flat(gradient)
        loss = loss + (y * gradient).sum()
    if on_state:
        gradients = [draw(rows, batch, size) for size in units.values()]
        values["final_gradient"] = {leaf: flat(gradient) for leaf, gradient in zip(units, gradients)}
        loss = loss + sum((tensor * gradient).sum() for tensor, gradient in zip(final, gradients))
    loss.backward()
    # Both biases have one gradient; only the GRU's, whose reset gate multiplies one of them, is worth printing twice.
    values["parameter_gradients"] = {
        name: flat(parameter.grad) for name, parameter in parameters.items() if kind == "gru" or not name.startswith("bias_hh")}
    if kind != "gru":
        for name, parameter in parameters.items():
            assert not name.startswith("bias_hh") or torch.allclose(parameter.grad, parameters[name.replace("_hh", "_ih")].grad, rtol=1e-14, atol=1e-14)
    values["x_gradient"] = flat(x.grad)
    values["initial_gradient"] = {leaf: flat(tensor.grad) for leaf, tensor in zip(units, initial)}
    return values, parameters, y


def near_kink(values, parameters, output):
    """Whether a rectifier's sum lies so near 0 that its sign, and with it the gradient, is a matter of rounding."""
    layers, directions, batch, steps = (values[name] for name in ("layers", "directions", "batch", "steps"))
    weights = {name: parameter.detach().numpy() for name, parameter in parameters.items()}
    x = np.array(values["x"]).reshape(steps, batch, -1)
    first = np.array(values["initial"]["h"]).reshape(layers * directions, batch, -1) if values["initial"] else None
    least = np.inf
    for example in range(batch):
        length = values["lengths"][example] if values["lengths"] else steps
        sequence = x[:length, example]
        for layer in range(layers):
            found = []
            for direction in range(directions):
                suffix = f"_l{layer}" + ("_reverse" if direction else "")
                h = first[layer * directions + direction, example] if first is not None else np.zeros(values["hidden"])
                run = []
                for value in sequence[::-1] if direction else sequence:
                    total = weights["weight_ih" + suffix] @ value + weights["bias_ih" + suffix] + weights["weight_hh" + suffix] @ h + weights["bias_hh" + suffix]
                    least = min(least, np.abs(total).min())
                    h = np.maximum(total, 0)
                    run.append(h)
                found.append(np.array(run[::-1] if direction else run))
            sequence = np.concatenate(found, axis=1)
        assert np.allclose(sequence, output.detach().numpy()[:length, example], atol=1e-12)
    return least < 1e-4


def numbers(kind, inputs, hidden, layers, directions, batch, steps, projection):
    """How many numbers of a case are printed with all their digits."""
    gates = {"lstm": 4, "gru": 3}.get(kind, 1)
    out = projection or hidden
    total = batch * steps * (inputs + directions * out) + 2 * layers * directions * batch * (out + (hidden if kind == "lstm" else 0))
    for layer in range(layers):
        reads = inputs if layer == 0 else directions * out
        total += directions * (gates * hidden * (reads + out + (2 if kind == "gru" else 1)) + projection * hidden)
    return total


def sizes(kind, layers, directions, number, projected):
    """Sizes drawn until the case is small enough. Some, at the edge of a vector, may be larger where the network is not deep."""
    most = 3 * MOST_NUMBERS if number % 9 == 0 and layers * directions <= 2 else MOST_NUMBERS
    wide = number % 9 == 0
    while True:
        hidden = int(random.choice([7, 8, 9, 15, 16, 17])) if wide else int(random.randint(1, 8))
        inputs = int(random.randint(1, 7))
        batch = int(random.randint(1, 7))
        steps = 1 if number % 19 == 7 else int(random.randint(2, 10))
        projection = int(random.randint(1, hidden)) if projected and hidden > 1 else 0
        if bool(projection) == projected and numbers(kind, inputs, hidden, layers, directions, batch, steps, projection) <= most:
            return inputs, hidden, batch, steps, projection
        wide = wide and random.randint(40) > 0


def cases(kinds, count, projected):
    made = []
    for kind in kinds:
        for number in range(count):
            layers = 1 + number % 3
            directions = 1 + number // 3 % 2
            switches = random.permutation(4)[0]
            while True:
                inputs, hidden, batch, steps, projection = sizes(kind, layers, directions, number, projected)
                values, parameters, output = case(
                    kind, inputs, hidden, layers, directions, batch, steps,
                    ragged=number // 6 % 2 == 1, with_state=switches % 2 == 1,
                    on_output=number % 5 != 4, on_state=number % 5 in (0, 2, 4), projection=projection)
                if kind != "rnn_relu" or not near_kink(values, parameters, output):
                    break
            made.append(values)
    return made


def main():
    sections = {
        "networks": cases(["lstm", "gru", "rnn_tanh", "rnn_relu"], 78, projected=False),
        "projected": cases(["lstm"], 66, projected=True),
    }
    # One case a line; json prints a double with repr.
    body = ",\n".join(
        f"{json.dumps(name)}: [\n" + ",\n".join(json.dumps(values, separators=(",", ":")) for values in made) + "\n]"
        for name, made in sections.items())
    pathlib.Path(__file__).with_name("torch_networks.json").write_text("{\n" + body + "\n}\n")


main()
