#!/usr/bin/env python3
"""Compares RnnSharp with TorchSharp, PyTorch, ONNX Runtime, NumPy and other programs, cell by cell. See README.md.

The runners take turns on each cell, round after round, so that a slow minute of the machine affects them all. A time
is the best round's median. A ratio is the peer's time divided by RnnSharp's: above 1, RnnSharp is faster. "Of the
limit" is the rate of floating-point operations of RnnSharp's matrix products alone, divided by the rate that peak.c
reaches on the same cores in the same run.
"""

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
from typing import Optional

from grid import DTYPES, KINDS, MODES, cells, describe_cell, operations, valid_share

HERE = os.path.dirname(os.path.abspath(__file__))
OURS = "ours"
ASSEMBLY = os.path.join(os.path.dirname(HERE), "bin", "Release", "net10.0", "RnnSharp.Benchmarks.dll")
PEERS_ASSEMBLY = os.path.join(HERE, "dotnet", "bin", "Release", "net10.0", "RnnSharp.Peers.dll")

# A script of this folder, or the command of a program, which an option of the same name replaces.
SCRIPTS = {"torch": "torch_peer.py", "ort": "ort_peer.py", "numpy": "numpy_peer.py"}
PROGRAMS = ["torchsharp", "onnxruntime"]
PEERS = [*PROGRAMS, *SCRIPTS]
ONE_THREAD = "1 thread"

LIMIT_SHAPES = [(256, 512, 64, 100), (256, 512, 64, 25)]

# .NET's switches for narrower vectors. An unknown switch has no effect, so the width that RnnSharp reports is checked.
WIDTH_SWITCHES = {256: "DOTNET_EnableAVX512", 128: "DOTNET_EnableAVX2"}


class Runner:
    """A program that measures cells (see protocol.py). It keeps running from cell to cell."""

    def __init__(self, key: str, command: list[str], cores: list[int], environment: dict[str, str]):
        self.key, self.command = key, command
        self.options = {"env": environment, "text": True, "stdout": subprocess.PIPE}
        if hasattr(os, "sched_setaffinity"):
            self.options["preexec_fn"] = lambda: os.sched_setaffinity(0, cores)
        self.process: Optional[subprocess.Popen] = None
        self.description: dict = {}

    def describe(self) -> Optional[str]:
        """Asks for the name and version. Returns the reason if the runner cannot work here."""
        try:
            answer = subprocess.run([*self.command, "--version"], stderr=subprocess.PIPE, **self.options)
        except OSError as error:
            return str(error)
        if answer.returncode != 0:
            lines = answer.stderr.strip().splitlines()
            return lines[-1] if lines else f"ended with {answer.returncode}"
        try:
            self.description = json.loads(answer.stdout)
            self.description["name"]
        except (ValueError, TypeError, KeyError):
            return f"expected a JSON object with a name from --version, got {answer.stdout[:100]!r}"
        return None

    @property
    def name(self) -> str:
        return self.description["name"]

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, **self.options)

    def time(self, cell: dict) -> Optional[float]:
        """Returns the median in milliseconds, or None if the runner does not support the cell or has stopped."""
        if self.process is None:
            return None
        try:
            self.process.stdin.write(json.dumps(cell) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if line:
            return json.loads(line)["median_ms"]
        print(f"{self.key} stopped at {cell} and is skipped from here on", flush=True)
        self.process = None
        return None

    def close(self) -> None:
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()


class Limits:
    """The rates that peak.c reaches on one core: GFLOP/s by vector width and number type. Empty without a compiler."""

    def __init__(self, folder: str, core: int):
        self.values: dict[str, dict[str, float]] = {}
        self.core = core
        self.program = os.path.join(folder, "peak")
        compiler = os.environ.get("CC", "cc")
        source = os.path.join(HERE, "peak.c")
        try:
            subprocess.run([compiler, "-O3", "-march=native", source, "-o", self.program], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"the machine's limit is not measured: {error}")
            self.program = ""

    def measure(self) -> None:
        """Keeps the best measurement so far, because other load on the machine can only lower one."""
        if not self.program:
            return
        pin = {}
        if hasattr(os, "sched_setaffinity"):
            pin["preexec_fn"] = lambda: os.sched_setaffinity(0, [self.core])
        measured = json.loads(subprocess.run([self.program], check=True, stdout=subprocess.PIPE, **pin).stdout)
        for bits, values in measured.items():
            kept = self.values.setdefault(bits, {})
            for dtype, value in values.items():
                kept[dtype] = max(value, kept.get(dtype, 0))


def processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as info:
            for line in info:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def operating_system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (AttributeError, OSError, KeyError):
        return f"{platform.system()} {platform.release()}"


def available_cores() -> list[int]:
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number > 1 else ''}"


