#!/usr/bin/env python3
"""Reference cases of clipping and activations of recurrent layers, written from the text of ONNX's operators RNN, GRU and LSTM (opset 14).

    /usr/bin/python3 activations.py > activations.json

"functions" has values of each activation; "cases" are whole operators in ONNX's layout with one direction: W, R and B (Wb, then Rb) with
gates i, o, f, c (LSTM) or z, r, h (GRU), peepholes P in the order i, o, f, X and Y as [step][example][feature]. Numbers of the inputs are
drawn with a few decimals, so that they are short to print; results are printed with every bit.
"""

import json

import numpy as np

random = np.random.RandomState(20260118)

FUNCTIONS = {
    "Relu": lambda x, a, b: np.maximum(0, x),
    "Tanh": lambda x, a, b: np.tanh(x),
    "Sigmoid": lambda x, a, b: 1 / (1 + np.exp(-x)),
    "Affine": lambda x, a, b: a * x + b,
    "LeakyRelu": lambda x, a, b: np.where(x >= 0, x, a * x),
    "ThresholdedRelu": lambda x, a, b: np.where(x >= a, x, 0),
    "ScaledTanh": lambda x, a, b: a * np.tanh(b * x),
    "HardSigmoid": lambda x, a, b: np.minimum(np.maximum(a * x + b, 0), 1),
    "Elu": lambda x, a, b: np.where(x >= 0, x, a * np.expm1(np.minimum(x, 0))),
    "Softsign": lambda x, a, b: x / (1 + np.abs(x)),
    "Softplus": lambda x, a, b: np.logaddexp(0, x),
    "Linear": lambda x, a, b: x,  # not ONNX's, but Keras's
}


def act(function, x, clip=None):
    name, alpha, beta = function
    return FUNCTIONS[name](x if clip is None else np.clip(x, -clip, clip), alpha, beta)


def rnn(case, x, h, c):
    (f,) = case["activations"]
    W, R, B = case["W"], case["R"], case["B"]
    n = len(W)
    return act(f, x @ W.T + h @ R.T + B[:n] + B[n:], case["clip"]), None


def gru(case, x, h, c):
    f, g = case["activations"]
    clip = case["clip"]
    Wz, Wr, Wh = np.split(case["W"], 3)
    Rz, Rr, Rh = np.split(case["R"], 3)
    Wbz, Wbr, Wbh, Rbz, Rbr, Rbh = np.split(case["B"], 6)
    z = act(f, x @ Wz.T + h @ Rz.T + Wbz + Rbz, clip)
    r = act(f, x @ Wr.T + h @ Rr.T + Wbr + Rbr, clip)
    if case["linear_before_reset"]:
        n = act(g, x @ Wh.T + r * (h @ Rh.T + Rbh) + Wbh, clip)
    else:
        n = act(g, x @ Wh.T + (r * h) @ Rh.T + Rbh + Wbh, clip)
    return (1 - z) * n + z * h, None


def lstm(case, x, h, c):
    f, g, k = case["activations"]
    clip = case["clip"]
    Wi, Wo, Wf, Wc = np.split(case["W"], 4)
    Ri, Ro, Rf, Rc = np.split(case["R"], 4)
    Wbi, Wbo, Wbf, Wbc, Rbi, Rbo, Rbf, Rbc = np.split(case["B"], 8)
    Pi, Po, Pf = np.split(case["P"], 3) if case["P"] is not None else (0, 0, 0)
    i = act(f, x @ Wi.T + h @ Ri.T + Pi * c + Wbi + Rbi, clip)
    ft = 1 - i if case["input_forget"] else act(f, x @ Wf.T + h @ Rf.T + Pf * c + Wbf + Rbf, clip)
    ct = act(g, x @ Wc.T + h @ Rc.T + Wbc + Rbc, clip)
    C = ft * c + i * ct
    o = act(f, x @ Wo.T + h @ Ro.T + Po * C + Wbo + Rbo, clip)
    return o * act(k, C), C


KINDS = {"RNN": (rnn, 1), "GRU": (gru, 3), "LSTM": (lstm, 4)}


def draw(scale, *shape):
    return np.round(scale * random.uniform(-1, 1, shape), 3)


