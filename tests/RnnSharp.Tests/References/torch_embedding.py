"""Writes torch_embedding.json: golden cases of embeddings and tied weights from PyTorch in double precision, for
EmbeddingLayerTests.cs.

Run with Debian's python3-torch (1.13) and python3-numpy: /usr/bin/python3 torch_embedding.py

What goes in is drawn with few decimals, so that it is short to print; what comes out is printed with repr, every bit of it.
Matrices are PyTorch's, flattened row by row; sequences are [step][example][feature].
"""

import json
import pathlib

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
random = np.random.RandomState(20260710)


def draw(*shape, scale=1.0, decimals=2):
    return torch.tensor(np.round(random.uniform(-scale, scale, size=shape), decimals))


def flat(tensor):
    return tensor.detach().reshape(-1).tolist()


def tokens_of(vocabulary, batch, steps):
    # A token that comes often, so that rows sum several gradients, and the padding token of the cases that have one.
    tokens = random.randint(0, vocabulary, size=(steps, batch))
    tokens[random.uniform(size=tokens.shape) < 0.2] = vocabulary - 1
    tokens[random.uniform(size=tokens.shape) < 0.2] = 0
    return torch.tensor(tokens)


def embedding_case(vocabulary, size, batch, steps, padding):
    net = torch.nn.Embedding(vocabulary, size, padding_idx=padding)
    with torch.no_grad():
        # All rows: PyTorch's own zero row of the padding token may be written over, and is then its output.
        net.weight.copy_(draw(vocabulary, size))
    tokens = tokens_of(vocabulary, batch, steps)
    y = net(tokens)
    gradient = draw(steps, batch, size)
    y.backward(gradient)
    return {
        "vocabulary": vocabulary, "size": size, "batch": batch, "steps": steps, "padding": padding, "weight": flat(net.weight),
        "tokens": tokens.reshape(-1).tolist(), "output": flat(y), "output_gradient": flat(gradient), "weight_gradient": flat(net.weight.grad),
    }


def tied_case(vocabulary, size, batch, steps, padding):
    """The word language model of PyTorch's examples: decoder.weight = encoder.weight."""
    encoder = torch.nn.Embedding(vocabulary, size, padding_idx=padding)
    lstm = torch.nn.LSTM(size, size)
    decoder = torch.nn.Linear(size, vocabulary)
    decoder.weight = encoder.weight
    with torch.no_grad():
        for parameter in [encoder.weight, *lstm.parameters(), decoder.bias]:
            parameter.copy_(draw(*parameter.shape, scale=0.6))
    tokens = tokens_of(vocabulary, batch, steps)
    hidden, _ = lstm(encoder(tokens))
    y = decoder(hidden)
    gradient = draw(steps, batch, vocabulary)
    y.backward(gradient)
    return {
        "vocabulary": vocabulary, "size": size, "batch": batch, "steps": steps, "padding": padding, "weight": flat(encoder.weight),
        "lstm": {name: flat(getattr(lstm, name + "_l0")) for name in ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]},
        "bias": flat(decoder.bias), "tokens": tokens.reshape(-1).tolist(), "output": flat(y), "output_gradient": flat(gradient),
        "weight_gradient": flat(encoder.weight.grad), "bias_gradient": flat(decoder.bias.grad),
        "lstm_gradients": {name: flat(getattr(lstm, name + "_l0").grad) for name in ["weight_ih", "weight_hh", "bias_ih"]},
    }


def main():
    sections = {
        "embedding": [embedding_case(*sizes) for sizes in [
            (1, 1, 1, 1, None), (3, 2, 2, 3, None), (5, 7, 3, 4, 0), (4, 8, 1, 9, 3), (9, 16, 4, 5, None), (17, 17, 2, 6, 16), (33, 3, 9, 3, 5), (6, 40, 3, 7, None)]],
        "tied": [tied_case(*sizes) for sizes in [(3, 2, 1, 2, None), (5, 4, 3, 4, 0), (9, 8, 2, 5, None), (17, 5, 4, 3, 16)]],
    }
    # One case a line; json prints a double with repr.
    body = ",\n".join(
        f"{json.dumps(name)}: [\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]"
        for name, cases in sections.items())
    pathlib.Path(__file__).with_name("torch_embedding.json").write_text("{\n" + body + "\n}\n")


main()
