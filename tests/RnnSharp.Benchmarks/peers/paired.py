#!/usr/bin/env python3
"""Compares two builds of RnnSharp, cell by cell, in one run, to measure the effect of a change to the engine.

    python3 paired.py --before /path/to/old/RnnSharp.Benchmarks.dll [--after DLL] [--rounds 5] [--seconds 0.1]

Both builds measure the same cells (see protocol.py) in turn, round after round, in alternating order. The printed ratio
is the old time divided by the new time, each the best round's median: above 1, the new build is faster. The 36 cells are
inference and training of LSTM, GRU and RNN in both precisions at three sizes; streaming steps and the first training
step of a fresh process follow.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys

from compare import ASSEMBLY, Runner, available_cores
from grid import cells, describe_cell
from protocol import STREAMING


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", required=True, help="RnnSharp.Benchmarks.dll of the old build")
    parser.add_argument("--after", default=ASSEMBLY, help="RnnSharp.Benchmarks.dll of the new build")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.1, help="time per cell and round")
    parser.add_argument("--modes", default="infer,train,stream", type=lambda text: text.split(","))
    parser.add_argument("--dtypes", default="float32,float64", type=lambda text: text.split(","))
    parser.add_argument("--kinds", default="lstm,gru,rnn", type=lambda text: text.split(","))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--cold", type=int, default=9, help="number of fresh processes whose first training step is timed")
    parser.add_argument("--floor", type=float, default=0.97, help="ratios below this are marked")
    chosen = parser.parse_args()
    chosen.quick, chosen.scaling = True, False
    return chosen


def cold(assembly: str, dtype: str, cores: list[int]) -> float:
    """The time of the first training step of a fresh process, in milliseconds."""
    pin = {"preexec_fn": lambda: os.sched_setaffinity(0, cores)} if hasattr(os, "sched_setaffinity") else {}
    arguments = ["dotnet", assembly, "cold"] + (["double"] if dtype == "float64" else [])
    text = subprocess.run(arguments, check=True, text=True, stdout=subprocess.PIPE, **pin).stdout
    return float(re.search(r"first ten steps ([\d.]+)", text).group(1))


def main() -> int:
    chosen = options()
    cores = available_cores()[: max(1, chosen.threads)]
    runners = [Runner(name, ["dotnet", path, "peer"], cores, dict(os.environ)) for name, path in (("before", chosen.before), ("after", chosen.after))]
    for runner in runners:
        reason = runner.describe()
        if reason is not None:
            sys.exit(f"{runner.key}: {reason}")
        runner.start()
        print(f"{runner.key}: {runner.name}, {runner.description['detail']}")
    ratios: dict[str, list[float]] = {}
    for cell in cells(chosen):
        times: dict[str, list[float]] = {runner.key: [] for runner in runners}
        for turn in range(chosen.rounds):
            for runner in runners if turn % 2 == 0 else reversed(runners):
                times[runner.key].append(runner.time(cell) or float("nan"))
        before, after = (min(times[key]) for key in ("before", "after"))
        ratio = before / after
        ratios.setdefault("stream" if cell["mode"] in STREAMING else "cells", []).append(ratio)
        mark = " <" if ratio < chosen.floor else ""
        print(f"{describe_cell(cell)}  {before:9.4f} ms  {after:9.4f} ms  {ratio:5.2f}{mark}", flush=True)
    for runner in runners:
        runner.close()
    for name, found in ratios.items():
        print(f"{name}: {len(found)} ratios, median {statistics.median(found):.3f}, lowest {min(found):.2f}, highest {max(found):.2f}")
    for dtype in chosen.dtypes if chosen.cold else []:
        first: dict[str, list[float]] = {"before": [], "after": []}
        for _ in range(chosen.cold):
            first["before"].append(cold(chosen.before, dtype, available_cores()))
            first["after"].append(cold(chosen.after, dtype, available_cores()))
        before, after = (statistics.median(first[key]) for key in ("before", "after"))
        print(f"first training step, {dtype}: median of {chosen.cold} {before:.1f} ms before, {after:.1f} ms after, ratio {before / after:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
