"""The cells that compare.py measures, and what their matrix products cost."""

import argparse
from typing import Iterator

from protocol import STREAMING, ragged_lengths

MODES = [
    "infer",
    "train",
    "bi-infer",
    "bi-train",
    "ragged-train",
    "stream",
    "tiny-stream",
    "charlm",
    "int8-infer",
    "int8-stream",
]
DTYPES = ["float32", "float64"]
KINDS = ["lstm", "gru", "rnn"]
GATES = {"lstm": 4, "gru": 3, "rnn": 1}

# inputs, hidden, batch, steps
SHAPES = [
    (32, 64, 1, 100),
    (27, 100, 32, 27),
    (64, 128, 32, 50),
    (8, 32, 16, 200),
    (256, 256, 64, 50),
    (256, 512, 64, 100),
    (512, 1024, 32, 20),
]
# Two bidirectional layers take six to eight times as long, so they have fewer shapes.
BI_SHAPES = [(32, 64, 1, 100), (8, 32, 16, 200), (64, 128, 32, 50), (256, 256, 64, 50)]
QUICK_SHAPES = [(32, 64, 1, 100), (64, 128, 32, 50), (256, 512, 64, 25)]
STREAM_SHAPES = [(32, 64, 1, 1), (64, 128, 1, 1)]
# The sizes for which libraries with layers of a size fixed at compile time are made.
TINY_SHAPES = [(1, 8, 1, 1), (1, 16, 1, 1), (1, 32, 1, 1), (32, 64, 1, 1), (64, 128, 1, 1)]
INT8_SHAPES = [(64, 128, 32, 50), (256, 512, 64, 100), (512, 1024, 32, 20)]


def shapes(mode: str, kind: str, quick: bool) -> list[tuple[int, int, int, int]]:
    """The shapes of a mode, or none if it does not measure the kind."""
    every = QUICK_SHAPES if quick else SHAPES
    if mode == "stream":
        return STREAM_SHAPES
    if mode == "tiny-stream":
        return [] if kind == "rnn" else TINY_SHAPES
    if mode.startswith("int8"):
        chosen = [] if kind == "rnn" else INT8_SHAPES
        return [(i, h, 1, 1) for i, h, _, _ in chosen] if mode in STREAMING else chosen
    if mode.startswith("bi-"):
        return [shape for shape in every if shape in BI_SHAPES]
    if mode == "ragged-train":
        return [shape for shape in every if shape[2] > 1]
    if mode == "charlm":
        return [] if kind == "rnn" else [shape for shape in every if shape[1] <= 256]
    return every


def cells(options: argparse.Namespace) -> Iterator[dict]:
    for mode in options.modes:
        for dtype in options.dtypes:
            # A quantized model has float32 inputs and outputs.
            if mode.startswith("int8") and dtype != "float32":
                continue
            for kind in options.kinds:
                for inputs, hidden, batch, steps in shapes(mode, kind, options.quick):
                    if options.scaling and batch < 32:
                        continue
                    yield {
                        "mode": mode,
                        "dtype": dtype,
                        "kind": kind,
                        "inputs": inputs,
                        "hidden": hidden,
                        "batch": batch,
                        "steps": steps,
                        "threads": options.threads,
                        "seconds": options.seconds,
                    }


def valid_share(cell: dict) -> float:
    """The share of a cell's examples and steps that are not padding."""
    if cell["mode"] != "ragged-train":
        return 1
    return sum(ragged_lengths(cell["batch"], cell["steps"])) / (cell["batch"] * cell["steps"])


def operations(cell: dict) -> float:
    """The floating-point operations of a cell's matrix products. Backward has two products for each forward product."""
    columns = cell["batch"] * cell["steps"] * valid_share(cell)
    reads = cell["inputs"] + cell["hidden"]
    if cell["mode"].startswith("bi-"):
        # Both directions of the first layer and of the second, which reads both outputs of the first.
        reads = 2 * reads + 2 * (2 * cell["hidden"] + cell["hidden"])
    forward = 2 * GATES[cell["kind"]] * cell["hidden"] * reads * columns
    return forward * (3 if cell["mode"].endswith("train") or cell["mode"] == "charlm" else 1)


def describe_cell(cell: dict) -> str:
    return "{mode:12} {dtype} {kind:4} {inputs:>3}-{hidden:<4} {batch:>2} x {steps:<3}".format(**cell)
