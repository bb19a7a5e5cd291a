"""python3 keras_graphs.py: writes keras_graphs.zip, graphs as tf2onnx writes them for Keras models: batch first, a Transpose to steps first,
zero states computed from the shape of the input, Squeeze and Transpose back. The outputs are NumPy's, in double from the float weights."""
import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

import case_archive
import onnx_recurrent

BATCH, STEPS, INPUTS, HIDDEN, CLASSES = 2, 4, 3, 5, 2


class Graph:
    """A graph under construction. Values are computed beside their nodes."""

    def __init__(self, name, seed, outputs="y"):
        self.name, self.random, self.nodes, self.tensors, self.count = name, np.random.RandomState(seed), [], {}, 0

    def weight(self, name, *shape):
        self.tensors[name] = self.random.randn(*shape).astype(np.float32)
        return name

    def constant(self, value, kind=np.int64):
        self.count += 1
        self.tensors[f"const_{self.count}"] = np.array(value, kind)
        return f"const_{self.count}"

    def add(self, operator, inputs, outputs=1, **attributes):
        self.count += 1
        names = [f"{self.name}/{operator}_{self.count}:{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(operator, inputs, names, name=f"{self.name}/{operator}_{self.count}", **attributes))
        return names[0] if outputs == 1 else names

    def zeros(self, x):
        """tf.zeros([batch, units]) with the batch of the input, and a further axis."""
        shape = self.add("Cast", [self.add("Shape", [x])], to=TensorProto.INT32)
        batch = self.add("Squeeze", [self.add("Slice", [shape, self.constant([0]), self.constant([1]), self.constant([0])]), self.constant([0])])
        packed = self.add("Concat", [self.add("Unsqueeze", [batch, self.constant([0])]), self.constant([HIDDEN], np.int32)], axis=0)
        fill = self.add("Expand", [self.constant(0, np.float32), self.add("Cast", [packed], to=TensorProto.INT64)])
        return self.add("Unsqueeze", [fill, self.constant([0])])

    def recurrent(self, kind, x, inputs, directions=1, zeros=True, bias=True, **attributes):
        """The node between a transposed input and its outputs."""
        prefix, gates = f"{self.name}_{self.count}", onnx_recurrent.GATES[kind]
        w, r = self.weight(prefix + "_W", directions, gates * HIDDEN, inputs), self.weight(prefix + "_R", directions, gates * HIDDEN, HIDDEN)
        b = self.weight(prefix + "_B", directions, 2 * gates * HIDDEN) if bias else ""
        state = [self.zeros(x)] if zeros and directions == 1 else [""]
        state += state if kind == "LSTM" else []
        steps_first = self.add("Transpose", [x], perm=[1, 0, 2])
        outputs = self.add(kind, [steps_first, w, r, b, "", *state], 3 if kind == "LSTM" else 2, hidden_size=HIDDEN,
                           direction="bidirectional" if directions == 2 else "forward", **attributes)
        return outputs, lambda v: onnx_recurrent.run(kind, v.swapaxes(0, 1), self.tensors[w].astype(float), self.tensors[r].astype(float), self.tensors[b].astype(float) if b else None,
                                                     direction="bidirectional" if directions == 2 else "forward", **attributes)

    def dense(self, x, inputs, outputs):
        self.count += 1
        kernel, bias = self.weight(f"kernel_{self.count}", inputs, outputs), self.weight(f"bias_{self.count}", outputs)
        y = self.add("Add", [self.add("MatMul", [x, kernel]), bias])
        return y, lambda v: v @ self.tensors[kernel].astype(float) + self.tensors[bias].astype(float)

    def case(self, x, y, expected, opset=13):
        nodes = self.nodes + [helper.make_node("Identity", [y], ["y"], name="Identity")]
        kind = TensorProto.INT64 if x.dtype == np.int64 else TensorProto.FLOAT
        graph = helper.make_graph(nodes, self.name, [helper.make_tensor_value_info("x", kind, ["unk__1", STEPS, *x.shape[2:]])],
                                  [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["unk__2", *expected.shape[1:]])], [numpy_helper.from_array(v, n) for n, v in self.tensors.items()])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=7, producer_name="tf2onnx")
        checker.check_model(model)
        return (self.name, model.SerializeToString(deterministic=True), [case_archive.tensor("x", x)], [case_archive.tensor("y", expected)], {})


def data(seed):
    return np.random.RandomState(seed).randn(BATCH, STEPS, INPUTS)


def sequences(kind, name, **attributes):
    g, x = Graph(name, 1), data(2)
    outputs, run = g.recurrent(kind, "x", INPUTS, **attributes)
    squeezed = g.add("Squeeze", [outputs[0], g.constant([1])])
    y, dense = g.dense(g.add("Transpose", [squeezed], perm=[1, 0, 2]), HIDDEN, CLASSES)
    return g.case(x, y, dense(run(x)[0][:, 0].swapaxes(0, 1)))