def start_runners(options: argparse.Namespace, cores: list[int]) -> dict[str, Runner]:
    environment = dict(os.environ)
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        environment[variable] = str(options.threads)
    ours = dict(environment)
    if options.bits in WIDTH_SWITCHES:
        ours[WIDTH_SWITCHES[options.bits]] = "0"
    runners = {OURS: Runner(OURS, options.ours, cores, ours)}
    for key in [] if options.scaling else options.peers:
        script = SCRIPTS.get(key)
        command = [sys.executable, os.path.join(HERE, script)] if script else getattr(options, key)
        runners[key] = Runner(key, command, cores, environment)
    for key, command in options.peer:
        runners[key] = Runner(key, command, cores, environment)
    for key, runner in list(runners.items()):
        reason = runner.describe()
        if reason is None:
            print(f"{key}: {runner.name}, {runner.description.get('detail', '')}")
            runner.start()
        elif key == OURS:
            build = "dotnet build -c Release tests/RnnSharp.Benchmarks"
            sys.exit(f"RnnSharp cannot be run ({reason}). Build it first: {build}")
        else:
            print(f"{key}: skipped, {reason}")
            del runners[key]
    bits = runners[OURS].description["bits"]
    if options.bits not in (0, bits):
        sys.exit(f"{options.bits}-bit vectors were asked for, but RnnSharp runs at {bits} bits here")
    return runners


def measure(options: argparse.Namespace, runners: dict[str, Runner], limits: Limits) -> list[dict]:
    rows = []
    bits = str(runners[OURS].description["bits"])
    group = None
    for cell in cells(options):
        # Measured again for each group, because the machine may be disturbed for minutes.
        if group != (cell["mode"], cell["dtype"], cell["kind"]):
            group = (cell["mode"], cell["dtype"], cell["kind"])
            limits.measure()
        # The best of all rounds, without runners that do not support the cell.
        best: dict[str, Optional[float]] = {}
        for _ in range(options.rounds):
            for key, runner in runners.items():
                for label, asked in variants(options, key, cell):
                    time = runner.time(asked)
                    if time is not None:
                        best[label] = min(time, best.get(label) or math.inf)
        row = dict(cell, ms=best)
        ours = best.get(OURS)
        text = f"{describe_cell(cell)} "
        if ours is None:
            text += " MISSING: RnnSharp does not support this cell"
        else:
            row["ratio"] = {key: time / ours for key, time in best.items() if key != OURS}
            text += f" {ours:10.4g} ms"
            if bits in limits.values and not cell["mode"].startswith("int8"):
                row["gflops"] = operations(cell) / ours * 1e-6
                share = row["gflops"] / (limits.values[bits][cell["dtype"]] * options.threads)
                text += f"  of the limit {share:.2f}"
            text += "".join(f"  {key} x{ratio:.2f}" for key, ratio in row["ratio"].items())
        rows.append(row)
        print(text, flush=True)
    return rows


def variants(options: argparse.Namespace, key: str, cell: dict) -> list[tuple[str, dict]]:
    """The measurements of a cell by a runner; with --scaling, also RnnSharp on one thread."""
    if options.scaling:
        return [(ONE_THREAD, dict(cell, threads=1)), (key, cell)]
    return [(key, cell)]


def distinct_names(names: dict[str, str]) -> dict[str, str]:
    """The names by key, with the key where several have the same name, such as builds of one program."""
    every = list(names.values())
    return {key: name if every.count(name) == 1 else f"{name} ({key})" for key, name in names.items()}


def geometric_mean(values: list[float]) -> float:
    return math.exp(sum(map(math.log, values)) / len(values))


