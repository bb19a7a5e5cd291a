"""Writes variants.json: reference cases for what PyTorch's recurrent layers lack, for VariantCases.cs and the tests that read it.

Covered: peepholes, coupled gates, clipping of the cell state and projection of the LSTM; the GRU with the reset gate before the product;
zoneout and recurrent dropout under given masks, and layer normalisation of the gates, for every kind.

What it proves and how. Forward and backward passes are written out below from the equations of the papers, in double precision, with
plain loops over examples and steps. The forward pass is the meaning. The backward pass is proved against it, in every case and for
every element of every parameter, of the input and of the initial state, by complex-step differentiation (Squire and Trapp 1998): for an
analytic loss, Im loss(v + 1e-30 i) / 1e-30 is the derivative to the last bits, as nothing is subtracted. Clipping and the rectifier are
analytic away from their kinks; a case with a value within 1e-4 of a kink is drawn anew. A gradient that is 1e-12 of max(1, |value|)
away from the complex step's ends the script, and nothing is written.

Run with Debian's python3-numpy, which takes some minutes: /usr/bin/python3 variants.py

What goes in is drawn with two decimals, so that it is short to print; what comes out is printed with repr, every bit of it. Matrices
are row by row; sequences and masks of zoneout are [step][example][unit], masks of dropout [gate][example][unit], states [example][unit].
Rows of the weights are stacked by gates: i, f, g, o (i, g, o with coupled gates), or r, z, n.
"""

import json
import pathlib

import numpy as np

random = np.random.RandomState(20250914)

EPSILON = 1e-5  # Of layer normalisation, below the root.
KINK = 1e-4  # How near a value may come to where clipping or the rectifier has no derivative.
STEP = 1e-30
TOLERANCE = 1e-12


# The parts that all kinds share.


def sigmoid(s):
    return 1 / (1 + np.exp(-s))


def gates_of(kind, options):
    if kind.startswith("rnn"):
        return ["s"]
    if kind.startswith("gru"):
        return ["r", "z", "n"]
    return ["i", "g", "o"] if options["coupled"] else ["i", "f", "g", "o"]


def normalise(u):
    """Ba, Kiros and Hinton 2016: (u - mean) / sqrt(variance + epsilon), over the units of one gate. Returns the root's inverse too."""
    centred = u - u.sum() / len(u)
    inverse = 1 / np.sqrt((centred * centred).sum() / len(u) + EPSILON)
    return centred * inverse, inverse


def normalise_backward(dn, n, inverse):
    return inverse * (dn - dn.sum() / len(dn) - n * (dn * n).sum() / len(dn))


def block(values, number, hidden):
    """The rows of one gate."""
    return values[number * hidden : (number + 1) * hidden]


def scaled_forward(options, gain, bias, u):
    """u + bias, or gain∘normalised(u) + bias."""
    if not options["layer_norm"]:
        return u + bias, None
    n, inverse = normalise(u)
    return gain * n + bias, (n, inverse)


def scaled_backward(options, gain, dgain, dbias, kept, ds):
    """The gradient on u; adds to those of the gain and the bias."""
    dbias += ds
    if not options["layer_norm"]:
        return ds
    n, inverse = kept
    dgain += ds * n
    return normalise_backward(gain * ds, n, inverse)


def rows_of_gain(p, number, hidden):
    return block(p["gain"], number, hidden) if "gain" in p else None


def gate_forward(p, options, number, hidden, x, h, drop):
    """The sum of one gate: W_ih x + W_hh (d∘h) + bias, normalised or not."""
    dropped = drop[number] * h
    u = block(p["weight_ih"], number, hidden) @ x + block(p["weight_hh"], number, hidden) @ dropped
    s, kept = scaled_forward(options, rows_of_gain(p, number, hidden), block(p["bias"], number, hidden), u)
    return s, (dropped, kept)


