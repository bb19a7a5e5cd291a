"""Writes segrnn.json and segrnn.pt: golden cases of SegRNN (Lin et al. 2023) from PyTorch in double precision, and the state_dict of one of
them, for SegRnnLayerTests.cs.

Run with Debian's python3-torch (1.13) and python3-numpy: /usr/bin/python3 segrnn.py

The module has the parameters of the authors' code (pos_emb, channel_emb, valueEmbedding, rnn, predict), and its forward pass is written from
the paper. The last value of a window is not detached, so that the gradient of the input is the whole one.
Matrices are PyTorch's, flattened row by row; sequences are [step][example][column].
"""

import json
import pathlib

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
random = np.random.RandomState(20261130)


def draw(*shape, scale=1.0):
    return torch.tensor(np.round(random.uniform(-scale, scale, size=shape), 3))


def flat(tensor):
    return tensor.detach().reshape(-1).tolist()


class SegRnn(torch.nn.Module):
    def __init__(self, columns, horizon, segment, hidden, per_column):
        super().__init__()
        self.segment, self.hidden, self.positions, self.columns = segment, hidden, horizon // segment, columns
        self.valueEmbedding = torch.nn.Sequential(torch.nn.Linear(segment, hidden), torch.nn.ReLU())
        self.rnn = torch.nn.GRU(hidden, hidden, batch_first=True)
        size = hidden // 2 if per_column else hidden
        self.pos_emb = torch.nn.Parameter(torch.zeros(self.positions, size))
        self.channel_emb = torch.nn.Parameter(torch.zeros(columns, size)) if per_column else None
        self.predict = torch.nn.Sequential(torch.nn.Dropout(0.0), torch.nn.Linear(hidden, segment))

    def forward(self, x):
        """x: batch, steps, columns."""
        batch = x.shape[0]
        last = x[:, -1:, :]
        series = (x - last).permute(0, 2, 1).reshape(batch * self.columns, -1, self.segment)
        _, h = self.rnn(self.valueEmbedding(series))
        h = h[0]
        outputs = []
        for i in range(self.positions):
            embedding = self.pos_emb[i].expand(batch, self.columns, -1)
            if self.channel_emb is not None:
                embedding = torch.cat([embedding, self.channel_emb.expand(batch, -1, -1)], dim=-1)
            _, state = self.rnn(embedding.reshape(batch * self.columns, 1, -1), h.unsqueeze(0))
            outputs.append(self.predict(state[0]).reshape(batch, self.columns, self.segment))
        return torch.cat(outputs, dim=-1).permute(0, 2, 1) + last


def case(columns, lookback, horizon, segment, hidden, per_column, batch, file=None):
    net = SegRnn(columns, horizon, segment, hidden, per_column)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(draw(*parameter.shape, scale=0.7))
    x = draw(lookback, batch, columns, scale=2).requires_grad_()
    y = net(x.permute(1, 0, 2)).permute(1, 0, 2)
    gradient = draw(horizon, batch, columns)
    y.backward(gradient)
    if file:
        torch.save(net.state_dict(), pathlib.Path(__file__).with_name(file))
    return {
        "columns": columns, "lookback": lookback, "horizon": horizon, "segment": segment, "hidden": hidden, "per_column": per_column, "batch": batch,
        "parameters": [{"name": name, "shape": list(parameter.shape), "values": flat(parameter), "gradient": flat(parameter.grad)} for name, parameter in net.named_parameters()],
        "input": flat(x), "output": flat(y), "output_gradient": flat(gradient), "input_gradient": flat(x.grad),
    }


def main():
    cases = [
        case(1, 4, 2, 2, 2, True, 1),
        case(3, 6, 9, 3, 8, True, 2, file="segrnn.pt"),
        case(2, 8, 4, 4, 10, False, 3),
        case(5, 4, 4, 4, 6, True, 4),
        case(2, 6, 10, 1, 5, False, 2),
        case(7, 10, 15, 5, 18, True, 3),
    ]
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text("[\n" + ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in cases) + "\n]\n")


if __name__ == "__main__":
    main()