def summarize(report: dict, markdown: bool) -> str:
    """The tables of a report: by mode and number type, relative to the machine's limit, and each peer's closest cell."""
    rows = [row for row in report["rows"] if "ratio" in row]
    names = report["names"]
    peers = [key for key in names if any(key in row["ratio"] for row in rows)]
    dtype_names = {"float32": "float", "float64": "double"}
    out = [report["environment"], ""]

    table = [["", *(names[key] for key in peers)]]
    for mode in MODES:
        for dtype in DTYPES:
            line = [f"{mode}, {dtype_names[dtype]}"]
            for key in peers:
                ratios = [
                    row["ratio"][key]
                    for row in rows
                    if (row["mode"], row["dtype"]) == (mode, dtype) and key in row["ratio"]
                ]
                line.append(f"{geometric_mean(ratios):.2f}× ({min(ratios):.2f}×)" if ratios else "–")
            if any(text != "–" for text in line[1:]):
                table.append(line)
    if len(table) > 1:
        what = "RnnSharp alone" if report["scaling"] else "the peer's time divided by RnnSharp's"
        out += [f"How many times faster, {what}: geometric mean (worst cell).", "", *render(table, markdown), ""]

    limits = report["limits"].get(str(report["bits"]), {})
    for shape in LIMIT_SHAPES:
        found = {
            (row["kind"], row["mode"], row["dtype"]): row["gflops"] / (limits[row["dtype"]] * report["threads"])
            for row in rows
            if (row["inputs"], row["hidden"], row["batch"], row["steps"]) == shape and "gflops" in row and row["dtype"] in limits
        }
        done = {key[1:] for key in found}
        columns = [(mode, dtype) for mode in MODES for dtype in DTYPES if (mode, dtype) in done]
        if not columns:
            continue
        figures = ", ".join(f"{dtype_names[dtype]} {value:.0f} GFLOP/s" for dtype, value in limits.items())
        table = [["", *(f"{mode}, {dtype_names[dtype]}" for mode, dtype in columns)]]
        for kind in KINDS:
            if any(key[0] == kind for key in found):
                values = (found.get((kind, *column)) for column in columns)
                table.append([kind.upper(), *("–" if value is None else f"{value:.2f}" for value in values)])
        out += [
            f"Share of the {report['bits']}-bit limit of a core ({figures}) at inputs, hidden, batch, steps {shape}.",
            "",
            *render(table, markdown),
            "",
        ]

    out += ragged(rows, markdown)
    if peers:
        table = [["least gain" if report["scaling"] else "closest", "cell", "ratio"]]
        for key in peers:
            for mode in MODES:
                mine = [row for row in rows if row["mode"] == mode and key in row["ratio"]]
                if mine:
                    row = min(mine, key=lambda candidate: candidate["ratio"][key])
                    size = "{inputs}-{hidden}, {batch} × {steps}".format(**row)
                    cell = f"{mode}, {dtype_names[row['dtype']]}, {row['kind'].upper()} {size}"
                    table.append([names[key], cell, f"{row['ratio'][key]:.2f}×"])
        out += render(table, markdown)
    missing = len(report["rows"]) - len(rows)
    if missing:
        out += ["", f"{missing} cells MISSING: each counts as a loss."]
    return "\n".join(out)


def ragged(rows: list[dict], markdown: bool) -> list[str]:
    """A table of what a ragged training call takes, as a share of the padded one of the same shape, beside its share of valid steps."""
    key = lambda row: tuple(row[name] for name in ("dtype", "kind", "inputs", "hidden", "batch", "steps"))
    padded = {key(row): row["ms"][OURS] for row in rows if row["mode"] == "train"}
    table = [["ragged-train", "valid steps", "time of the padded call"]]
    for row in rows:
        if row["mode"] == "ragged-train" and key(row) in padded:
            cell = "{dtype} {kind} {inputs}-{hidden}, {batch} × {steps}".format(**row)
            table.append([cell, f"{valid_share(row):.3f}", f"{row['ms'][OURS] / padded[key(row)]:.3f}"])
    return [*render(table, markdown), ""] if len(table) > 1 else []


