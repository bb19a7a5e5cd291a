#!/usr/bin/env python3
"""Random PyTorch modules, saved by torch.save in the forms that checkpoints have, and as safetensors, with an input and its output.

    /usr/bin/python3 torch_modules.py               writes torch_modules.zip
    /usr/bin/python3 torch_modules.py check FOLDER  loads what PyTorchModulesTests wrote there with RNNSHARP_WRITE_TORCH=FOLDER
                                                    into modules of the same shapes, and compares the outputs

Runs with Debian's python3-torch (1.13). The safetensors format is written and read here anew: there is no such package in Debian.
"""
import collections
import io
import json
import pathlib
import random
import struct
import sys
import warnings
import zipfile

import numpy as np
import torch
from torch import nn

warnings.filterwarnings("ignore")
HERE = pathlib.Path(__file__).parent
CASES = 180
TYPES = {torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}


class Net(nn.Module):
    """Modules one after another; the output of a recurrent one is its sequence."""

    def __init__(self, parts):
        super().__init__()
        self.order = [name for name, _ in parts]
        for name, module in parts:
            self.add_module(name, module)

    def forward(self, x):
        for name in self.order:
            x = getattr(self, name)(x)
            x = x[0] if isinstance(x, tuple) else x
        return x


class Wrapped(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x)


def parts_of(draw):
    """The constructor arguments of the modules, as the case describes them."""
    size = draw.randint(2, 4)
    parts = []
    if draw.random() < 0.4:
        vocabulary = draw.randint(3, 6)
        parts.append(["embed", "Embedding", [vocabulary, size], {}])
    for i in range(draw.choice([1, 1, 1, 2])):
        kind = draw.choice(["RNN", "RNN", "LSTM", "LSTM", "GRU"])
        hidden = draw.randint(2, 5)
        options = {"num_layers": draw.randint(1, 3), "bidirectional": draw.random() < 0.4, "bias": draw.random() < 0.75}
        if kind == "RNN":
            options["nonlinearity"] = "tanh" if i == 1 or draw.random() < 0.5 else "relu"
            if i == 1:
                options["nonlinearity"] = next((p[3]["nonlinearity"] for p in parts if p[1] == "RNN"), "tanh")
        if kind == "LSTM" and hidden > 2 and draw.random() < 0.35:
            options["proj_size"] = draw.randint(1, hidden - 1)
        parts.append([["rnn", "decoder"][i], kind, [size, hidden], options])
        size = (options.get("proj_size") or hidden) * (2 if options["bidirectional"] else 1)
    if draw.random() < 0.4:
        parts.append(["norm", "LayerNorm", [size], {}])
    if draw.random() < 0.7:
        parts.append(["head", "Linear", [size, draw.randint(1, 4)], {"bias": draw.random() < 0.8}])
    return parts


def build(parts, seed, is_wrapped):
    torch.manual_seed(seed)
    net = Net([(name, getattr(nn, kind)(*sizes, **options)) for name, kind, sizes, options in parts]).double()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.5)
    return Wrapped(net) if is_wrapped else net


def input_of(parts, draw):
    steps, batch = draw.randint(1, 4), draw.randint(1, 3)
    if parts[0][1] == "Embedding":
        return torch.tensor([[draw.randrange(parts[0][2][0]) for _ in range(batch)] for _ in range(steps)])
    return torch.tensor([[[draw.uniform(-1, 1) for _ in range(parts[0][2][0])] for _ in range(batch)] for _ in range(steps)], dtype=torch.float64)


def views(state, draw):
    """The same values as views: transposed, or slices of one storage."""
    result = collections.OrderedDict()
    kind = draw.choice(["as it is", "transposed", "one storage"])
    if kind == "one storage":
        flat = torch.cat([torch.zeros(3, dtype=next(iter(state.values())).dtype)] + [value.reshape(-1) for value in state.values()])
        at = 3
        for name, value in state.items():
            result[name] = flat[at:at + value.numel()].view(value.shape)
            at += value.numel()
        return result
    for name, value in state.items():
        result[name] = value.t().contiguous().t() if kind == "transposed" and value.dim() == 2 else value
    return result


def saved(net, state, draw, number):
    """What torch.save gets, and the key at which the weights are."""
    optimizer = torch.optim.Adam(net.parameters())
    sum(parameter.sum() for parameter in net.parameters()).backward()
    optimizer.step()
    forms = [
        (state, None),
        (dict(state), None),
        ({"epoch": 3, "lr": 1e-3, "big": 1 << 40, "note": "für später", "flags": [True, None, (1, -2, 3, 4)], "model_state_dict": state}, None),
        ({"state_dict": state, "optimizer": optimizer.state_dict(), "shape": torch.Size([1, 2]), "device": torch.device("cpu"), "dtype": torch.float32}, None),
        (collections.OrderedDict((name, nn.Parameter(value, requires_grad=False)) for name, value in state.items()), None),
        ({"online": {"weights": state}, "average": {"weights": collections.OrderedDict((name, value * 2) for name, value in state.items())}}, "online.weights"),
        ({**state, "step": 7}, None),
    ]
    return forms[number % len(forms)]


