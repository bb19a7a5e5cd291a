#!/usr/bin/env python3
"""Writes .ci/golden: a model file, and what PyTorch computes from it in double precision, for the consumers of .ci and GoldenFileTests.cs.

Run with Debian's python3-torch (1.13): /usr/bin/python3 consumers.py

The model is an LSTM, with both of PyTorch's biases because Adam moves two further than one, and a dense layer. Its 21 units fill
vectors of every width and leave a rest. Sequences are [step][example][feature].
"""

import hashlib
import json
import pathlib
import struct

import torch

INPUTS, HIDDEN, OUTPUTS, BATCH, STEPS = 5, 21, 3, 3, 11
LEARNING_RATE = 0.01
FOLDER = pathlib.Path(__file__).resolve().parents[3] / ".ci" / "golden"
FORMAT = {
    "format": 2,
    "model": {
        "kind": "stack",
        "layers": [{"kind": "lstm", "input": INPUTS, "hidden": HIDDEN, "bias": "separate"}, {"kind": "dense", "input": HIDDEN, "output": OUTPUTS}],
    },
}

torch.set_num_threads(1)
torch.manual_seed(14)


def draw(*shape, scale=1.0):
    """Numbers that float32 holds exactly: multiples of 1/256."""
    return (torch.empty(*shape, dtype=torch.float64).uniform_(-scale, scale) * 256).round() / 256


def write_model(path, tensors):
    data = b"".join(struct.pack(f"<{tensor.numel()}f", *tensor.flatten().tolist()) for tensor in tensors.values())
    zeros = "0" * 64
    header = {"__metadata__": {"rnnsharp.sha256": zeros, "rnnsharp": json.dumps(FORMAT, separators=(",", ":"))}}
    end = 0
    for name, tensor in tensors.items():
        begin, end = end, end + 4 * tensor.numel()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [begin, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    prefix = struct.pack("<Q", len(text))
    digits = hashlib.sha256(prefix + text + data).hexdigest().encode()
    path.write_bytes(prefix + text.replace(zeros.encode(), digits, 1) + data)


if __name__ == "__main__":
    lstm = torch.nn.LSTM(INPUTS, HIDDEN).double()
    dense = torch.nn.Linear(HIDDEN, OUTPUTS).double()
    parameters = {"0." + name: value for name, value in lstm.named_parameters()} | {"1." + name: value for name, value in dense.named_parameters()}
    with torch.no_grad():
        for parameter in parameters.values():
            parameter.copy_(draw(*parameter.shape, scale=0.5))
    FOLDER.mkdir(exist_ok=True)
    write_model(FOLDER / "model.safetensors", {name: value.detach() for name, value in parameters.items()})

    x, target = draw(STEPS, BATCH, INPUTS), draw(STEPS, BATCH, OUTPUTS)
    adam = torch.optim.Adam(parameters.values(), lr=LEARNING_RATE)
    outputs, losses = [], []
    for step in range(3):
        y = dense(lstm(x)[0])
        loss = torch.nn.functional.mse_loss(y, target)
        outputs.append(y.detach().flatten().tolist())
        losses.append(loss.item())
        adam.zero_grad()
        loss.backward()
        adam.step()
    golden = {
        "batch": BATCH,
        "steps": STEPS,
        "learning_rate": LEARNING_RATE,
        "x": x.flatten().tolist(),
        "target": target.flatten().tolist(),
        "outputs": outputs[0],
        "losses": losses,
        "trained_outputs": outputs[-1],
    }
    (FOLDER / "golden.json").write_text("{\n" + ",\n".join(f'"{name}":{json.dumps(value, separators=(",", ":"))}' for name, value in golden.items()) + "\n}\n")
