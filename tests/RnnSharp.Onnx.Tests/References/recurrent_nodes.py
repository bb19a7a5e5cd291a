"""python3 recurrent_nodes.py: writes recurrent_nodes.zip, random RNN, GRU and LSTM nodes in double with what the cases of the onnx package
miss: unequal gates, both forms of the GRU, clip, other activations, short sequences, all directions, both layouts, states. The outputs are
those of onnx_recurrent.py."""
import itertools
import random

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

import case_archive
import onnx_recurrent

COUNT = 120


def case(number):
    r, g = random.Random(number), np.random.RandomState(number)
    kind = r.choice(["RNN", "GRU", "LSTM"])
    direction, layout = r.choice(["forward", "reverse", "bidirectional"]), r.choice([0, 0, 1])
    directions, gates = 2 if direction == "bidirectional" else 1, onnx_recurrent.GATES[kind]
    steps, batch, inputs, hidden = r.randint(1, 6), r.randint(1, 3), r.randint(1, 4), r.randint(1, 5)
    tensors = {"W": g.randn(directions, gates * hidden, inputs), "R": g.randn(directions, gates * hidden, hidden)}
    if r.random() < 0.7:
        tensors["B"] = g.randn(directions, 2 * gates * hidden)
        zero = r.choice(["none", "none", "input", "recurrent"])
        if zero != "none":
            tensors["B"][:, : gates * hidden] *= zero != "input"
            tensors["B"][:, gates * hidden :] *= zero != "recurrent"
    if kind == "LSTM" and r.random() < 0.4:
        tensors["P"] = g.randn(directions, 3 * hidden)
    attributes, options = {"hidden_size": hidden, "direction": direction, "layout": layout}, {}
    if kind == "GRU":
        attributes["linear_before_reset"] = options["linear_before_reset"] = r.randint(0, 1)
    if kind == "LSTM" and r.random() < 0.3:
        attributes["input_forget"] = options["input_forget"] = 1
    if r.random() < 0.3:
        attributes["clip"] = options["clip"] = r.choice([0.25, 0.5, 1.5])
    if r.random() < 0.4:
        gate = ["Sigmoid", "HardSigmoid", "Affine", "Tanh"]
        free = ["Tanh", "Relu", "Softsign", "Softplus", "Elu", "LeakyRelu", "ThresholdedRelu", "ScaledTanh", "HardSigmoid", "Affine"]
        names = [r.choice(gate if usual == "Sigmoid" else free) for usual in onnx_recurrent.DEFAULTS[kind] * directions]
        alphas = [r.choice([0.25, 0.5, 0.75]) for name in names if name in onnx_recurrent.ALPHAS]
        betas = [r.choice([0.25, 0.5]) for name in names if name in onnx_recurrent.BETAS]
        attributes["activations"] = options["activations"] = names
        if alphas:
            attributes["activation_alpha"] = options["alphas"] = alphas
        if betas:
            attributes["activation_beta"] = options["betas"] = betas
    x = g.randn(*((batch, steps) if layout else (steps, batch)), inputs)
    given, lengths = {"X": x}, None
    names = ["X", "W", "R", "B" if "B" in tensors else "", "", "", "", "P" if "P" in tensors else ""]
    if r.random() < 0.4:
        lengths = np.array([r.randint(1, steps) for _ in range(batch)], np.int32)
        names[4] = "lengths"
        (given if r.random() < 0.5 else tensors)["lengths"] = lengths
    states = {}
    for position, name in [(5, "h0")] + ([(6, "c0")] if kind == "LSTM" else []):
        form = r.choice(["none", "input", "input", "zero", "constant"])
        if form == "none":
            continue
        value = g.randn(*((batch, directions) if layout else (directions, batch)), hidden) * (form != "zero")
        names[position], states[name] = name, value
        (given if form == "input" else tensors)[name] = value
    results = onnx_recurrent.run(kind, x, tensors["W"], tensors["R"], tensors.get("B"), lengths, states.get("h0"), states.get("c0"), tensors.get("P"), direction, layout, **options)
    wanted = [r.random() < 0.8, r.random() < 0.6, r.random() < 0.6 and kind == "LSTM"]
    wanted[0] |= not any(wanted[:2])
    outputs = [name if want else "" for name, want in zip(["Y", "Y_h", "Y_c"], wanted)]
    while not outputs[-1]:
        outputs.pop()
    while not names[-1]:
        names.pop()
    dynamic = r.random() < 0.5

    def described(name, value):
        free = {"X": (0, 1), "Y": (0, 1, 2), "lengths": (0,)}.get(name, (0, 1)) if dynamic else ()
        type_ = TensorProto.INT32 if value.dtype == np.int32 else TensorProto.DOUBLE
        return helper.make_tensor_value_info(name, type_, [f"{name}{i}" if i in free else n for i, n in enumerate(value.shape)])
    node = helper.make_node(kind, names, outputs, name="node", **attributes)
    graph = helper.make_graph([node], "case", [described(n, v) for n, v in given.items()], [described(n, results[i]) for i, n in enumerate(outputs) if n],
                              [numpy_helper.from_array(v, n) for n, v in tensors.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    checker.check_model(model)
    words = [kind, direction, f"layout {layout}", *(f"{k} {v}" for k, v in options.items()), *(["lengths"] if lengths is not None else []), *("constant " + n for n in ("h0", "c0") if n in tensors)]
    return (f"{number} {' '.join(words)}", model.SerializeToString(deterministic=True), [case_archive.tensor(n, v) for n, v in given.items()],
            [case_archive.tensor(n, results[i]) for i, n in enumerate(outputs) if n], {})


def is_tame(case):
    """Whether no output grew so large that rounding errors did too."""
    return all(abs(v) < 1e3 for output in case[3] for v in output["values"])


with np.errstate(over="ignore"):
    cases = filter(is_tame, map(case, itertools.count()))
    case_archive.write("recurrent_nodes.zip", list(itertools.islice(cases, COUNT)))