def safetensors(state):
    header, body = {"__metadata__": {"format": "pt"}}, b""
    for name, tensor in state.items():
        value = tensor.detach().contiguous()
        data = (value.view(torch.int16) if value.dtype == torch.bfloat16 else value).numpy().tobytes()
        header[name] = {"dtype": TYPES[value.dtype], "shape": list(value.shape), "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + body


def load_safetensors(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header, body = json.loads(data[8:8 + length]), data[8 + length:]
    assert header.pop("__metadata__") == {"format": "pt"}
    types = {"F64": "<f8", "F32": "<f4"}
    return {name: torch.from_numpy(np.frombuffer(body[slice(*info["data_offsets"])], types[info["dtype"]]).reshape(info["shape"]).copy()) for name, info in header.items()}


def check(folder):
    with zipfile.ZipFile(HERE / "torch_modules.zip") as archive:
        cases = json.loads(archive.read("cases.json"))
    worst, modules = 0.0, 0
    for number, case in enumerate(cases):
        x = torch.tensor(case["input"], dtype=torch.int64 if case["parts"][0][1] == "Embedding" else torch.float64)
        with np.load(folder / f"{number}.npz") as arrays:
            states = [load_safetensors(folder / f"{number}.safetensors"), {name: torch.from_numpy(arrays[name]) for name in arrays.files}]
        for state in states:
            net = build(case["parts"], 99, case["wrapped"])
            # A Linear or LayerNorm without a bias gets one of zeros from RnnSharp.
            for name in set(state) - set(net.state_dict()):
                assert name.endswith("bias") and not state[name].any(), name
                del state[name]
            net.load_state_dict(state, strict=True)
            with torch.no_grad():
                y = net(x).numpy()
            expected = np.load(folder / f"{number}.npy")
            assert y.shape == expected.shape
            worst = max(worst, float(np.abs(y - expected).max()))
            modules += 1
    print(f"{modules} state dictionaries loaded, largest difference {worst}")
    assert worst < 1e-12


def main():
    draw = random.Random(5)
    cases = []
    with zipfile.ZipFile(HERE / "torch_modules.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        def write(name, data):
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, 9)

        for number in range(CASES):
            parts, is_wrapped = parts_of(draw), draw.random() < 0.25
            net = build(parts, number, is_wrapped)
            dtype = draw.choice([torch.float64, torch.float64, torch.float64, torch.float32, torch.float16, torch.bfloat16])
            state = collections.OrderedDict((name, value.to(dtype).clone()) for name, value in net.state_dict().items())
            net.load_state_dict(state)
            x = input_of(parts, draw)
            with torch.no_grad():
                y = net(x)
            value, key = saved(net, views(state, draw), draw, number)
            net.load_state_dict(state)
            buffer = io.BytesIO()
            torch.save(value, buffer)
            write(f"{number}.pt", buffer.getvalue())
            write(f"{number}.safetensors", safetensors(state))
            cases.append({"parts": parts, "wrapped": is_wrapped, "key": key, "input": x.tolist(), "output": y.tolist()})
        legacy = io.BytesIO()
        torch.save(state, legacy, _use_new_zipfile_serialization=False)
        write("legacy.pt", legacy.getvalue())
        script = io.BytesIO()
        torch.jit.save(torch.jit.script(nn.Linear(2, 2)), script)
        write("script.pt", script.getvalue())
        whole = io.BytesIO()
        torch.save(nn.Linear(2, 2), whole)
        write("module.pt", whole.getvalue())
        typed = io.BytesIO()
        torch.save({name: torch.arange(-2, 4).to(getattr(torch, name)) for name in ["int64", "int32", "int16", "int8", "uint8", "bool", "complex64", "float16", "bfloat16", "float64"]}, typed)
        write("types.pt", typed.getvalue())
        weight = nn.Parameter(torch.arange(6.0).view(3, 2).double())
        tied = io.BytesIO()
        torch.save(collections.OrderedDict([("embed.weight", weight), ("head.weight", weight), ("row", weight[1]), ("column", weight[:, 1]), ("scalar", weight[2, 0]), ("empty", torch.zeros(0, 3)), ("every other", torch.arange(12.0).view(3, 4)[::2, 1::2])]), tied)
        write("views.pt", tied.getvalue())
        write("cases.json", json.dumps(cases))


if len(sys.argv) > 1:
    check(pathlib.Path(sys.argv[2]))
else:
    main()
