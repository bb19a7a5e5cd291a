"""ONNX's recurrent operators in NumPy, written from their specification, in double."""
import numpy as np

FUNCTIONS = {
    "Sigmoid": lambda x, a, b: 1 / (1 + np.exp(-x)),
    "Tanh": lambda x, a, b: np.tanh(x),
    "Relu": lambda x, a, b: np.maximum(x, 0),
    "Softsign": lambda x, a, b: x / (1 + np.abs(x)),
    "Softplus": lambda x, a, b: np.log1p(np.exp(x)),
    "HardSigmoid": lambda x, a, b: np.clip(a * x + b, 0, 1),
    "Elu": lambda x, a, b: np.where(x > 0, x, a * np.expm1(x)),
    "LeakyRelu": lambda x, a, b: np.where(x > 0, x, a * x),
    "ThresholdedRelu": lambda x, a, b: np.where(x >= a, x, 0),
    "ScaledTanh": lambda x, a, b: a * np.tanh(b * x),
    "Affine": lambda x, a, b: a * x + b,
}
ALPHAS = {"HardSigmoid": 0.2, "Elu": 1.0, "LeakyRelu": 0.01, "ThresholdedRelu": 1.0, "ScaledTanh": None, "Affine": None}
BETAS = {"HardSigmoid": 0.5, "ScaledTanh": None, "Affine": None}
GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
DEFAULTS = {"RNN": ["Tanh"], "GRU": ["Sigmoid", "Tanh"], "LSTM": ["Sigmoid", "Tanh", "Tanh"]}


def functions_of(names, alphas, betas):
    """The activations with their constants, which are taken in the order of the functions that have them."""
    alphas, betas, found = list(alphas), list(betas), []
    for name in names:
        a = (alphas.pop(0) if alphas else ALPHAS[name]) if name in ALPHAS else None
        b = (betas.pop(0) if betas else BETAS[name]) if name in BETAS else None
        found.append(lambda v, f=FUNCTIONS[name], a=a, b=b: f(v, a, b))
    return found


def run(kind, x, w, r, b=None, lengths=None, h0=None, c0=None, p=None, direction="forward", layout=0, clip=None, activations=None,
        alphas=(), betas=(), linear_before_reset=0, input_forget=0):
    """Y, Y_h and Y_c (zeros but for an LSTM)."""
    if layout:
        x = x.swapaxes(0, 1)
        h0, c0 = (None if s is None else s.swapaxes(0, 1) for s in (h0, c0))
    steps, batch, _ = x.shape
    directions, gates, hidden = w.shape[0], GATES[kind], r.shape[2]
    names = activations or DEFAULTS[kind] * directions
    functions = functions_of(names, alphas, betas)
    lengths = np.full(batch, steps) if lengths is None else lengths
    limit = (lambda v: v) if clip is None else (lambda v: np.clip(v, -clip, clip))
    y = np.zeros((steps, directions, batch, hidden))
    hn, cn = np.zeros((directions, batch, hidden)), np.zeros((directions, batch, hidden))
    count = len(DEFAULTS[kind])
    for d in range(directions):
        f = [lambda v, g=g: g(limit(v)) for g in functions[d * count : (d + 1) * count]]
        out = functions[d * count + 2] if kind == "LSTM" else None
        backward = direction == "reverse" or d == 1
        wb, rb = np.split(b[d], 2) if b is not None else (np.zeros(gates * hidden), np.zeros(gates * hidden))
        ws, rs = np.split(w[d], gates), np.split(r[d], gates)
        wbs, rbs = np.split(wb, gates), np.split(rb, gates)
        for n in range(batch):
            h = np.zeros(hidden) if h0 is None else h0[d, n]
            c = np.zeros(hidden) if c0 is None else c0[d, n]
            order = range(int(lengths[n]))
            for t in reversed(order) if backward else order:
                v = x[t, n]
                s = [ws[k] @ v + rs[k] @ h + wbs[k] + rbs[k] for k in range(gates)]
                if kind == "RNN":
                    h = f[0](s[0])
                elif kind == "GRU":
                    z, reset = f[0](s[0]), f[0](s[1])
                    candidate = ws[2] @ v + wbs[2] + reset * (rs[2] @ h + rbs[2]) if linear_before_reset else ws[2] @ v + wbs[2] + rs[2] @ (reset * h) + rbs[2]
                    h = (1 - z) * f[1](candidate) + z * h
                else:
                    pi, po, pf = np.split(p[d], 3) if p is not None else [np.zeros(hidden)] * 3
                    i = f[0](s[0] + pi * c)
                    forget = 1 - i if input_forget else f[0](s[2] + pf * c)
                    c = forget * c + i * f[1](s[3])
                    o = f[0](s[1] + po * c)
                    h = o * out(c)
                y[t, d, n] = h
            hn[d, n], cn[d, n] = h, c
    return (y.transpose(2, 0, 1, 3), hn.swapaxes(0, 1), cn.swapaxes(0, 1)) if layout else (y, hn, cn)
