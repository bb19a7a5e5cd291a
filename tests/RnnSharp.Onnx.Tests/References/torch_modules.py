"""python3 torch_modules.py: random recurrent modules as torch.onnx.export writes them, with inputs and outputs. PyTorch 1.13 writes
torch_modules.zip, 150 modules; PyTorch 2.6 writes torch_26_modules.zip, 60 modules. Float modules are run in double for the outputs."""
import copy
import io
import random
import warnings

import torch
from torch import nn
from torch.nn.utils import rnn as packing

import case_archive

warnings.filterwarnings("ignore")
IS_OLD = torch.__version__.startswith("1.")
COUNT, ARCHIVE = (150, "torch_modules.zip") if IS_OLD else (60, "torch_26_modules.zip")


class Module(nn.Module):
    def __init__(self, r):
        super().__init__()
        self.kind = r.choice(["RNN", "RNN", "GRU", "GRU", "LSTM", "LSTM"])
        self.layers, self.bidirectional, self.batch_first = r.choice([1, 1, 2, 3]), r.random() < 0.4, r.random() < 0.5
        self.stated = r.choice(["no", "no", "in", "in and out", "out"])
        self.ragged = r.random() < 0.12
        directions = 1 + self.bidirectional
        self.inputs, self.hidden = r.randint(1, 4), r.randint(1, 5)
        self.residual = r.random() < 0.15 and not self.bidirectional
        if self.residual:
            self.hidden = self.inputs
        vocabulary = r.randint(2, 7)
        self.embedding = nn.Embedding(vocabulary, self.inputs) if r.random() < 0.25 else None
        self.vocabulary = vocabulary
        self.first = nn.Linear(self.inputs, self.inputs, bias=r.random() < 0.7) if r.random() < 0.15 else None
        extra = {"nonlinearity": r.choice(["tanh", "relu"])} if self.kind == "RNN" else {}
        self.rnn = getattr(nn, self.kind)(self.inputs, self.hidden, self.layers, bias=r.random() < 0.8, batch_first=self.batch_first,
                                          bidirectional=self.bidirectional, dropout=0.1 if self.layers > 1 and r.random() < 0.3 else 0, **extra)
        features = self.hidden * directions
        self.norm = nn.LayerNorm(features, eps=r.choice([1e-5, 1e-3]), elementwise_affine=r.random() < 0.8) if r.random() < 0.25 else None
        if self.norm is not None and self.norm.elementwise_affine:
            nn.init.normal_(self.norm.weight), nn.init.normal_(self.norm.bias)
        tails = ["none", "none"] + ([] if self.ragged else ["mean", "max"]) + (["both"] if self.bidirectional and self.norm is None and not self.residual else [])
        tails += [] if self.bidirectional or self.ragged else ["last", "last"]
        tails += ["hidden"] if not self.bidirectional and self.norm is None and not self.residual else []
        self.tail = r.choice(tails)
        self.drop = nn.Dropout(0.3) if r.random() < 0.3 else None
        self.head = nn.Linear(features, r.randint(1, 3), bias=r.random() < 0.8) if r.random() < 0.7 else None

    def forward(self, x, *rest):
        rest = list(rest)
        lengths = rest.pop(0) if self.ragged else None
        state = None if not rest else tuple(rest) if self.kind == "LSTM" else rest[0]
        if self.embedding is not None:
            x = self.embedding(x)
        if self.first is not None:
            x = self.first(x)
        if self.ragged:
            packed, state = self.rnn(packing.pack_padded_sequence(x, lengths, batch_first=self.batch_first), state)
            y, _ = packing.pad_packed_sequence(packed, batch_first=self.batch_first)
        else:
            y, state = self.rnn(x, state)
        h = state[0] if self.kind == "LSTM" else state
        if self.residual:
            y = y + x
        if self.norm is not None:
            y = self.norm(y)
        time = 1 if self.batch_first else 0
        if self.tail == "mean":
            y = y.mean(time)
        elif self.tail == "max":
            y = y.max(time)[0]
        elif self.tail == "last":
            y = y[:, -1] if self.batch_first else y[-1]
        elif self.tail == "hidden":
            y = h[-1]
        elif self.tail == "both":
            y = torch.cat([h[-2], h[-1]], 1)
        if self.drop is not None:
            y = self.drop(y)
        if self.head is not None:
            y = self.head(y)
        return (y, *(state if self.kind == "LSTM" else [state])) if "out" in self.stated else y


