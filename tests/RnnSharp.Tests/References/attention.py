#!/usr/bin/env python3
"""Reference cases of attention, from PyTorch in double precision.

    /usr/bin/python3 attention.py > attention.json

"layers" has every kind of score: dot, general, additive (with a bias in the projections) and multi-head, whose figures are those of
torch.nn.MultiheadAttention; the scaled dot products are also written out, because torch before 2.0 has no function for them, and the
script asserts that both agree. "translators" has a GRU encoder and a GRU decoder with attention and the attentional state tanh(W [c; h])
(Luong, Pham and Manning 2015). Gradients are those of sum(output * output_gradient). Sequences are [step][example][feature], a memory is
[example][step][feature], matrices are nested rows.
"""

import json
import math

import torch
from torch import nn

torch.set_default_dtype(torch.float64)
torch.manual_seed(20260611)


def lists(value):
    return value.detach().tolist()


def mask_of(lengths, steps):
    return torch.arange(steps)[None, :] < torch.tensor(lengths)[:, None]


def softmax(scores, mask):
    return torch.softmax(scores.masked_fill(~mask, -math.inf), -1)


def layer_case(score, query, memory_size, steps, memory_steps, lengths, units=None, heads=1):
    batch = len(lengths)
    q = torch.randn(steps, batch, query, requires_grad=True)
    m = torch.randn(batch, memory_steps, memory_size, requires_grad=True)
    mask = mask_of(lengths, memory_steps)
    parameters = {}
    if score == "dot":
        weights = softmax(torch.einsum("tbi,bsi->tbs", q, m), mask)
        context = torch.einsum("tbs,bsi->tbi", weights, m)
        weights = weights[:, :, None]
    elif score == "general":
        project = nn.Linear(query, memory_size)
        parameters = {"query.weight": project.weight, "query.bias": project.bias}
        weights = softmax(torch.einsum("tbi,bsi->tbs", project(q), m), mask)
        context = torch.einsum("tbs,bsi->tbi", weights, m)
        weights = weights[:, :, None]
    elif score == "additive":
        project, key, v = nn.Linear(query, units), nn.Linear(memory_size, units), nn.Parameter(torch.randn(units))
        parameters = {"query.weight": project.weight, "query.bias": project.bias, "key.weight": key.weight, "key.bias": key.bias, "score": v}
        weights = softmax(torch.tanh(project(q)[:, :, None] + key(m)[None]) @ v, mask)
        context = torch.einsum("tbs,bsi->tbi", weights, m)
        weights = weights[:, :, None]
    else:
        whole = nn.MultiheadAttention(units, heads, kdim=memory_size, vdim=memory_size)
        with torch.no_grad():
            whole.in_proj_bias.copy_(torch.randn(3 * units))
            whole.out_proj.bias.copy_(torch.randn(units))
        bq, bk, bv = (part.clone().detach().requires_grad_() for part in whole.in_proj_bias.chunk(3))
        names = ["query", "key", "value", "output"]
        matrices = [whole.q_proj_weight, whole.k_proj_weight, whole.v_proj_weight, whole.out_proj.weight]
        for name, matrix, bias in zip(names, matrices, [bq, bk, bv, whole.out_proj.bias]):
            parameters |= {f"{name}.weight": matrix, f"{name}.bias": bias}
        expected, _ = whole(q, m.transpose(0, 1), m.transpose(0, 1), key_padding_mask=~mask)
        split = lambda x: x.unflatten(-1, (heads, units // heads))
        Q, K, V = split(q @ matrices[0].T + bq), split(m @ matrices[1].T + bk), split(m @ matrices[2].T + bv)
        weights = softmax(torch.einsum("tbhd,bshd->tbhs", Q, K) / math.sqrt(units // heads), mask[None, :, None])
        context = torch.einsum("tbhs,bshd->tbhd", weights, V).flatten(-2) @ matrices[3].T + whole.out_proj.bias
        assert torch.allclose(context, expected, atol=1e-13, rtol=0)
    output = torch.cat([context, q], -1)
    dy = torch.randn_like(output)
    (output * dy).sum().backward()
    return {
        "score": score, "query": query, "memory_size": memory_size, "steps": steps, "memory_steps": memory_steps, "lengths": lengths, "units": units, "heads": heads,
        "x": lists(q), "memory": lists(m), "parameters": {name: lists(value) for name, value in parameters.items()},
        "output": lists(output), "weights": lists(weights), "output_gradient": lists(dy), "x_gradient": lists(q.grad), "memory_gradient": lists(m.grad),
        "gradients": {name: lists(value.grad) for name, value in parameters.items()},
    }


def translator_case(lengths, steps, sources, targets, hidden):
    batch, longest = len(lengths), max(lengths)
    encoder, decoder = nn.GRU(sources, hidden), nn.GRU(targets, hidden)
    general, combine, classes = nn.Linear(hidden, hidden), nn.Linear(2 * hidden, hidden), nn.Linear(hidden, targets)
    source = torch.randn(longest, batch, sources, requires_grad=True)
    x = torch.randn(steps, batch, targets, requires_grad=True)
    h0 = torch.randn(1, batch, hidden, requires_grad=True)
    packed = nn.utils.rnn.pack_padded_sequence(source, lengths, enforce_sorted=False)
    memory, h = encoder(packed, h0)
    memory, _ = nn.utils.rnn.pad_packed_sequence(memory)
    h, _ = decoder(x, h)
    weights = softmax(torch.einsum("tbi,sbi->tbs", general(h), memory), mask_of(lengths, longest))
    context = torch.einsum("tbs,sbi->tbi", weights, memory)
    output = classes(torch.tanh(combine(torch.cat([context, h], -1))))
    dy = torch.randn_like(output)
    (output * dy).sum().backward()
    parameters = {}
    for prefix, gru in (("encoder", encoder), ("decoder.0", decoder)):
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            parameters[f"{prefix}.{name}"] = getattr(gru, f"{name}_l0")
    for prefix, linear in (("decoder.1.query", general), ("decoder.2", combine), ("decoder.4", classes)):
        parameters |= {f"{prefix}.weight": linear.weight, f"{prefix}.bias": linear.bias}
    return {
        "lengths": lengths, "steps": steps, "sources": sources, "targets": targets, "hidden": hidden, "source": lists(source), "x": lists(x), "initial_h": lists(h0[0]),
        "parameters": {name: lists(value) for name, value in parameters.items()}, "output": lists(output), "output_gradient": lists(dy),
        "source_gradient": lists(source.grad), "x_gradient": lists(x.grad), "initial_h_gradient": lists(h0.grad[0]),
        "gradients": {name: lists(value.grad) for name, value in parameters.items()},
    }


LAYERS = [
    layer_case("dot", 5, 5, 3, 4, [4, 1, 2]),
    layer_case("general", 4, 6, 3, 5, [5, 2]),
    layer_case("general", 9, 17, 2, 3, [1, 3]),
    layer_case("additive", 4, 3, 3, 4, [2, 4, 3], units=6),
    layer_case("additive", 3, 5, 2, 6, [6], units=19),
    layer_case("multi_head", 6, 5, 3, 4, [4, 3], units=6, heads=1),
    layer_case("multi_head", 8, 3, 3, 5, [1, 5, 2], units=8, heads=2),
    layer_case("multi_head", 20, 11, 2, 3, [3, 2], units=20, heads=4),
]

if __name__ == "__main__":
    print(json.dumps({"layers": LAYERS, "translators": [translator_case([4, 2, 3], 3, 3, 5, 4), translator_case([1, 6], 4, 2, 3, 9)]}, separators=(",", ":")))
