#!/usr/bin/env python3
"""Arrays and archives that NumPy itself wrote, with their values.

    python3 numpy_files.py > numpy_files.json

"numpy_files.py check FOLDER" loads what NumpyFileTests wrote there with RNNSHARP_WRITE_NUMPY=FOLDER, and compares it.
"""

import base64
import io
import json
import pathlib
import sys

import numpy as np
from numpy.lib import format as npy

SHAPES = [(), (0,), (1,), (5,), (2, 3), (3, 1), (2, 3, 4), (0, 3), (2, 1, 3, 2)]
TYPES = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"]


def array(draw, dtype, order, shape, fortran):
    kind = dtype[0]
    if kind == "f":
        values = draw.standard_normal(shape) * 3
    elif kind == "b":
        values = draw.integers(0, 2, shape)
    else:
        info = np.iinfo(dtype)
        values = draw.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)
    values = np.asarray(values).astype(order + dtype if dtype not in ("i1", "u1", "b1") else dtype)
    return np.asfortranarray(values) if fortran else np.ascontiguousarray(values).reshape(shape)


def encoded(data):
    return base64.b64encode(data).decode()


def numbers(values):
    return [float(value) for value in values.astype(values.dtype.newbyteorder("=")).ravel(order="C")]


def single(values, version):
    stream = io.BytesIO()
    npy.write_array(stream, values, version=version, allow_pickle=False)
    return stream.getvalue()


def check(folder):
    base = np.arange(24) * 0.5 - 1
    for name, dtype in (("f4", "<f4"), ("f8", "<f8")):
        values = np.load(folder / f"{name}.npy")
        assert values.dtype == np.dtype(dtype) and values.shape == (2, 3, 4) and values.flags.c_contiguous
        assert (values.ravel() == base.astype(dtype)).all()
        with np.load(folder / f"{name}.npz") as archive:
            assert archive.files == ["a", "b/ä", "scalar", "empty"]
            assert (archive["a"] == base[:6].reshape(2, 3)).all() and archive["a"].dtype == np.dtype(dtype)
            assert (archive["b/ä"] == base).all()
            assert archive["scalar"].shape == () and archive["scalar"] == 2.5
            assert archive["empty"].shape == (0, 3)
    with np.load(folder / "model.npz") as archive:
        print({name: archive[name].shape for name in archive.files})
        assert archive["0.weight_ih_l0"].shape == (12, 3)
        assert archive["__rnnsharp_model__"].dtype == np.uint8 and bytes(archive["__rnnsharp_model__"]).startswith(b'{"format":')
    print("all of it is right")


if len(sys.argv) > 1:
    check(pathlib.Path(sys.argv[2]))
    sys.exit()

draw = np.random.default_rng(11)
arrays = []
for number in range(120):
    dtype = TYPES[number % len(TYPES)]
    order = "<>"[number // len(TYPES) % 2]
    shape = SHAPES[number * 7 % len(SHAPES)]
    version = [(1, 0), (2, 0), (3, 0)][number % 3]
    values = array(draw, dtype, order, shape, number % 5 in (1, 3))
    arrays.append({"dtype": values.dtype.str, "shape": list(values.shape), "values": numbers(values), "file": encoded(single(values, version))})

archives = []
for compressed in (False, True):
    contents = {f"layer.{i}": array(draw, TYPES[i * 5 % len(TYPES)], "<", SHAPES[i % len(SHAPES)], i % 2 == 0) for i in range(6)}
    contents["text"] = np.array(["a", "bc"])
    contents["complex"] = np.array([1j])
    if compressed:
        contents["long"] = np.arange(2000.0).reshape(20, 100)[:, ::-1].T * 0.25
    stream = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(stream, **contents)
    values = [numbers(value) if value.dtype.kind in "fiub" else None for value in contents.values()]
    archives.append({"file": encoded(stream.getvalue()), "names": list(contents), "values": values})

refused = {
    "objects": np.array([{"a": 1}], dtype=object),
    "a structured array": np.zeros(2, dtype=[("a", "<f4"), ("b", "<i2")]),
    "texts": np.array(["a"]),
    "complex numbers": np.array([1j]),
    "long doubles": np.array([1], dtype=np.longdouble),
    "dates": np.array(["2026-01-01"], dtype="M8[D]"),
}
bad = {}
for name, values in refused.items():
    stream = io.BytesIO()
    np.save(stream, values, allow_pickle=True)
    bad[name] = encoded(stream.getvalue())
stream = io.BytesIO()
np.savez(stream, a=np.zeros(2), b=np.array([print], dtype=object))
bad["objects in an archive"] = encoded(stream.getvalue())
print(json.dumps({"arrays": arrays, "archives": archives, "refused": bad}))