def case(number):
    r = random.Random(number)
    torch.manual_seed(number)
    module = Module(r).eval()
    is_double = r.random() < 0.6
    module = module.double() if is_double else module.float()
    kind = torch.float64 if is_double else torch.float32
    steps, batch = r.randint(2, 6), r.randint(1, 3)
    leading = (batch, steps) if module.batch_first else (steps, batch)
    x = torch.randint(0, module.vocabulary, leading) if module.embedding is not None else torch.randn(*leading, module.inputs, dtype=kind)
    names, values = ["x"], [x]
    if module.ragged:
        lengths = sorted([r.randint(1, steps) for _ in range(batch)], reverse=True)
        lengths[0] = steps
        names.append("lengths"), values.append(torch.tensor(lengths))
    states = ["h", "c"][: 2 if module.kind == "LSTM" else 1]
    if "in" in module.stated:
        for name in states:
            names.append(f"{name}_in"), values.append(torch.randn(module.layers * (1 + module.bidirectional), batch, module.hidden, dtype=kind))
    outputs = ["y"] + ([f"{name}_out" for name in states] if "out" in module.stated else [])
    dynamic = r.random() < 0.6
    axes = {"x": {0: "batch", 1: "steps"} if module.batch_first else {0: "steps", 1: "batch"}}
    axes |= {name: {1: "batch"} for name in names + outputs if name[:2] in ("h_", "c_")}
    axes |= {"lengths": {0: "batch"}} if module.ragged else {}
    opset = r.choice([11, 12, 13, 14, 15, 16, 17, 17])
    folding = r.random() < 0.9
    file = io.BytesIO()
    torch.onnx.export(module, tuple(values), file, input_names=names, output_names=outputs, dynamic_axes=axes if dynamic else None,
                      opset_version=opset, do_constant_folding=folding)
    exact = copy.deepcopy(module).double()
    if dynamic and not module.ragged and "in" not in module.stated:
        # Other sizes than those that were traced.
        steps, batch = steps + 1, batch + 1
        leading = (batch, steps) if module.batch_first else (steps, batch)
        values[0] = torch.randint(0, module.vocabulary, leading) if module.embedding is not None else torch.randn(*leading, module.inputs, dtype=kind)
    with torch.no_grad():
        results = exact(*[v.double() if v.is_floating_point() else v for v in values])
    results = results if isinstance(results, tuple) else (results,)
    facts = {"batch_first": module.batch_first, "dynamic": dynamic, "opset": opset, "tail": module.tail, "double": is_double}
    name = f"{number} {module.kind} {module.layers}x{1 + module.bidirectional} {module.stated} {module.tail} opset {opset}" + "".join(
        f" {word}" for word, value in [("ragged", module.ragged), ("embedding", module.embedding), ("norm", module.norm), ("residual", module.residual), ("first", module.first), ("unfolded", not folding)] if value)
    return (name, file.getvalue(), [case_archive.tensor(n, v.detach().numpy()) for n, v in zip(names, values)],
            [case_archive.tensor(n, v.detach().numpy()) for n, v in zip(outputs, results)], facts)


cases, number = [], 0
while len(cases) < COUNT:
    try:
        cases.append(case(number))
    except (RuntimeError, torch.onnx.errors.OnnxExporterError) as error:
        print(number, "not exported:", str(error).splitlines()[0])
    number += 1
case_archive.write(ARCHIVE, cases)
