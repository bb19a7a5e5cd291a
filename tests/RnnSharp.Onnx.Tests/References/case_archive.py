"""Writes cases of models with inputs and outputs as one zip archive: cases.json beside the model files, in a fixed order and with fixed dates."""
import json
import zipfile

import numpy as np


def tensor(name, value):
    """A tensor as name, type, shape and row-major values with all their digits."""
    value = np.asarray(value)
    return {"name": name, "type": str(value.dtype), "shape": list(value.shape), "values": [v if value.dtype.kind in "iub" else float(v) for v in value.ravel().tolist()]}


def write(path, cases):
    """cases: (name, model bytes, inputs, outputs, facts) each, inputs and outputs as lists of tensor(...)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        def add(name, data):
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED, 9)
        listing = []
        for i, (name, model, inputs, outputs, facts) in enumerate(cases):
            add(f"{i}.onnx", model)
            listing.append({"name": name, "model": f"{i}.onnx", "inputs": inputs, "outputs": outputs, **facts})
        add("cases.json", json.dumps(listing, separators=(",", ":")))