def gate_backward(p, d, options, number, hidden, x, drop, kept, ds):
    """The gradients on x and h."""
    dropped, normal = kept
    du = scaled_backward(options, rows_of_gain(p, number, hidden), rows_of_gain(d, number, hidden), block(d["bias"], number, hidden), normal, ds)
    block(d["weight_ih"], number, hidden)[:] += np.outer(du, x)
    block(d["weight_hh"], number, hidden)[:] += np.outer(du, dropped)
    return block(p["weight_ih"], number, hidden).T @ du, drop[number] * (block(p["weight_hh"], number, hidden).T @ du)


# The kinds: one step forward, (h, c, what backward needs), and one step back, (dx, dh, dc). Masks: drop [gate][unit] of recurrent
# dropout (Gal and Ghahramani 2016); keep_h and keep_c of zoneout (Krueger et al. 2017), 1 where the old value stays.


def lstm_forward(p, options, hidden, x, h, c, drop, keep_h, keep_c):
    """Hochreiter and Schmidhuber 1997, Gers et al. 2000; peepholes: Gers and Schmidhuber 2000; f = 1 - i: Greff et al. 2017; projection: Sak et al. 2014."""
    gates = gates_of("lstm", options)
    sums, kept = {}, {}
    for number, gate in enumerate(gates):
        sums[gate], kept[gate] = gate_forward(p, options, number, hidden, x, h, drop)
    if options["peepholes"]:
        sums["i"] = sums["i"] + p["peephole_i"] * c
        if "f" in sums:
            sums["f"] = sums["f"] + p["peephole_f"] * c
    i = sigmoid(sums["i"])
    f = 1 - i if options["coupled"] else sigmoid(sums["f"])
    g = np.tanh(sums["g"])
    unclipped = f * c + i * g
    new_c = unclipped
    if options["cell_clip"] is not None:
        limit = options["cell_clip"]
        new_c = np.where(unclipped.real > limit, limit, np.where(unclipped.real < -limit, -limit, unclipped))
    if options["peepholes"]:
        sums["o"] = sums["o"] + p["peephole_o"] * new_c
    o = sigmoid(sums["o"])
    m = o * np.tanh(new_c)
    new_h = m if options["projection"] is None else p["weight_hr"] @ m
    next_h = keep_h * h + (1 - keep_h) * new_h
    next_c = keep_c * c + (1 - keep_c) * new_c
    return next_h, next_c, (kept, c, i, f, g, o, unclipped, new_c, m)


def lstm_backward(p, d, options, hidden, x, memory, dh, dc, drop, keep_h, keep_c):
    kept, c, i, f, g, o, unclipped, new_c, m = memory
    dh_previous = keep_h * dh
    dc_previous = keep_c * dc
    dnew_h = (1 - keep_h) * dh
    dnew_c = (1 - keep_c) * dc
    if options["projection"] is None:
        dm = dnew_h
    else:
        d["weight_hr"] += np.outer(dnew_h, m)
        dm = p["weight_hr"].T @ dnew_h
    tanh_c = np.tanh(new_c)
    dnew_c = dnew_c + dm * o * (1 - tanh_c * tanh_c)
    ds = {"o": dm * tanh_c * o * (1 - o)}
    if options["peepholes"]:
        d["peephole_o"] += ds["o"] * new_c
        dnew_c = dnew_c + p["peephole_o"] * ds["o"]
    if options["cell_clip"] is not None:
        dnew_c = np.where(np.abs(unclipped) < options["cell_clip"], dnew_c, 0)
    dc_previous = dc_previous + dnew_c * f
    ds["g"] = dnew_c * i * (1 - g * g)
    if options["coupled"]:
        ds["i"] = dnew_c * (g - c) * i * (1 - i)
    else:
        ds["i"] = dnew_c * g * i * (1 - i)
        ds["f"] = dnew_c * c * f * (1 - f)
    if options["peepholes"]:
        for gate in ["i", "f"]:
            if gate in ds:
                d["peephole_" + gate] += ds[gate] * c
                dc_previous = dc_previous + p["peephole_" + gate] * ds[gate]
    dx = np.zeros_like(x)
    for number, gate in enumerate(gates_of("lstm", options)):
        of_x, of_h = gate_backward(p, d, options, number, hidden, x, drop, kept[gate], ds[gate])
        dx = dx + of_x
        dh_previous = dh_previous + of_h
    return dx, dh_previous, dc_previous


