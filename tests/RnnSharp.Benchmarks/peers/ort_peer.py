#!/usr/bin/env python3
"""ONNX Runtime: its LSTM, GRU and RNN operators, called natively by ort_run.c; float32, modes infer,
stream and tiny-stream.

The library comes with the npm package onnxruntime-node, with some builds of the Python package onnxruntime, or from a
release archive. It is searched in $ORT_LIBRARY (the file itself), in $ORT_MODULE or the node_modules folder here (the
folder of onnxruntime-node), in the Python package, and where the system keeps libraries. The models are written by the
Python package onnx.
"""

import ctypes.util
import glob
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper
except ImportError as missing:
    sys.exit(f"the models cannot be written ({missing})")

from protocol import STREAM_STEPS, STREAMING, Cell, answer

HERE = os.path.dirname(os.path.abspath(__file__))
GATES = {"lstm": 4, "gru": 3, "rnn": 1}


def find_library() -> str:
    """The path of libonnxruntime. Exits if there is none."""
    explicit = os.environ.get("ORT_LIBRARY")
    if explicit:
        return explicit
    system = {"Linux": "linux", "Darwin": "darwin"}.get(platform.system(), "")
    machine = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    modules = [os.path.join(HERE, "node_modules", "onnxruntime-node"), os.path.join("node_modules", "onnxruntime-node")]
    patterns = [
        os.path.join(module, "bin", "napi-v*", system, machine, "libonnxruntime*.*")
        for module in filter(None, [os.environ.get("ORT_MODULE"), *modules])
    ]
    package = importlib.util.find_spec("onnxruntime")
    if package is not None and package.submodule_search_locations:
        patterns.append(os.path.join(package.submodule_search_locations[0], "capi", "libonnxruntime[.]*"))
    for pattern in patterns:
        found = sorted(glob.glob(pattern))
        if found:
            return os.path.abspath(found[0])
    installed = ctypes.util.find_library("onnxruntime")
    if installed is None:
        sys.exit("the ONNX Runtime library was not found (see README.md: ORT_MODULE, ORT_LIBRARY)")
    return installed


def write_model(kind: str, inputs: int, hidden: int, path: str) -> None:
    """Writes a model of one recurrent operator: inputs X, H0 (and C0), outputs Y, Y_h (and Y_c), any steps and batch."""

    def tensor(name: str, *shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    random = np.random.default_rng(0)

    def weights(name: str, *shape):
        return numpy_helper.from_array((random.standard_normal(shape) * 0.1).astype(np.float32), name)

    rows = GATES[kind] * hidden
    states = ["H0", "C0"] if kind == "lstm" else ["H0"]
    finals = ["Y_h", "Y_c"] if kind == "lstm" else ["Y_h"]
    node = helper.make_node(
        kind.upper(),
        ["X", "W", "R", "B", "", *states],
        ["Y", *finals],
        hidden_size=hidden,
        # PyTorch's GRU, as every peer computes it.
        **({"linear_before_reset": 1} if kind == "gru" else {}),
    )
    graph = helper.make_graph(
        [node],
        "peer",
        [tensor("X", "steps", "batch", inputs), *(tensor(name, 1, "batch", hidden) for name in states)],
        [tensor("Y", "steps", 1, "batch", hidden), *(tensor(name, 1, "batch", hidden) for name in finals)],
        [weights("W", 1, rows, inputs), weights("R", 1, rows, hidden), weights("B", 1, 2 * rows)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)])
    # The newest version that older libraries can read; the onnx package would write its own latest.
    model.ir_version = 8
    onnx.save(model, path)


def compile_runner(folder: str) -> str:
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        sys.exit("no C compiler is found to build ort_run.c with")
    program = os.path.join(folder, "ort_run")
    subprocess.run([compiler, "-O2", os.path.join(HERE, "ort_run.c"), "-o", program, "-ldl"], check=True)
    return program


def time_cell(runner: str, library: str, folder: str, cell: Cell) -> str:
    if cell.dtype != "float32" or cell.mode not in ("infer", "stream", "tiny-stream") or cell.kind not in GATES:
        return answer(None)
    model = os.path.join(folder, f"{cell.kind}_{cell.inputs}_{cell.hidden}.onnx")
    if not os.path.exists(model):
        write_model(cell.kind, cell.inputs, cell.hidden, model)
    streams = cell.mode in STREAMING
    arguments = [
        "1" if cell.kind == "lstm" else "0",
        cell.inputs,
        cell.hidden,
        1 if streams else cell.batch,
        1 if streams else cell.steps,
        # For a single step of one example, a thread pool costs more than it gains.
        1 if streams else cell.threads,
        cell.seconds,
        STREAM_STEPS if streams else 1,
    ]
    command = [runner, library, model, *map(str, arguments)]
    milliseconds, runs = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return answer(float(milliseconds) / 1e3, int(runs))


def main() -> None:
    library = find_library()
    with tempfile.TemporaryDirectory() as folder:
        runner = compile_runner(folder)
        if sys.argv[1:] == ["--version"]:
            version = subprocess.run([runner, library], capture_output=True, text=True)
            if version.returncode != 0:
                sys.exit(version.stderr.strip())
            print(json.dumps({"name": f"ONNX Runtime {version.stdout.strip()}", "detail": "C interface"}))
            return
        for line in sys.stdin:
            print(time_cell(runner, library, folder, Cell.parse(line)), flush=True)


if __name__ == "__main__":
    main()
