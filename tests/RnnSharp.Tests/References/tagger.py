"""The PyTorch module of the README's example, with an input and its output (float32, PyTorch 1.13).

    python3 tagger.py     # writes tagger.pt and tagger.json
"""

import json

import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(12, 32, num_layers=2, batch_first=True)
        self.fc = nn.Linear(32, 5)

    def forward(self, x):
        return self.fc(self.lstm(x)[0])


torch.manual_seed(1)
tagger = Tagger().eval()
x = torch.randn(2, 6, 12)
torch.save(tagger.state_dict(), "tagger.pt")
with open("tagger.json", "w", encoding="utf-8") as file:
    json.dump({"input": x.tolist(), "output": tagger(x).tolist()}, file)
    file.write("\n")