def gru_forward(p, options, hidden, x, h, c, drop, keep_h, keep_c):
    """The reset gate after the product, as PyTorch has it. Normalised, the candidate's two sums are so each by itself: the gain's blocks 2 and 3."""
    s_r, kept_r = gate_forward(p, options, 0, hidden, x, h, drop)
    s_z, kept_z = gate_forward(p, options, 1, hidden, x, h, drop)
    r, z = sigmoid(s_r), sigmoid(s_z)
    a, kept_a = scaled_forward(options, rows_of_gain(p, 2, hidden), block(p["bias"], 2, hidden), block(p["weight_ih"], 2, hidden) @ x)
    m, kept_m = scaled_forward(options, rows_of_gain(p, 3, hidden), p["bias_hn"], block(p["weight_hh"], 2, hidden) @ (drop[2] * h))
    n = np.tanh(a + r * m)
    new_h = (1 - z) * n + z * h
    return keep_h * h + (1 - keep_h) * new_h, None, (h, kept_r, kept_z, kept_a, kept_m, r, z, m, n)


def gru_backward(p, d, options, hidden, x, memory, dh, dc, drop, keep_h, keep_c):
    h, kept_r, kept_z, kept_a, kept_m, r, z, m, n = memory
    dnew = (1 - keep_h) * dh
    ds_n = dnew * (1 - z) * (1 - n * n)
    da = scaled_backward(options, rows_of_gain(p, 2, hidden), rows_of_gain(d, 2, hidden), block(d["bias"], 2, hidden), kept_a, ds_n)
    dm = scaled_backward(options, rows_of_gain(p, 3, hidden), rows_of_gain(d, 3, hidden), d["bias_hn"], kept_m, ds_n * r)
    block(d["weight_ih"], 2, hidden)[:] += np.outer(da, x)
    block(d["weight_hh"], 2, hidden)[:] += np.outer(dm, drop[2] * h)
    ds_r = ds_n * m * r * (1 - r)
    ds_z = dnew * (h - n) * z * (1 - z)
    dx_r, dh_r = gate_backward(p, d, options, 0, hidden, x, drop, kept_r, ds_r)
    dx_z, dh_z = gate_backward(p, d, options, 1, hidden, x, drop, kept_z, ds_z)
    dh_n = drop[2] * (block(p["weight_hh"], 2, hidden).T @ dm)
    dx = block(p["weight_ih"], 2, hidden).T @ da + dx_r + dx_z
    return dx, keep_h * dh + dnew * z + dh_r + dh_z + dh_n, None


def gru_reset_before_forward(p, options, hidden, x, h, c, drop, keep_h, keep_c):
    """Cho et al. 2014."""
    s_r, kept_r = gate_forward(p, options, 0, hidden, x, h, drop)
    s_z, kept_z = gate_forward(p, options, 1, hidden, x, h, drop)
    r, z = sigmoid(s_r), sigmoid(s_z)
    v = r * (drop[2] * h)
    n = np.tanh(block(p["weight_ih"], 2, hidden) @ x + block(p["bias"], 2, hidden) + block(p["weight_hh"], 2, hidden) @ v)
    new_h = (1 - z) * n + z * h
    return keep_h * h + (1 - keep_h) * new_h, None, (h, kept_r, kept_z, r, z, v, n)