def render(table: list[list[str]], markdown: bool) -> list[str]:
    if markdown:
        lines = ["| " + " | ".join(line) + " |" for line in table]
        return [lines[0], "|---" * len(table[0]) + "|", *lines[1:]]
    widths = [max(len(line[i]) for line in table) for i in range(len(table[0]))]
    return ["  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip() for line in table]


def read_options() -> argparse.Namespace:
    def listed(allowed: list[str]):
        def parse(text: str) -> list[str]:
            values = [value for value in text.split(",") if value]
            unknown = [value for value in values if value not in allowed]
            if unknown:
                raise argparse.ArgumentTypeError(f"expected some of {','.join(allowed)}, got {','.join(unknown)}")
            return values

        return parse

    def program(text: str) -> tuple[str, list[str]]:
        name, _, command = text.partition("=")
        if not name or not command.split():
            raise argparse.ArgumentTypeError(f"expected NAME=COMMAND, got {text}")
        if name in (OURS, ONE_THREAD, *PEERS):
            raise argparse.ArgumentTypeError(f"expected another name than {name}, which has a meaning already")
        return name, command.split()

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    own = ["dotnet", ASSEMBLY, "peer"]
    add("--ours", type=str.split, default=own, metavar="COMMAND", help="the command that runs RnnSharp")
    add("--peers", type=listed(PEERS), default=PEERS, help=f"default: {','.join(PEERS)}")
    for key in PROGRAMS:
        add(f"--{key}", type=str.split, default=["dotnet", PEERS_ASSEMBLY, key], metavar="COMMAND", help=f"the command that runs the peer {key}")
    add("--peer", type=program, action="append", default=[], metavar="NAME=COMMAND", help="one more peer, a program that implements the line protocol (repeatable)")
    add("--modes", type=listed(MODES), default=MODES, help=f"default: {','.join(MODES)}")
    add("--dtypes", type=listed(DTYPES), default=DTYPES, help="default: float32,float64")
    add("--kinds", type=listed(KINDS), default=KINDS, help="default: lstm,gru,rnn")
    add("--threads", type=int, help="threads of every runner (default: 1, or 2 with --scaling)")
    add("--rounds", type=int, default=3, help="how often the runners take turns on a cell (default: 3)")
    add("--seconds", type=float, default=0.3, help="how long a turn measures (default: 0.3)")
    add("--bits", type=int, choices=[128, 256, 512], default=0, help="RnnSharp's vectors (default: the widest)")
    add("--quick", action="store_true", help="three shapes instead of seven")
    add("--scaling", action="store_true", help="RnnSharp alone: --threads against 1, batches of 32 and more")
    add("--markdown", action="store_true", help="print the tables as Markdown")
    add("--json", metavar="FILE", help="write all measurements to a file")
    add("--load", metavar="FILE", nargs="+", help="do not measure: print the tables of files written earlier")
    options = parser.parse_args()
    if options.threads is None:
        options.threads = 2 if options.scaling else 1
    if options.threads < 1 or options.rounds < 1 or options.seconds <= 0:
        parser.error("--threads, --rounds and --seconds must be above 0")
    if options.scaling and options.threads < 2:
        parser.error("--scaling compares --threads 2 or more with 1")
    if options.scaling and options.peer:
        parser.error("--scaling measures RnnSharp alone, without --peer")
    names = [name for name, _ in options.peer]
    if len(set(names)) < len(names):
        parser.error("each --peer needs a name of its own")
    return options


def load(files: list[str]) -> dict:
    """Merges reports of the same machine, threads and width. Cells of later files replace those of earlier ones."""
    reports = []
    for file in files:
        with open(file, encoding="utf-8") as source:
            reports.append(json.load(source))
    merged = reports[0]
    for report in reports[1:]:
        for key in ("environment", "threads", "bits", "scaling"):
            if report[key] != merged[key]:
                sys.exit(f"the files differ in {key}: {report[key]!r} and {merged[key]!r}")
        merged["names"].update(report["names"])
        for bits, values in report["limits"].items():
            for dtype, value in values.items():
                merged["limits"][bits][dtype] = max(value, merged["limits"][bits][dtype])
        again = {describe_cell(row) for row in report["rows"]}
        merged["rows"] = [row for row in merged["rows"] if describe_cell(row) not in again] + report["rows"]
    return merged


def run(options: argparse.Namespace) -> dict:
    cores = available_cores()
    if options.threads > len(cores):
        sys.exit(f"{options.threads} threads were requested, but {count(len(cores), 'core')} can be used")
    # The last cores, because the first one often handles the machine's interrupts.
    used = cores[-options.threads :]
    with tempfile.TemporaryDirectory() as folder:
        limits = Limits(folder, used[-1])
        runners = start_runners(options, used)
        ours = runners[OURS].description
        environment = (
            f"{processor()}, {count(len(cores), 'core')}, {operating_system()}; "
            f"{ours['name']}, {ours['detail']}; {count(options.threads, 'thread')}"
        )
        print(environment, flush=True)
        try:
            rows = measure(options, runners, limits)
        finally:
            for runner in runners.values():
                runner.close()
        limits.measure()
    print(f"limit of a core in GFLOP/s by vector width: {json.dumps(limits.values)}")
    names = distinct_names({key: runner.name for key, runner in runners.items() if key != OURS})
    if options.scaling:
        names[ONE_THREAD] = f"{options.threads} threads against 1"
    return {
        "environment": environment,
        "threads": options.threads,
        "bits": ours["bits"],
        "scaling": options.scaling,
        "limits": limits.values,
        "names": names,
        "rows": rows,
    }


def main() -> int:
    options = read_options()
    report = load(options.load) if options.load else run(options)
    print()
    print(summarize(report, options.markdown))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as target:
            json.dump(report, target, indent=1)
    return 1 if any("ratio" not in row for row in report["rows"]) else 0


if __name__ == "__main__":
    sys.exit(main())