def make(kind, activations, clip=None, peepholes=False, input_forget=False, linear_before_reset=True):
    inputs, hidden, batch, steps = 3, 5, 2, 4
    step, gates = KINDS[kind]
    case = {"kind": kind, "inputs": inputs, "hidden": hidden, "batch": batch, "steps": steps, "activations": [list(a) + [0] * (3 - len(a)) for a in activations]}
    case.update(clip=clip, input_forget=input_forget, linear_before_reset=linear_before_reset)
    case.update(W=draw(1, gates * hidden, inputs), R=draw(0.8, gates * hidden, hidden), B=draw(0.5, 2 * gates * hidden), P=draw(0.9, 3 * hidden) if peepholes else None)
    case["X"] = draw(2, steps, batch, inputs)
    h = case["initial_h"] = draw(1, batch, hidden)
    c = case["initial_c"] = draw(1, batch, hidden) if kind == "LSTM" else None
    outputs = []
    for t in range(steps):
        h, c = step(case, case["X"][t], h, c)
        outputs.append(h)
    case.update(Y=np.array(outputs), Y_h=h, Y_c=c)
    return {name: value.ravel().tolist() if isinstance(value, np.ndarray) else value for name, value in case.items()}


SIGMOID, TANH, RELU, LINEAR = ("Sigmoid",), ("Tanh",), ("Relu",), ("Linear",)
HARD, KERAS3 = ("HardSigmoid", 0.2, 0.5), ("HardSigmoid", 1 / 6, 0.5)
EVERY = [SIGMOID, TANH, RELU, LINEAR, HARD, KERAS3, ("HardSigmoid", -0.4, 0.3), ("Softsign",), ("Softplus",), ("Elu", 1), ("Elu", 0.3), ("LeakyRelu", 0.01), ("LeakyRelu", 0.4), ("ThresholdedRelu", 1), ("ThresholdedRelu", 0.2), ("ScaledTanh", 1.7159, 2 / 3), ("ScaledTanh", -0.5, 1.2), ("Affine", 1, 0), ("Affine", 0.3, -0.2)]

CASES = [make("RNN", [function]) for function in EVERY]
CASES += [make("RNN", [function], clip=0.7) for function in EVERY]
CASES += [make("GRU", [SIGMOID, TANH], clip=0.5, linear_before_reset=after) for after in (False, True)]
CASES += [make("GRU", [HARD, ("Softsign",)], linear_before_reset=after) for after in (False, True)]
CASES += [make("GRU", [KERAS3, RELU], clip=1.5, linear_before_reset=after) for after in (False, True)]
CASES += [make("GRU", [("Affine", 0.2, 0.4), ("Elu", 0.8)], clip=0.9, linear_before_reset=after) for after in (False, True)]
CASES += [make("GRU", [("ScaledTanh", 0.6, 0.9), ("Softplus",)], linear_before_reset=after) for after in (False, True)]
CASES += [make("LSTM", [SIGMOID, TANH, TANH], 0.5, peepholes, coupled) for peepholes in (False, True) for coupled in (False, True)]
CASES += [make("LSTM", [HARD, RELU, RELU], None, peepholes, coupled) for peepholes in (False, True) for coupled in (False, True)]
CASES += [make("LSTM", [KERAS3, TANH, ("Softsign",)], 1.2, peepholes, coupled) for peepholes in (False, True) for coupled in (False, True)]
CASES += [make("LSTM", [("Softsign",), ("LeakyRelu", 0.1), ("ScaledTanh", 1.1, 0.7)], 0.8, peepholes, coupled) for peepholes in (False, True) for coupled in (False, True)]
CASES += [make("LSTM", [("ScaledTanh", 0.5, 1), ("Elu", 1), LINEAR]), make("LSTM", [SIGMOID, ("Softplus",), ("ThresholdedRelu", 0.3)], 2), make("LSTM", [("Affine", 0.3, 0.4), TANH, ("Affine", 2, -1)], 1)]

POINTS = [-800.0, -40.0, -7.5, -3.0, -2.5, -1.0, -0.3, -1e-3, -1e-9, 0.0, 1e-12, 1e-5, 0.2, 0.25, 0.99, 1.0000001, 2.0, 2.5, 3.0, 11.0, 50.0, 900.0]

if __name__ == "__main__":
    functions = [{"activation": list(f) + [0] * (3 - len(f)), "x": POINTS, "y": np.asarray(act(list(f) + [0] * (3 - len(f)), np.array(POINTS)), dtype=float).tolist()} for f in EVERY]
    print(json.dumps({"functions": functions, "cases": CASES}, separators=(",", ":")))