def gru_reset_before_backward(p, d, options, hidden, x, memory, dh, dc, drop, keep_h, keep_c):
    h, kept_r, kept_z, r, z, v, n = memory
    dnew = (1 - keep_h) * dh
    ds_n = dnew * (1 - z) * (1 - n * n)
    block(d["bias"], 2, hidden)[:] += ds_n
    block(d["weight_ih"], 2, hidden)[:] += np.outer(ds_n, x)
    block(d["weight_hh"], 2, hidden)[:] += np.outer(ds_n, v)
    dv = block(p["weight_hh"], 2, hidden).T @ ds_n
    ds_r = dv * drop[2] * h * r * (1 - r)
    ds_z = dnew * (h - n) * z * (1 - z)
    dx_r, dh_r = gate_backward(p, d, options, 0, hidden, x, drop, kept_r, ds_r)
    dx_z, dh_z = gate_backward(p, d, options, 1, hidden, x, drop, kept_z, ds_z)
    dx = block(p["weight_ih"], 2, hidden).T @ ds_n + dx_r + dx_z
    return dx, keep_h * dh + dnew * z + dh_r + dh_z + dv * r * drop[2], None


def rnn_tanh_forward(p, options, hidden, x, h, c, drop, keep_h, keep_c):
    s, kept = gate_forward(p, options, 0, hidden, x, h, drop)
    new_h = np.tanh(s)
    return keep_h * h + (1 - keep_h) * new_h, None, (kept, new_h)


def rnn_tanh_backward(p, d, options, hidden, x, memory, dh, dc, drop, keep_h, keep_c):
    kept, new_h = memory
    dx, of_h = gate_backward(p, d, options, 0, hidden, x, drop, kept, (1 - keep_h) * dh * (1 - new_h * new_h))
    return dx, keep_h * dh + of_h, None


def rnn_relu_forward(p, options, hidden, x, h, c, drop, keep_h, keep_c):
    s, kept = gate_forward(p, options, 0, hidden, x, h, drop)
    new_h = np.where(s.real > 0, s, 0)
    return keep_h * h + (1 - keep_h) * new_h, None, (kept, s)


def rnn_relu_backward(p, d, options, hidden, x, memory, dh, dc, drop, keep_h, keep_c):
    kept, s = memory
    dx, of_h = gate_backward(p, d, options, 0, hidden, x, drop, kept, np.where(s > 0, (1 - keep_h) * dh, 0))
    return dx, keep_h * dh + of_h, None


FORWARD = {"lstm": lstm_forward, "gru": gru_forward, "gru_reset_before": gru_reset_before_forward, "rnn_tanh": rnn_tanh_forward, "rnn_relu": rnn_relu_forward}
BACKWARD = {"lstm": lstm_backward, "gru": gru_backward, "gru_reset_before": gru_reset_before_backward, "rnn_tanh": rnn_tanh_backward, "rnn_relu": rnn_relu_backward}


# Whole sequences. An example that has ended keeps its state, and its later outputs are 0.