def last_of_sequence():
    g, x = Graph("lstm_strided_slice", 3), data(4)
    outputs, run = g.recurrent("LSTM", "x", INPUTS)
    squeezed = g.add("Squeeze", [outputs[0], g.constant([1])])
    last = g.add("Slice", [squeezed, g.constant([-1]), g.constant([2**31 - 1]), g.constant([0])])
    y, dense = g.dense(g.add("Squeeze", [last, g.constant([0])]), HIDDEN, CLASSES)
    return g.case(x, y, dense(run(x)[1][0]))


def last_state():
    g, x = Graph("gru_last_state", 5), data(6)
    outputs, run = g.recurrent("GRU", "x", INPUTS, linear_before_reset=1)
    y, dense = g.dense(g.add("Squeeze", [outputs[1], g.constant([0])]), HIDDEN, CLASSES)
    return g.case(x, y, dense(run(x)[1][0]))


def bidirectional_sequences():
    g, x = Graph("bidirectional_lstm", 7), data(8)
    outputs, run = g.recurrent("LSTM", "x", INPUTS, directions=2)
    sides = []
    for d in range(2):
        side = g.add("Slice", [outputs[0], g.constant([d]), g.constant([d + 1]), g.constant([1])])
        sides.append(g.add("Transpose", [g.add("Squeeze", [side, g.constant([1])])], perm=[1, 0, 2]))
    y, dense = g.dense(g.add("Concat", sides, axis=2), 2 * HIDDEN, CLASSES)
    return g.case(x, y, dense(np.concatenate([run(x)[0][:, 0], run(x)[0][:, 1]], 2).swapaxes(0, 1)))


def bidirectional_states():
    g, x = Graph("bidirectional_gru_states", 9), data(10)
    outputs, run = g.recurrent("GRU", "x", INPUTS, directions=2, linear_before_reset=1)
    sides = [g.add("Squeeze", [g.add("Slice", [outputs[1], g.constant([d]), g.constant([d + 1]), g.constant([0])]), g.constant([0])]) for d in range(2)]
    y, dense = g.dense(g.add("Concat", sides, axis=-1), 2 * HIDDEN, CLASSES)
    return g.case(x, y, dense(np.concatenate(list(run(x)[1]), 1)))


def stacked():
    g, x = Graph("stacked_gru", 11), data(12)
    outputs, first = g.recurrent("GRU", "x", INPUTS, linear_before_reset=1)
    middle = g.add("Transpose", [g.add("Squeeze", [outputs[0], g.constant([1])])], perm=[1, 0, 2])
    outputs, second = g.recurrent("GRU", middle, HIDDEN, zeros=False, linear_before_reset=0, bias=False)
    steps_last = g.add("Transpose", [g.add("Squeeze", [outputs[0], g.constant([1])])], perm=[1, 0, 2])
    y, dense = g.dense(g.add("ReduceMean", [steps_last], axes=[1], keepdims=0), HIDDEN, CLASSES)
    return g.case(x, y, dense(second(first(x)[0][:, 0].swapaxes(0, 1))[0][:, 0].mean(0)))


def embedded():
    g, x = Graph("embedding_lstm", 13), np.random.RandomState(14).randint(0, 6, (BATCH, STEPS)).astype(np.int64)
    table = g.weight("embeddings", 6, INPUTS)
    vectors = g.add("Gather", [table, g.add("Cast", ["x"], to=TensorProto.INT32)])
    outputs, run = g.recurrent("LSTM", vectors, INPUTS)
    y, dense = g.dense(g.add("Squeeze", [outputs[1], g.constant([0])]), HIDDEN, CLASSES)
    return g.case(x, y, dense(run(g.tensors[table].astype(float)[x])[1][0]))


def tensordot():
    """A dense layer over time as tf.tensordot: rows of all steps, and back."""
    g, x = Graph("tensordot", 15), data(16)
    outputs, run = g.recurrent("RNN", "x", INPUTS)
    steps = g.add("Transpose", [g.add("Squeeze", [outputs[0], g.constant([1])])], perm=[1, 0, 2])
    shape = g.add("Shape", [steps])
    rows = g.add("Reshape", [steps, g.constant([-1, HIDDEN])])
    product, dense = g.dense(rows, HIDDEN, CLASSES)
    free = g.add("Gather", [shape, g.constant([0, 1])], axis=0)
    y = g.add("Reshape", [product, g.add("Concat", [free, g.constant([CLASSES])], axis=0)])
    return g.case(x, y, dense(run(x)[0][:, 0].swapaxes(0, 1)))


case_archive.write("keras_graphs.zip", [
    sequences("LSTM", "lstm_sequences"), sequences("GRU", "gru_sequences", linear_before_reset=1), sequences("RNN", "simple_rnn_sequences"),
    sequences("LSTM", "lstm_hard_sigmoid", activations=["HardSigmoid", "Tanh", "Tanh"]), sequences("LSTM", "lstm_without_states", zeros=False),
    last_of_sequence(), last_state(), bidirectional_sequences(), bidirectional_states(), stacked(), embedded(), tensordot()])
