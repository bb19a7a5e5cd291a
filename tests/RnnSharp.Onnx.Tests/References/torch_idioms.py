"""python3 torch_idioms.py: writes torch_idioms.zip, modules that use recurrent layers in the ways that PyTorch programs do, as PyTorch 1.13
exports them, with inputs and outputs in double."""
import io
import warnings

import torch
from torch import nn

import case_archive

warnings.filterwarnings("ignore")
torch.manual_seed(7)
BATCH, STEPS, INPUTS, HIDDEN = 2, 4, 3, 5


class Idiom(nn.Module):
    """Layers by name, and what is done with them."""

    def __init__(self, run, **layers):
        super().__init__()
        self.run = run
        for name, layer in layers.items():
            if isinstance(layer, nn.Parameter):
                self.register_parameter(name, layer)
            else:
                self.add_module(name, layer)

    def forward(self, x):
        return self.run(self, x)


def recurrent(kind, inputs=INPUTS, hidden=HIDDEN, **options):
    return getattr(nn, kind)(inputs, hidden, batch_first=True, **options)


IDIOMS = {
    "last step of both directions": lambda: Idiom(lambda m, x: m.head(m.rnn(x)[0][:, -1, :]), rnn=recurrent("LSTM", bidirectional=True), head=nn.Linear(2 * HIDDEN, 2)),
    "hidden state squeezed": lambda: Idiom(lambda m, x: m.head(m.rnn(x)[1].squeeze(0)), rnn=recurrent("GRU"), head=nn.Linear(HIDDEN, 2)),
    "hidden state by index": lambda: Idiom(lambda m, x: m.head(m.rnn(x)[1][0][0]), rnn=recurrent("LSTM"), head=nn.Linear(HIDDEN, 2)),
    "hidden states of both directions joined": lambda: Idiom(lambda m, x: m.head(torch.cat([m.rnn(x)[1][0], m.rnn(x)[1][1]], dim=-1)), rnn=recurrent("GRU", bidirectional=True), head=nn.Linear(2 * HIDDEN, 2)),
    "hidden states transposed and reshaped": lambda: Idiom(lambda m, x: m.head(m.rnn(x)[1].transpose(0, 1).reshape(x.shape[0], -1)), rnn=recurrent("GRU", bidirectional=True), head=nn.Linear(2 * HIDDEN, 2)),
    "hidden states permuted and flattened": lambda: Idiom(lambda m, x: m.head(m.rnn(x)[1].permute(1, 0, 2).flatten(1)), rnn=recurrent("RNN", bidirectional=True), head=nn.Linear(2 * HIDDEN, 2)),
    "layers of several kinds": lambda: Idiom(lambda m, x: m.c(m.b(m.a(x)[0])[0])[0], a=recurrent("LSTM"), b=recurrent("GRU", HIDDEN, 4, bidirectional=True), c=recurrent("RNN", 8, 2)),
    "normalization before and between": lambda: Idiom(lambda m, x: m.b(m.m(m.a(m.n(x))[0]))[0], n=nn.LayerNorm(INPUTS), a=recurrent("GRU"), m=nn.LayerNorm(HIDDEN), b=recurrent("GRU", HIDDEN)),
    "mean that keeps its axis": lambda: Idiom(lambda m, x: m.head(m.rnn(x)[0].mean(1, keepdim=True)), rnn=recurrent("GRU"), head=nn.Linear(HIDDEN, 2)),
    "adaptive average pooling": lambda: Idiom(lambda m, x: m.head(m.pool(m.rnn(x)[0].transpose(1, 2)).squeeze(-1)), rnn=recurrent("GRU"), pool=nn.AdaptiveAvgPool1d(1), head=nn.Linear(HIDDEN, 2)),
    "adaptive maximum pooling": lambda: Idiom(lambda m, x: m.head(m.pool(m.rnn(x)[0].transpose(1, 2)).squeeze(-1)), rnn=recurrent("GRU"), pool=nn.AdaptiveMaxPool1d(1), head=nn.Linear(HIDDEN, 2)),
    "residual stack": lambda: Idiom(lambda m, x: (lambda y: y + m.b(y)[0])(m.a(x)[0]), a=recurrent("LSTM"), b=recurrent("LSTM", HIDDEN)),
    "residual with normalization first": lambda: Idiom(lambda m, x: (lambda y: m.head(y + m.b(m.n(y))[0]))(m.a(x)), a=nn.Linear(INPUTS, HIDDEN), n=nn.LayerNorm(HIDDEN), b=recurrent("GRU", HIDDEN), head=nn.Linear(HIDDEN, 2)),
    "two dense layers": lambda: Idiom(lambda m, x: m.b(m.a(m.rnn(x)[0])), rnn=recurrent("RNN"), a=nn.Linear(HIDDEN, 4), b=nn.Linear(4, 2, bias=False)),
    "dropout between": lambda: Idiom(lambda m, x: m.head(m.drop(m.rnn(m.drop(x))[0])), rnn=recurrent("LSTM"), drop=nn.Dropout(0.5), head=nn.Linear(HIDDEN, 2)),
    "zeros given as the state": lambda: Idiom(lambda m, x: m.rnn(x, (torch.zeros(2, x.size(0), HIDDEN, dtype=x.dtype), torch.zeros(2, x.size(0), HIDDEN, dtype=x.dtype)))[0][:, -1], rnn=recurrent("LSTM", num_layers=2)),
    "learned state": lambda: Idiom(lambda m, x: m.rnn(x, m.h.expand(-1, x.size(0), -1).contiguous())[0], rnn=recurrent("GRU"), h=nn.Parameter(torch.randn(1, 1, HIDDEN))),
    "dense layers alone": lambda: Idiom(lambda m, x: m.b(m.a(x)), a=nn.Linear(INPUTS, 4), b=nn.Linear(4, 2)),
    "features flattened over time for the head": lambda: Idiom(lambda m, x: (lambda y: m.head(y.reshape(-1, HIDDEN)).view(y.size(0), y.size(1), 2))(m.rnn(x)[0]), rnn=recurrent("GRU"), head=nn.Linear(HIDDEN, 2)),
    "steps first inside": lambda: Idiom(lambda m, x: m.rnn(x.permute(1, 0, 2))[0].permute(1, 0, 2), rnn=nn.GRU(INPUTS, HIDDEN)),
    "last step by a slice": lambda: Idiom(lambda m, x: m.head(m.rnn(x)[0][:, -1:, :]), rnn=recurrent("GRU"), head=nn.Linear(HIDDEN, 2)),
    "one direction of two": lambda: Idiom(lambda m, x: m.head(m.rnn(x)[0][:, :, :HIDDEN]), rnn=recurrent("GRU", bidirectional=True), head=nn.Linear(HIDDEN, 2)),
    "flipped and flipped back": lambda: Idiom(lambda m, x: m.head(m.rnn(x.flip(1))[0].flip(1)), rnn=recurrent("GRU"), head=nn.Linear(HIDDEN, 2)),
    "two directions by hand": lambda: Idiom(lambda m, x: m.head(torch.cat([m.a(x)[0], m.b(x.flip(1))[0].flip(1)], 2)), a=recurrent("LSTM"), b=recurrent("LSTM"), head=nn.Linear(2 * HIDDEN, 2)),
    "last step of a flipped sequence": lambda: Idiom(lambda m, x: m.head(m.rnn(x.flip([1]))[0][:, -1]), rnn=recurrent("RNN"), head=nn.Linear(HIDDEN, 2)),
    "state of a flipped sequence": lambda: Idiom(lambda m, x: m.head(m.rnn(x.flip([1]))[1][-1]), rnn=recurrent("GRU", num_layers=2), head=nn.Linear(HIDDEN, 2)),
    "chunks of both directions added": lambda: Idiom(lambda m, x: (lambda y: y[:, :, :HIDDEN] + y[:, :, HIDDEN:])(m.rnn(x)[0]), rnn=recurrent("GRU", bidirectional=True)),
}
cases = []
for name, make in IDIOMS.items():
    for dynamic in (False, True):
        module = make().eval().double()
        x = torch.randn(BATCH, STEPS, INPUTS, dtype=torch.float64)
        file = io.BytesIO()
        try:
            torch.onnx.export(module, (x,), file, input_names=["x"], output_names=["y"], dynamic_axes={"x": {0: "batch", 1: "steps"}} if dynamic else None, opset_version=13)
        except Exception as error:
            print(name, dynamic, "not exported:", str(error).splitlines()[0])
            continue
        if dynamic:
            x = torch.randn(BATCH + 1, STEPS + 1, INPUTS, dtype=torch.float64)
        with torch.no_grad():
            y = module(x)
        cases.append((f"{name}, {'dynamic' if dynamic else 'fixed'}", file.getvalue(), [case_archive.tensor("x", x.numpy())], [case_archive.tensor("y", y.numpy())], {}))
case_archive.write("torch_idioms.zip", cases)
print(len(cases), "cases")
