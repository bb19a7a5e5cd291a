#!/usr/bin/env python3
"""PyTorch: torch.nn.LSTM, GRU and RNN in their own layout (steps x batch x features), every mode of protocol.py.

PyTorch is used at its best: inference mode, inputs and states created once, gradients set to None rather than zeroed,
and the quickest of its Adam implementations on this machine. What the library chooses internally (oneDNN, its BLAS) is
left to it.
"""

import sys

try:
    import torch
except ImportError as missing:
    sys.exit(f"PyTorch is not installed ({missing})")

from protocol import STREAM_STEPS, STREAMING, Cell, quickest, ragged_lengths, serve

# The number of layers in the bidirectional modes.
BI_LAYERS = 2

LAYERS = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}


def zero_state(cell: Cell, dtype: torch.dtype, requires_grad: bool = False):
    """The initial state that a layer takes, and its tensors."""
    rows = BI_LAYERS * 2 if cell.mode.startswith("bi-") else 1
    leaves = [
        torch.zeros(rows, cell.batch, cell.hidden, dtype=dtype, requires_grad=requires_grad)
        for _ in range(2 if cell.kind == "lstm" else 1)
    ]
    return (tuple(leaves) if cell.kind == "lstm" else leaves[0]), leaves


def infer(cell: Cell, layer: torch.nn.Module, dtype: torch.dtype):
    x = torch.randn(cell.steps, cell.batch, cell.inputs, dtype=dtype)
    state, _ = zero_state(cell, dtype)

    @torch.inference_mode()
    def call():
        layer(x, state)

    return call


def train(cell: Cell, layer: torch.nn.Module, dtype: torch.dtype):
    x = torch.randn(cell.steps, cell.batch, cell.inputs, dtype=dtype, requires_grad=True)
    features = cell.hidden * (2 if cell.mode.startswith("bi-") else 1)
    output_gradient = torch.randn(cell.steps, cell.batch, features, dtype=dtype)
    state, leaves = zero_state(cell, dtype, requires_grad=True)
    wanted = [*layer.parameters(), x, *leaves]

    def call():
        output, _ = layer(x, state)
        torch.autograd.grad(output, wanted, output_gradient)

    return call


def ragged_train(cell: Cell, layer: torch.nn.Module, dtype: torch.dtype):
    lengths = torch.tensor(ragged_lengths(cell.batch, cell.steps))

    def packed(features: int):
        values = torch.randn(cell.steps, cell.batch, features, dtype=dtype)
        return torch.nn.utils.rnn.pack_padded_sequence(values, lengths, enforce_sorted=False)

    x, output_gradient = packed(cell.inputs), packed(cell.hidden)
    x.data.requires_grad_(True)
    state, leaves = zero_state(cell, dtype, requires_grad=True)
    wanted = [*layer.parameters(), x.data, *leaves]

    def call():
        output, _ = layer(x, state)
        torch.autograd.grad(output.data, wanted, output_gradient.data)

    return call


def quantized(cell: Cell, layer: torch.nn.Module, dtype: torch.dtype):
    """The layer with dynamically quantized weights, which PyTorch has for LSTM and GRU."""
    if cell.kind == "rnn":
        return None
    whole = torch.quantization.quantize_dynamic(torch.nn.Sequential(layer), {type(layer)}, dtype=torch.qint8)
    return (stream if cell.mode in STREAMING else infer)(cell, whole[0], dtype)


def stream(cell: Cell, layer: torch.nn.Module, dtype: torch.dtype):
    x = torch.randn(1, 1, cell.inputs, dtype=dtype)
    state, _ = zero_state(cell, dtype)

    @torch.inference_mode()
    def call():
        nonlocal state
        for _ in range(STREAM_STEPS):
            _, state = layer(x, state)

    return call


def optimizers(parameters: list) -> list:
    """All Adam implementations of this version for CPU tensors."""
    found = [torch.optim.Adam(parameters, 1e-3)]
    for option in ("foreach", "fused"):
        try:
            candidate = torch.optim.Adam(parameters, 1e-3, **{option: True})
        except (TypeError, RuntimeError, ValueError):
            continue
        found.append(candidate)
    return found


def character_model(cell: Cell, layer: torch.nn.Module, dtype: torch.dtype):
    head = torch.nn.Linear(cell.hidden, cell.inputs).to(dtype)
    parameters = [*layer.parameters(), *head.parameters()]
    text = torch.randint(cell.inputs, (cell.steps + 1, cell.batch))
    tokens = text[:-1].unsqueeze(2)
    targets = text[1:].reshape(-1)
    one_hot = torch.zeros(cell.steps, cell.batch, cell.inputs, dtype=dtype)

    def step(adam: torch.optim.Adam):
        one_hot.zero_().scatter_(2, tokens, 1)
        output, _ = layer(one_hot)
        loss = torch.nn.functional.cross_entropy(head(output).reshape(-1, cell.inputs), targets)
        adam.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 5.0)
        adam.step()

    calls = [lambda adam=adam: step(adam) for adam in optimizers(parameters)]
    return quickest(calls, cell.seconds)


MODES = {
    "infer": infer,
    "train": train,
    "bi-infer": infer,
    "bi-train": train,
    "ragged-train": ragged_train,
    "stream": stream,
    "tiny-stream": stream,
    "charlm": character_model,
    "int8-infer": quantized,
    "int8-stream": quantized,
}


def prepare(cell: Cell):
    if cell.mode not in MODES or cell.kind not in LAYERS:
        return None
    torch.manual_seed(0)
    torch.set_num_threads(cell.threads)
    dtype = getattr(torch, cell.dtype)
    both = {"num_layers": BI_LAYERS, "bidirectional": True} if cell.mode.startswith("bi-") else {}
    layer = LAYERS[cell.kind](cell.inputs, cell.hidden, **both).to(dtype)
    return MODES[cell.mode](cell, layer, dtype)


if __name__ == "__main__":
    onednn = "with oneDNN" if torch.backends.mkldnn.is_available() else "without oneDNN"
    serve(f"PyTorch {torch.__version__}", onednn, prepare)
