"""Loads what RnnSharp saved into PyTorch modules, and writes a file of PyTorch's own for RnnSharp to load.

Reads  rnnsharp_lstm.safetensors, rnnsharp_stack.safetensors, rnnsharp_bidirectional.safetensors, rnnsharp_projected.safetensors (written by PyTorchFileTests with RNNSHARP_WRITE_REFERENCES=1).
Writes torch_state.safetensors and torch_projected.safetensors (state_dicts with two biases that are not zero) and torch_load.json (inputs and outputs).

Run with Debian's python3-torch: /usr/bin/python3 torch_load.py
The format (https://github.com/huggingface/safetensors#format) is read and written here anew: there is no such package in Debian.
"""
import json
import pathlib
import struct

import numpy as np
import torch
from torch import nn

HERE = pathlib.Path(__file__).parent
TYPES = {"F64": np.float64, "F32": np.float32}


def load_file(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header, body = json.loads(data[8:8 + length]), data[8 + length:]
    assert (8 + length) % 8 == 0, "the data are not aligned"
    metadata = header.pop("__metadata__", {})
    assert all(isinstance(value, str) for value in metadata.values())
    tensors, at = {}, 0
    for name, info in header.items():
        begin, end = info["data_offsets"]
        assert begin == at, "the data have a hole"
        values = np.frombuffer(body[begin:end], TYPES[info["dtype"]]).reshape(info["shape"])
        tensors[name], at = torch.from_numpy(values.copy()), end
    assert at == len(body)
    return tensors, metadata


def save_file(tensors, path, metadata):
    header, body = {"__metadata__": metadata}, b""
    for name, tensor in tensors.items():
        values = tensor.detach().contiguous().numpy().astype("<f8").tobytes()
        header[name] = {"dtype": "F64", "shape": list(tensor.shape), "data_offsets": [len(body), len(body) + len(values)]}
        body += values
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def stack():
    return nn.ModuleList([
        nn.LSTM(3, 5), nn.GRU(5, 4), nn.RNN(4, 3), nn.RNN(3, 6, nonlinearity="relu"),
        nn.ModuleList([nn.LSTM(6, 4), nn.Linear(4, 2)]),
    ]).double()


def projected():
    return nn.ModuleList([nn.LSTM(3, 5, proj_size=2), nn.LSTM(2, 4, proj_size=3, bidirectional=True)]).double()


def run(module, x):
    if isinstance(module, nn.ModuleList):
        for part in module:
            x = run(part, x)
        return x
    y = module(x)
    return y[0] if isinstance(y, tuple) else y


def case(module, x):
    """Outputs after every layer, so that a wrong one is found by its number. [step][example][feature]."""
    outputs = []
    for part in module if isinstance(module, nn.ModuleList) else [module]:
        x = run(part, x)
        outputs.append(x.tolist())
    return outputs


torch.manual_seed(7)
x = torch.randn(6, 2, 3, dtype=torch.float64)
result = {"torch": torch.__version__, "input": x.tolist()}
with torch.no_grad():
    lstm = nn.LSTM(3, 5).double()
    tensors, metadata = load_file(HERE / "rnnsharp_lstm.safetensors")
    lstm.load_state_dict(tensors, strict=True)
    assert metadata["note"] == "für PyTorch", metadata
    result["rnnsharp_lstm"] = case(lstm, x)

    loaded = stack()
    tensors, _ = load_file(HERE / "rnnsharp_stack.safetensors")
    loaded.load_state_dict(tensors, strict=True)
    result["rnnsharp_stack"] = case(loaded, x)

    own = stack()
    assert all(p.abs().min() > 0 for name, p in own.named_parameters() if "bias" in name)
    save_file(own.state_dict(), HERE / "torch_state.safetensors", {"format": "pt"})
    result["torch_state"] = case(own, x)

    both = nn.ModuleList([nn.LSTM(3, 4, bidirectional=True), nn.GRU(8, 2, bidirectional=True), nn.RNN(4, 3, bidirectional=True)]).double()
    tensors, _ = load_file(HERE / "rnnsharp_bidirectional.safetensors")
    both.load_state_dict(tensors, strict=True)
    result["rnnsharp_bidirectional"] = case(both, x)

    loaded = projected()
    tensors, _ = load_file(HERE / "rnnsharp_projected.safetensors")
    loaded.load_state_dict(tensors, strict=True)
    result["rnnsharp_projected"] = case(loaded, x)

    own = projected()
    assert all(p.abs().min() > 0 for name, p in own.named_parameters() if "bias" in name)
    save_file(own.state_dict(), HERE / "torch_projected.safetensors", {"format": "pt"})
    result["torch_projected"] = case(own, x)

(HERE / "torch_load.json").write_text(json.dumps(result, indent=None, separators=(",", ":")) + "\n")