class Case:
    """Sizes, options, masks and values of one case. Values: each parameter by its name, x, h and c (the initial state)."""

    def recurrent(self):
        """Units of the hidden state."""
        return self.options["projection"] or self.hidden

    def length(self, example):
        return self.steps if self.lengths is None else self.lengths[example]

    def masks_at(self, example, step):
        keep_h, keep_c, drop = self.masks["zoneout_hidden"], self.masks["zoneout_cell"], self.masks["recurrent_dropout"]
        return (
            np.ones(len(gates_of(self.kind, self.options))) if drop is None else drop[:, example],
            0.0 if keep_h is None else keep_h[step, example],
            0.0 if keep_c is None else keep_c[step, example],
        )

    def forward(self, values):
        """The outputs, the final states h and c, and what backward needs, [example][step]."""
        output = np.zeros((self.steps, self.batch, self.recurrent()), dtype=values["x"].dtype)
        final = {leaf: values[leaf].copy() for leaf in self.leaves}
        memories = []
        for example in range(self.batch):
            h = values["h"][example]
            c = values["c"][example] if "c" in self.leaves else None
            memories.append([])
            for step in range(self.length(example)):
                h, c, memory = FORWARD[self.kind](values, self.options, self.hidden, values["x"][step, example], h, c, *self.masks_at(example, step))
                output[step, example] = h
                memories[-1].append(memory)
            final["h"][example] = h
            if c is not None:
                final["c"][example] = c
        return output, final, memories

    def loss(self, values):
        output, final, _ = self.forward(values)
        total = 0
        if self.output_gradient is not None:
            total = total + (output * self.output_gradient).sum()
        if self.final_gradient is not None:
            total = total + sum((final[leaf] * self.final_gradient[leaf]).sum() for leaf in self.leaves)
        return total

    def backward(self, values, memories):
        """The gradient of the loss on every value."""
        d = {name: np.zeros(value.shape) for name, value in values.items()}
        for example in range(self.batch):
            dh = np.zeros(self.recurrent())
            dc = np.zeros(self.hidden) if "c" in self.leaves else None
            if self.final_gradient is not None:
                dh = dh + self.final_gradient["h"][example]
                if dc is not None:
                    dc = dc + self.final_gradient["c"][example]
            for step in reversed(range(self.length(example))):
                if self.output_gradient is not None:
                    dh = dh + self.output_gradient[step, example]
                x = values["x"][step, example]
                d["x"][step, example], dh, dc = BACKWARD[self.kind](values, d, self.options, self.hidden, x, memories[example][step], dh, dc, *self.masks_at(example, step))
            d["h"][example] = dh
            if dc is not None:
                d["c"][example] = dc
        return d

    def prove(self, gradients):
        """The largest difference from the complex step's derivatives, as a part of max(1, |derivative|); ends the script above the tolerance."""
        worst = 0.0
        for name in self.values:
            values = {other: value.astype(complex) for other, value in self.values.items()}
            changed = values[name].reshape(-1)
            for index, gradient in enumerate(gradients[name].reshape(-1)):
                changed[index] += 1j * STEP
                derivative = self.loss(values).imag / STEP
                changed[index] = changed[index].real
                difference = abs(gradient - derivative) / max(1.0, abs(derivative))
                if not difference < TOLERANCE:
                    raise SystemExit(f"{self.kind} {self.options}: the gradient of {name} at {index} is {gradient!r}, but its complex step {derivative!r}.")
                worst = max(worst, difference)
        return worst


# Drawing the cases.


def draw(*shape, scale=1.0):
    # The sum with 0 makes -0.0 a 0.0.
    return np.round(random.uniform(-scale, scale, size=shape), 2) + 0.0


def draw_mask(rate, valid, shape, kept):
    """1 (or kept's value) and 0; both come up where an element counts, unless there is but one."""
    while True:
        mask = (random.uniform(size=shape) < rate) * 1.0
        seen = mask[valid]
        if seen.size < 2 or 0 < seen.sum() < seen.size:
            return mask if kept is None else (1 - mask) * kept


def sizes(number, options):
    """Hidden units on both sides of the vectors' widths, and small ones; the other sizes so that a case is no longer than it needs to be."""
    hidden = int(random.choice([[1, 2, 3, 4, 5, 6, 7], [8, 9], [2, 3, 5, 6, 10, 11, 12], [16, 17, 20]][number % 4]))
    projection = random.randint(1, hidden + 1) if options["projection"] else None
    inputs = random.randint(1, 4 if hidden > 12 else 7)
    batch = random.randint(1, 7)
    steps = random.randint(1, 9)
    while batch * steps * (inputs + 2 * (projection or hidden)) > 360 and batch > 1:
        batch -= 1
    return int(inputs), hidden, int(batch), int(steps), projection and int(projection)


