"""python3 onnx_node_cases.py: writes onnx_node_cases.zip, every node case of RNN, GRU and LSTM in the onnx package (1.12), unchanged."""
import importlib

from onnx.backend.test.case import node

import case_archive

# Importing a module of cases adds them to the list. The other modules need an older NumPy.
for module in ("rnn", "gru", "lstm"):
    importlib.import_module(f"onnx.backend.test.case.node.{module}")
cases = []
for case in node._NodeTestCases:
    (inputs, outputs), = case.data_sets
    graph = case.model.graph
    cases.append((case.name, case.model.SerializeToString(deterministic=True),
                  [case_archive.tensor(i.name, v) for i, v in zip(graph.input, inputs)],
                  [case_archive.tensor(o.name, v) for o, v in zip(graph.output, outputs)], {}))
case_archive.write("onnx_node_cases.zip", cases)
print(len(cases), "cases")
