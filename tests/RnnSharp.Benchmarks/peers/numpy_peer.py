#!/usr/bin/env python3
"""NumPy: the forward pass as an expert would write it; modes infer and stream.

The weights of the gates are one matrix, the input product is computed for all time steps at once, every array is
allocated once and written in place, and the sigmoids are tanh(z / 2) / 2 + 1/2 with the halving folded into the
weights, so that a single call of tanh, which NumPy vectorizes, serves all gates. Training is omitted: nobody uses
NumPy for that.
"""

import sys

try:
    import numpy as np
except ImportError as missing:
    sys.exit(f"NumPy is not installed ({missing})")

from protocol import STREAM_STEPS, Cell, serve


class Recurrence:
    """One layer over arrays (steps, features, batch): a step's gates are contiguous blocks of rows."""

    # The number of sigmoid gates. They are the first blocks of rows; the last block is the candidate's tanh.
    SIGMOIDS = {"lstm": 3, "gru": 2, "rnn": 0}

    def __init__(self, cell: Cell, batch: int, steps: int):
        self.kind, self.hidden = cell.kind, cell.hidden
        dtype = np.dtype(cell.dtype)
        random = np.random.default_rng(0)
        self.split = self.SIGMOIDS[cell.kind] * cell.hidden
        rows = self.split + cell.hidden
        scale = np.where(np.arange(rows) < self.split, 0.05, 0.1)[:, None]
        self.input_weights = (random.standard_normal((rows, cell.inputs)) * scale).astype(dtype)
        self.recurrent_weights = (random.standard_normal((rows, cell.hidden)) * scale).astype(dtype)
        self.bias = np.zeros((rows, 1), dtype)
        self.candidate_bias = np.zeros((cell.hidden, 1), dtype)
        self.x = random.standard_normal((steps, cell.inputs, batch)).astype(dtype)
        self.sums = np.empty((steps, rows, batch), dtype)
        self.recurrent = np.empty((rows, batch), dtype)
        self.work = np.empty((cell.hidden, batch), dtype)
        self.output = np.empty((steps, cell.hidden, batch), dtype)
        self.h = np.zeros((cell.hidden, batch), dtype)
        self.c = np.zeros((cell.hidden, batch), dtype)

    def clear(self):
        self.h[...] = 0
        self.c[...] = 0

    def run(self):
        np.matmul(self.input_weights, self.x, out=self.sums)
        self.sums += self.bias
        h = self.h
        advance = {"lstm": self.lstm, "gru": self.gru, "rnn": self.rnn}[self.kind]
        for z, output in zip(self.sums, self.output):
            np.matmul(self.recurrent_weights, h, out=self.recurrent)
            advance(z, h, output)
            h = output
        self.h[...] = h

    def lstm(self, z, h, output):
        z += self.recurrent
        np.tanh(z, out=z)
        gates = z[: self.split]
        gates *= 0.5
        gates += 0.5
        n = self.hidden
        self.c *= z[:n]
        np.multiply(z[n : 2 * n], z[3 * n :], out=self.work)
        self.c += self.work
        np.tanh(self.c, out=output)
        output *= z[2 * n : 3 * n]

    def gru(self, z, h, output):
        gates, candidate = z[: self.split], z[self.split :]
        gates += self.recurrent[: self.split]
        np.tanh(gates, out=gates)
        gates *= 0.5
        gates += 0.5
        reset, update = gates[: self.hidden], gates[self.hidden :]
        np.add(self.recurrent[self.split :], self.candidate_bias, out=self.work)
        self.work *= reset
        candidate += self.work
        np.tanh(candidate, out=candidate)
        np.subtract(h, candidate, out=output)
        output *= update
        output += candidate

    def rnn(self, z, h, output):
        z += self.recurrent
        np.tanh(z, out=output)


def prepare(cell: Cell):
    if cell.mode not in ("infer", "stream", "tiny-stream") or cell.kind not in Recurrence.SIGMOIDS:
        return None
    if cell.mode == "infer":
        layer = Recurrence(cell, cell.batch, cell.steps)

        def call():
            layer.clear()
            layer.run()

        return call

    layer = Recurrence(cell, 1, 1)

    def steps():
        for _ in range(STREAM_STEPS):
            layer.run()

    return steps


def blas() -> str:
    """The file name of the loaded BLAS, if the system reveals it."""
    try:
        with open("/proc/self/maps", encoding="ascii", errors="replace") as maps:
            names = {line.rsplit("/", 1)[-1].strip() for line in maps if "blas" in line.lower()}
    except OSError:
        return "BLAS not known"
    return ", ".join(sorted(names)) or "no BLAS library"


if __name__ == "__main__":
    np.ones((8, 8)) @ np.ones((8, 8))
    serve(f"NumPy {np.__version__}", blas(), prepare)