def parameters_of(case):
    rows = len(gates_of(case.kind, case.options)) * case.hidden
    scale = max(1.2 / case.hidden**0.5, 0.25)
    values = {
        "weight_ih": draw(rows, case.inputs, scale=scale),
        "weight_hh": draw(rows, case.recurrent(), scale=scale),
        "bias": draw(rows, scale=0.5),
    }
    if case.kind == "gru":
        values["bias_hn"] = draw(case.hidden, scale=0.5)
    if case.options["layer_norm"]:
        values["gain"] = np.round(1 + draw(rows + (case.hidden if case.kind == "gru" else 0), scale=0.5), 2)
    if case.options["peepholes"]:
        for gate in "io" if case.options["coupled"] else "ifo":
            values["peephole_" + gate] = draw(case.hidden)
    if case.options["projection"] is not None:
        values["weight_hr"] = draw(case.recurrent(), case.hidden, scale=max(1.2 / case.hidden**0.5, 0.25))
    return values


def draw_case(kind, options, number):
    case = Case()
    case.kind = kind
    case.options = dict(options)
    case.inputs, case.hidden, case.batch, case.steps, case.options["projection"] = sizes(number, options)
    if options["cell_clip"]:
        case.options["cell_clip"] = round(random.uniform(0.2, 0.7), 2)
    case.leaves = ["h", "c"] if kind == "lstm" else ["h"]
    # The longest may be shorter than the steps.
    case.lengths = random.randint(1, case.steps + 1, size=case.batch).tolist() if random.uniform() < 0.5 else None
    case.with_state = bool(random.uniform() < 0.5)

    units = {"h": case.recurrent(), "c": case.hidden}
    case.parameters = parameters_of(case)
    case.values = {**case.parameters, "x": draw(case.steps, case.batch, case.inputs)}
    for leaf in case.leaves:
        case.values[leaf] = draw(case.batch, units[leaf]) if case.with_state else np.zeros((case.batch, units[leaf]))

    valid = np.array([[step < case.length(example) for example in range(case.batch)] for step in range(case.steps)])
    rate = options["recurrent_dropout"]
    case.masks = {
        name: draw_mask(options[name], valid, (case.steps, case.batch, units[leaf]), None) if options[name] else None
        for name, leaf in [("zoneout_hidden", "h"), ("zoneout_cell", "c")]
    }
    case.masks["recurrent_dropout"] = draw_mask(rate, ..., (len(gates_of(kind, options)), case.batch, units["h"]), round(1 / (1 - rate), 2)) if rate else None

    which = random.choice(["output", "final", "both", "both"])
    # In the padding too, where it must not matter.
    case.output_gradient = None if which == "final" else draw(case.steps, case.batch, units["h"])
    case.final_gradient = None if which == "output" else {leaf: draw(case.batch, units[leaf]) for leaf in case.leaves}
    return case


def acceptable(case, memories):
    """Whether nothing lies near a kink, and something is clipped and something not where there is clipping."""
    flat = [memory for example in memories for memory in example]
    if case.kind == "rnn_relu":
        return min(np.abs(memory[-1]).min() for memory in flat) >= KINK
    limit = case.options["cell_clip"]
    if limit is None:
        return True
    unclipped = np.abs(np.concatenate([memory[6] for memory in flat]))
    clipped = (unclipped > limit).mean()
    return np.abs(unclipped - limit).min() >= KINK and (0.05 < clipped < 0.8 or clipped == 1 == unclipped.size)


NOTHING = {
    "peepholes": False, "coupled": False, "cell_clip": None, "projection": None, "layer_norm": False,
    "zoneout_hidden": 0, "zoneout_cell": 0, "recurrent_dropout": 0,
}


def switched_on(names):
    options = dict(NOTHING)
    for name in names:
        if name.startswith("zoneout"):
            for which in [name] if name != "zoneout" else ["zoneout_hidden", "zoneout_cell"]:
                options[which] = float(random.choice([0.1, 0.2, 0.3, 0.5]))
        elif name == "recurrent_dropout":
            # Of these the mask's 1 / (1 - rate) has two decimals.
            options[name] = float(random.choice([0.2, 0.5, 0.6]))
        else:
            options[name] = True
    return options


