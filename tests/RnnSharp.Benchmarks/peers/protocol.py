"""The line protocol of the peers, and the timing that they share.

A peer is a program. With --version it prints {"name": ..., "detail": ...} and exits, or exits with 1 and a reason on
stderr if something that it needs is not installed. Otherwise it reads one JSON cell per line from stdin and answers each
with one line, {"median_ms": x, "runs": n}, or {"median_ms": null} if it does not support the cell. A cell has

    mode      infer   the outputs of all time steps, from a zero state
              train   forward and backward under a fixed output gradient: the gradients of every weight, of the
                      input and of the initial state
              bi-infer, bi-train
                      the same for two bidirectional layers of this kind and size, with concatenated outputs
              ragged-train
                      the same as train for a batch of unequal lengths (see ragged_lengths): gradients of valid steps only
              stream  one time step per call at batch 1, with the state carried on; the time is that of a step
              tiny-stream
                      the same at the sizes of small embedded models
              charlm  a whole training step of a character model: one-hot, recurrent layer, linear layer, softmax
                      cross-entropy, backward, the global norm clipped to 5, Adam
              int8-infer, int8-stream
                      infer and stream with weights of 8 bits and float32 inputs and outputs
    dtype     float32 or float64
    kind      lstm, gru (reset after the product, as PyTorch's) or rnn (tanh)
    inputs, hidden, batch, steps
    threads   how many cores the peer may use
    seconds   how long to measure
"""

import json
import sys
import time
from dataclasses import dataclass, fields
from typing import Callable, Optional

# A single step is too short to time.
STREAM_STEPS = 100

STREAMING = ("stream", "tiny-stream", "int8-stream")


@dataclass(frozen=True)
class Cell:
    mode: str
    dtype: str
    kind: str
    inputs: int
    hidden: int
    batch: int
    steps: int
    threads: int
    seconds: float

    @staticmethod
    def parse(line: str) -> "Cell":
        values = json.loads(line)
        return Cell(**{field.name: values[field.name] for field in fields(Cell)})


def ragged_lengths(batch: int, steps: int) -> list[int]:
    """The lengths of a ragged batch: evenly spread over 1 to steps, in a mixed order."""
    return [steps if batch == 1 else 1 + 5 * j % batch * (steps - 1) // (batch - 1) for j in range(batch)]


def median_time(call: Callable[[], object], seconds: float) -> tuple[float, int]:
    """The median time of a warm call in seconds, and the number of calls measured."""
    start = time.perf_counter()
    for _ in range(3):
        call()
    while time.perf_counter() - start < min(0.5, seconds):
        call()
    times = []
    start = time.perf_counter()
    while time.perf_counter() - start < seconds or len(times) < 5:
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    times.sort()
    return times[len(times) // 2], len(times)


def quickest(calls: list[Callable[[], object]], seconds: float) -> Callable[[], object]:
    """The quickest of several equivalent calls on this machine, by short trials."""
    if len(calls) == 1:
        return calls[0]
    return min(calls, key=lambda call: median_time(call, seconds / 4)[0])


def answer(seconds: Optional[float], runs: int = 0) -> str:
    if seconds is None:
        return json.dumps({"median_ms": None})
    return json.dumps({"median_ms": seconds * 1e3, "runs": runs})


def serve(name: str, detail: str, prepare: Callable[[Cell], Optional[Callable[[], object]]]) -> None:
    """Runs a peer whose work is a Python call. prepare returns the call for a cell, or None if it is not supported.

    In the streaming modes, a call runs STREAM_STEPS steps.
    """
    if sys.argv[1:] == ["--version"]:
        print(json.dumps({"name": name, "detail": detail}))
        return
    for line in sys.stdin:
        cell = Cell.parse(line)
        call = prepare(cell)
        if call is None:
            print(answer(None), flush=True)
            continue
        seconds, runs = median_time(call, cell.seconds)
        print(answer(seconds / STREAM_STEPS if cell.mode in STREAMING else seconds, runs), flush=True)