def plan():
    """The kind and the names of the options of each case."""
    lstm = ["peepholes", "coupled", "cell_clip", "projection", "layer_norm", "zoneout", "recurrent_dropout"]
    chosen = [("lstm", [])] * 4
    for name in lstm:
        chosen += [("lstm", [name])] * 4
    chosen += [("lstm", ["zoneout_hidden"])] * 2 + [("lstm", ["zoneout_cell"])] * 2
    chosen += [("lstm", ["peepholes", "coupled"])] * 4
    # Every pair of options, then any of them, then all.
    chosen += [("lstm", [first, second]) for index, first in enumerate(lstm) for second in lstm[index + 1 :]]
    for _ in range(32):
        count = random.randint(3, len(lstm))
        names = [lstm[index] for index in sorted(random.permutation(len(lstm))[:count])]
        zoneout = random.choice(["zoneout", "zoneout_hidden", "zoneout_cell"])
        chosen.append(("lstm", [zoneout if name == "zoneout" else name for name in names]))
    chosen += [("lstm", lstm)] * 4

    for kind in ["gru", "gru_reset_before", "rnn_tanh", "rnn_relu"]:
        names = ["zoneout_hidden", "recurrent_dropout"] + ([] if kind == "gru_reset_before" else ["layer_norm"])
        for mask in range(2 ** len(names)):
            options = [name for bit, name in enumerate(names) if mask >> bit & 1]
            plain = {"gru_reset_before": 6, "gru": 2}.get(kind, 2)
            many = plain if not options else 4 if len(options) == 1 or kind.startswith("gru") else 2
            chosen += [(kind, options)] * many
    return chosen


# Writing them.


def flat(values):
    return None if values is None else np.asarray(values).reshape(-1).tolist()


def flat_mask(mask):
    return None if mask is None else [int(value) if value == int(value) else value for value in flat(mask)]


def to_json(case, output, final, gradients):
    return {
        "kind": case.kind, "inputs": case.inputs, "hidden": case.hidden, "batch": case.batch, "steps": case.steps, "lengths": case.lengths,
        "options": case.options,
        "masks": {name: flat_mask(mask) for name, mask in case.masks.items()},
        "parameters": {name: flat(value) for name, value in case.parameters.items()},
        "x": flat(case.values["x"]),
        "initial": {leaf: flat(case.values[leaf]) for leaf in case.leaves} if case.with_state else None,
        "output": flat(output),
        "final": {leaf: flat(final[leaf]) for leaf in case.leaves},
        "output_gradient": flat(case.output_gradient),
        "final_gradient": case.final_gradient and {leaf: flat(value) for leaf, value in case.final_gradient.items()},
        "parameter_gradients": {name: flat(gradients[name]) for name in case.parameters},
        "x_gradient": flat(gradients["x"]),
        "initial_gradient": {leaf: flat(gradients[leaf]) for leaf in case.leaves},
    }


def main():
    lines, worst, proved = [], 0.0, 0
    for number, (kind, names) in enumerate(plan()):
        while True:
            case = draw_case(kind, switched_on(names), number)
            output, final, memories = case.forward(case.values)
            if acceptable(case, memories):
                break
        gradients = case.backward(case.values, memories)
        worst = max(worst, case.prove(gradients))
        proved += sum(gradient.size for gradient in gradients.values())
        lines.append(json.dumps(to_json(case, output, final, gradients), separators=(",", ":")))
    text = "[\n" + ",\n".join(lines) + "\n]\n"
    pathlib.Path(__file__).with_name("variants.json").write_text(text)
    print(f"{len(lines)} cases, {len(text)} bytes; {proved} derivatives, the worst {worst:.1e} away.")


main()
