"""Files with the layout that Keras 3 and Keras 2 write with h5py, and what the models compute, by a plain NumPy version of Keras's formulas.

    python3 keras_files.py keras_files.zip

The layout is that of keras/src/saving/saving_lib.py (layers/lstm/cell/vars/0 in model.weights.h5 of a .keras archive) and of
keras/src/legacy/saving/legacy_h5_format.py (model_weights/lstm/lstm/lstm_cell/kernel:0 with the attributes layer_names and weight_names).
"""
import io
import json
import re
import sys
import zipfile

import h5py
import numpy as np

rng = np.random.default_rng(5)
STEPS, FEATURES, BATCH = 5, 3, 2


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


ACTIVATIONS = {"tanh": np.tanh, "sigmoid": sigmoid, "relu": lambda x: np.maximum(x, 0), "linear": lambda x: x, "softmax": softmax,
               "hard_sigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1), "hard_sigmoid_2": lambda x: np.clip(0.2 * x + 0.5, 0, 1)}


def random(*shape):
    return (0.6 * rng.standard_normal(shape)).astype("f4")


class Layer:
    count = {}

    def __init__(self, class_name, config, weights, call, location="", inner=None):
        self.class_name, self.weights, self.call, self.location, self.inner = class_name, weights, call, location, inner
        self.config = config
        self.snake = re.sub("([a-z])([A-Z])", r"\1_\2", re.sub("(.)([A-Z][a-z]+)", r"\1_\2", class_name)).lower()


def recurrent(kind, inputs, units, keras=3, weights=None, **options):
    settings, given = options, weights
    options = {"activation": "tanh", "recurrent_activation": "sigmoid", "use_bias": True, "return_sequences": True, "go_backwards": False, "reset_after": True, **options}
    gates = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}[kind]
    weights = given or {"kernel": random(inputs, gates * units), "recurrent_kernel": random(units, gates * units)}
    double = kind == "GRU" and options["reset_after"]
    if options["use_bias"] and not given:
        weights["bias"] = random(2, gates * units) if double else random(gates * units)
    name = options["recurrent_activation"]
    act, rec = ACTIVATIONS[options["activation"]], ACTIVATIONS["hard_sigmoid_2" if keras == 2 and name == "hard_sigmoid" else name]

    def call(x):
        k, u = weights["kernel"].astype("f8"), weights["recurrent_kernel"].astype("f8")
        b = weights["bias"].astype("f8") if options["use_bias"] else np.zeros((2, gates * units) if double else gates * units)
        h, c, outputs = np.zeros((x.shape[0], units)), np.zeros((x.shape[0], units)), []
        steps = range(x.shape[1] - 1, -1, -1) if options["go_backwards"] else range(x.shape[1])
        for t in steps:
            if kind == "LSTM":
                i, f, g, o = np.split(x[:, t] @ k + h @ u + b, 4, axis=1)
                c = rec(f) * c + rec(i) * act(g)
                h = rec(o) * act(c)
            elif kind == "GRU" and double:
                xz, xr, xh = np.split(x[:, t] @ k + b[0], 3, axis=1)
                hz, hr, hh = np.split(h @ u + b[1], 3, axis=1)
                z, r = rec(xz + hz), rec(xr + hr)
                h = z * h + (1 - z) * act(xh + r * hh)
            elif kind == "GRU":
                xz, xr, xh = np.split(x[:, t] @ k + b, 3, axis=1)
                uz, ur, uh = np.split(u, 3, axis=1)
                z, r = rec(xz + h @ uz), rec(xr + h @ ur)
                h = z * h + (1 - z) * act(xh + (r * h) @ uh)
            else:
                h = act(x[:, t] @ k + h @ u + b)
            outputs.append(h)
        return np.stack(outputs, 1) if options["return_sequences"] else h

    config = {"trainable": True, "dtype": POLICY, "return_sequences": options["return_sequences"], "return_state": False, "go_backwards": options["go_backwards"],
              "stateful": False, "unroll": False, "zero_output_for_mask": False, "units": units, "activation": options["activation"]}
    if kind != "SimpleRNN":
        config["recurrent_activation"] = name
    config |= {"use_bias": options["use_bias"], "kernel_initializer": INITIALIZER, "recurrent_initializer": INITIALIZER, "bias_initializer": INITIALIZER}
    if kind == "LSTM":
        config["unit_forget_bias"] = True
    config |= {"kernel_regularizer": None, "recurrent_regularizer": None, "bias_regularizer": None, "activity_regularizer": None,
               "kernel_constraint": None, "recurrent_constraint": None, "bias_constraint": None, "dropout": 0.0, "recurrent_dropout": 0.0}
    if kind == "GRU":
        config["reset_after"] = options["reset_after"]
    config["seed"] = None
    layer = Layer(kind, config, weights, call, "cell/")
    if keras == 3:
        layer.as_keras2 = recurrent(kind, inputs, units, 2, weights, **settings)
    return layer


POLICY = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": None}
INITIALIZER = {"module": "keras.initializers", "class_name": "GlorotUniform", "config": {"seed": None}, "registered_name": None}


def dense(inputs, units, activation="linear", use_bias=True):
    weights = {"kernel": random(inputs, units)} | ({"bias": random(units)} if use_bias else {})
    config = {"trainable": True, "dtype": POLICY, "units": units, "activation": activation, "use_bias": use_bias, "kernel_initializer": INITIALIZER,
              "bias_initializer": INITIALIZER, "kernel_regularizer": None, "bias_regularizer": None, "kernel_constraint": None, "bias_constraint": None}
    return Layer("Dense", config, weights, lambda x: ACTIVATIONS[activation](x @ weights["kernel"].astype("f8") + weights.get("bias", np.zeros(units))))


def embedding(tokens, size):
    weights = {"embeddings": random(tokens, size)}
    config = {"trainable": True, "dtype": POLICY, "input_dim": tokens, "output_dim": size, "embeddings_initializer": INITIALIZER, "embeddings_regularizer": None,
              "activity_regularizer": None, "embeddings_constraint": None, "mask_zero": False}
    return Layer("Embedding", config, weights, lambda x: weights["embeddings"].astype("f8")[x])


def normalization(size, epsilon=1e-3):
    weights = {"gamma": random(size), "beta": random(size)}

    def call(x):
        centered = x - x.mean(-1, keepdims=True)
        return weights["gamma"] * centered / np.sqrt((centered ** 2).mean(-1, keepdims=True) + epsilon) + weights["beta"]

    config = {"trainable": True, "dtype": POLICY, "axis": -1, "epsilon": epsilon, "center": True, "scale": True, "rms_scaling": False,
              "beta_initializer": INITIALIZER, "gamma_initializer": INITIALIZER, "beta_regularizer": None, "gamma_regularizer": None,
              "beta_constraint": None, "gamma_constraint": None}
    return Layer("LayerNormalization", config, weights, call)


def dropout(rate):
    return Layer("Dropout", {"trainable": True, "dtype": POLICY, "rate": rate, "seed": None, "noise_shape": None}, {}, lambda x: x)


def bidirectional(kind, inputs, units, mode, **options):
    forward, backward = recurrent(kind, inputs, units, **options), recurrent(kind, inputs, units, go_backwards=True, **options)

    def call(x):
        y, z = forward.call(x), backward.call(x)
        if forward.config["return_sequences"]:
            z = z[:, ::-1]
        return {"concat": lambda: np.concatenate([y, z], -1), "sum": lambda: y + z, "ave": lambda: (y + z) / 2, "mul": lambda: y * z}[mode]()

    return Layer("Bidirectional", {"trainable": True, "dtype": POLICY, "merge_mode": mode}, None, call, inner=(forward, backward))


def distributed(layer):
    return Layer("TimeDistributed", {"trainable": True, "dtype": POLICY}, None, layer.call, inner=(layer,))


def wrap(layer, module="keras.layers"):
    return {"module": module, "class_name": layer.class_name, "config": config_of(layer), "registered_name": None}


def config_of(layer):
    config = {"name": layer.name, **layer.config}
    if layer.class_name == "Bidirectional":
        forward, backward = layer.inner
        forward.name, backward.name = f"forward_{forward.snake}", f"backward_{backward.snake}"
        config |= {"layer": wrap(forward), "backward_layer": wrap(backward)}
    elif layer.class_name == "TimeDistributed":
        layer.inner[0].name = layer.inner[0].snake
        config["layer"] = wrap(layer.inner[0])
    return config


def name_all(layers):
    counts = {}
    for layer in layers:
        number = counts[layer.snake] = counts.get(layer.snake, -1) + 1
        layer.name = layer.snake if number == 0 else f"{layer.snake}_{number}"


def keras3_config(layers, tokens, functional):
    shape = [None, STEPS] if tokens else [None, STEPS, FEATURES]
    entry = {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": shape, "dtype": "int32" if tokens else "float32", "sparse": False, "ragged": False, "name": "input_layer"}, "registered_name": None}
    items = [entry] + [wrap(layer) | {"build_config": {"input_shape": shape}} for layer in layers]
    config = {"name": "functional" if functional else "sequential", "trainable": True}
    if functional:
        history = None
        for item in items:
            item["name"] = item["config"]["name"]
            item["inbound_nodes"] = [] if history is None else [{"args": [{"class_name": "__keras_tensor__", "config": {"shape": shape, "dtype": "float32", "keras_history": history}}], "kwargs": {"training": False}}]
            history = [item["name"], 0, 0]
        config |= {"layers": items[::-1], "input_layers": [["input_layer", 0, 0]], "output_layers": [history]}
    else:
        config |= {"dtype": POLICY, "layers": items, "build_input_shape": shape}
    return {"module": "keras", "class_name": "Functional" if functional else "Sequential", "config": config, "registered_name": "Functional" if functional else None,
            "build_config": {"input_shape": shape}, "compile_config": {"optimizer": "rmsprop", "loss": "mse"}}


def keras2_config(layers, tokens, functional):
    shape = [None, STEPS] if tokens else [None, STEPS, FEATURES]

    def plain(layer):
        config = config_of(layer) | {"dtype": "float32"}
        if "layer" in config:
            config["layer"] = {"class_name": layer.inner[0].class_name, "config": config_of(layer.inner[0]) | {"dtype": "float32"}}
            config.pop("backward_layer", None)
        return {"class_name": layer.class_name, "config": config}

    entry = {"class_name": "InputLayer", "config": {"batch_input_shape": shape, "dtype": "float32", "sparse": False, "ragged": False, "name": "input_1"}}
    items = [entry] + [plain(layer) for layer in layers]
    config = {"name": "model" if functional else "sequential"}
    if functional:
        history = None
        for item in items:
            item["name"] = item["config"]["name"]
            item["inbound_nodes"] = [] if history is None else [[[history, 0, 0, {}]]]
            history = item["name"]
        config |= {"layers": items, "input_layers": [["input_1", 0, 0]], "output_layers": [[history, 0, 0]]}
    else:
        config["layers"] = items
    return {"class_name": "Functional" if functional else "Sequential", "config": config}


CHUNKED = {"chunked": {"chunks": True}, "edges": {"chunks": 2}, "gzip": {"chunks": True, "compression": "gzip"}, "shuffled": {"chunks": True, "compression": "gzip", "shuffle": True}}


def write_keras3(file, layers, **settings):
    def entry(path, values=()):
        group = file.require_group(path) if path else file
        variables = group.create_group("vars")
        for i, value in enumerate(values):
            own = dict(settings)
            if own.get("chunks") == 2:
                # Chunks that reach over the ends of the dataset.
                own["chunks"] = tuple(min(size, 5 if size % 5 else 7) for size in value.shape)
            variables.create_dataset(str(i), data=value, **(own if value.shape else {}))

    entry("")
    entry("optimizer", [np.array(7, "i8"), np.array(0.001, "f4")])
    entry("layers/input_layer")
    for layer in layers:
        path = f"layers/{layer.name}"
        if layer.class_name == "Bidirectional":
            for part, inner in zip(("forward_layer", "backward_layer"), layer.inner):
                entry(f"{path}/{part}/cell", inner.weights.values())
                entry(f"{path}/{part}")
        elif layer.class_name == "TimeDistributed":
            entry(f"{path}/layer", layer.inner[0].weights.values())
        elif layer.location:
            entry(f"{path}/cell", layer.weights.values())
        else:
            entry(path, layer.weights.values())
            if layer.class_name == "Dropout":
                entry(f"{path}/seed_generator", [np.array([1, 2], "u4")])
                continue
        if layer.class_name != "Dense" and layer.class_name not in ("Embedding", "LayerNormalization"):
            entry(path)


def write_keras2(group, layers):
    group.attrs["layer_names"] = [layer.name.encode() for layer in layers]
    group.attrs["backend"] = b"tensorflow"
    group.attrs["keras_version"] = b"2.12.0"
    for layer in layers:
        own = group.create_group(layer.name)
        weights = {}
        if layer.class_name == "Bidirectional":
            for part, inner in zip(("forward", "backward"), layer.inner):
                weights |= {f"{layer.name}/{part}_{inner.snake}/{inner.snake}_cell/{name}:0": value for name, value in inner.weights.items()}
        elif layer.class_name == "TimeDistributed":
            weights = {f"{layer.name}/{name}:0": value for name, value in layer.inner[0].weights.items()}
        else:
            weights = {f"{layer.name}/{layer.snake + '_cell/' if layer.location else ''}{name}:0": value for name, value in layer.weights.items()}
        own.attrs["weight_names"] = [name.encode() for name in weights]
        for name, value in weights.items():
            own.create_dataset(name, value.shape, dtype=value.dtype)[...] = value


def hdf5(write, **options):
    data = io.BytesIO()
    with h5py.File(data, "w", **options) as file:
        write(file)
    return data.getvalue()


def keras_archive(config, weights, compression=zipfile.ZIP_STORED, version="3.4.1"):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", compression) as archive:
        for name, content in (("metadata.json", json.dumps({"keras_version": version, "date_saved": "2024-08-01@12:00:00"})), ("config.json", json.dumps(config)), ("model.weights.h5", weights)):
            archive.writestr(zipfile.ZipInfo(name, (2024, 8, 1, 0, 0, 0)), content, compression)
    return data.getvalue()


def models():
    yield "lstm", False, False, [recurrent("LSTM", FEATURES, 4), dropout(0.2), recurrent("LSTM", 4, 3, return_sequences=False), dense(3, 2, "softmax")]
    yield "gru", False, True, [recurrent("GRU", FEATURES, 4), normalization(4), recurrent("GRU", 4, 3, reset_after=False), dense(3, 2), recurrent("GRU", 2, 2, use_bias=False), distributed(dense(2, 2, use_bias=False))]
    yield "rnn", True, True, [embedding(7, 3), recurrent("SimpleRNN", 3, 4, activation="relu"), bidirectional("LSTM", 4, 2, "concat"), dense(4, 2, "sigmoid")]
    yield "both", False, False, [bidirectional("GRU", FEATURES, 3, "sum"), recurrent("SimpleRNN", 3, 2), bidirectional("SimpleRNN", 2, 2, "mul", return_sequences=False), dense(2, 1, "tanh")]
    yield "back", False, False, [recurrent("LSTM", FEATURES, 3, go_backwards=True), recurrent("GRU", 3, 3), bidirectional("GRU", 3, 2, "ave", reset_after=False), dense(2, 2)]
    yield "timed", False, False, [recurrent("SimpleRNN", FEATURES, 3), distributed(normalization(3)), distributed(dense(3, 2))]
    # Small files for the fuzz tests.
    yield "small", False, False, [recurrent("GRU", FEATURES, 1), dense(1, 1)]
    yield "dozen", False, False, [dense(FEATURES if i == 0 else 1, 1) for i in range(10)]
    # More layers than the eight links that newer files have in the header of a group, and more than one node of the index of a heap.
    yield "many", False, False, [dense(FEATURES if i == 0 else 2, 2) for i in range(60)]
    # In Keras 2, hard_sigmoid is another function, so the files of both have an output of their own.
    yield "gates", False, False, [recurrent("LSTM", FEATURES, 4, recurrent_activation="hard_sigmoid", activation="relu"), recurrent("GRU", 4, 3, recurrent_activation="hard_sigmoid")]


def main():
    with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        def put(name, content):
            archive.writestr(zipfile.ZipInfo(name, (2024, 8, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED, 9)

        outputs = {}
        for name, tokens, functional, layers in models():
            name_all(layers)
            x = rng.integers(0, 7, (BATCH, STEPS)) if tokens else rng.standard_normal((BATCH, STEPS, FEATURES))
            y = z = x
            for layer in layers:
                y, z = layer.call(y), getattr(layer, "as_keras2", layer).call(z)
            outputs[name] = {"tokens": tokens, "input": x.ravel().tolist(), "shape": list(y.shape), "output": y.ravel().tolist(), "output2": z.ravel().tolist()}
            weights = hdf5(lambda file: write_keras3(file, layers))
            put(f"{name}.keras", keras_archive(keras3_config(layers, tokens, functional), weights))
            put(f"{name}.weights.h5", weights)

            def whole(file):
                file.attrs["keras_version"] = "2.12.0"
                file.attrs["backend"] = "tensorflow"
                file.attrs["model_config"] = json.dumps(keras2_config(layers, tokens, functional))
                write_keras2(file.create_group("model_weights"), layers)

            put(f"{name}.h5", hdf5(whole))
            put(f"{name}.old.weights.h5", hdf5(lambda file: write_keras2(file, layers)))
            if name == "timed":
                def early(file):
                    # Keras 2.13.
                    write_keras3(file, layers)
                    file.move("layers", "_layer_checkpoint_dependencies")

                put("timed.early.weights.h5", hdf5(early))
            if name == "small":
                put("small.shuffled.weights.h5", hdf5(lambda file: write_keras3(file, layers, **CHUNKED["shuffled"])))
            if name in ("small", "dozen"):
                put(f"{name}.latest.weights.h5", hdf5(lambda file: write_keras3(file, layers), libver="v108"))
            if name == "many":
                put("many.latest.weights.h5", hdf5(lambda file: write_keras3(file, layers), libver="v108"))
            if name == "lstm":
                put("lstm.latest.weights.h5", hdf5(lambda file: write_keras3(file, layers), libver="v110"))
                put("lstm.deflated.keras", keras_archive(keras3_config(layers, tokens, functional), weights, zipfile.ZIP_DEFLATED))
                for variant, settings in CHUNKED.items():
                    put(f"lstm.{variant}.weights.h5", hdf5(lambda file: write_keras3(file, layers, **settings)))
                half = [Layer(layer.class_name, layer.config, layer.weights and {key: value.astype("f2") for key, value in layer.weights.items()}, None, layer.location, layer.inner) for layer in layers]
                name_all(half)
                put("lstm.half.weights.h5", hdf5(lambda file: write_keras3(file, half)))
                hostile(put, layers, keras3_config(layers, tokens, functional))
        put("outputs.json", json.dumps(outputs))


def hostile(put, layers, config):
    """Files that must be refused."""
    def with_change(change):
        def write(file):
            write_keras3(file, layers)
            variables = file["layers/lstm/cell/vars"]
            kernel = variables["0"][...]
            del variables["0"]
            change(file, variables, kernel)
        return hdf5(write)

    def bomb(file, variables, kernel):
        # CVE-2026-0897: a small file states a dataset of many gigabytes, of which nothing is stored.
        variables.create_dataset("0", (1 << 20, 1 << 20), dtype="f4", chunks=(1 << 10, 1 << 10))

    def contiguous_bomb(file, variables, kernel):
        variables.create_dataset("0", (1 << 20, 1 << 20), dtype="f4")

    def soft(file, variables, kernel):
        variables["0"] = h5py.SoftLink("/layers/lstm/cell/vars/1")

    def external(file, variables, kernel):
        variables["0"] = h5py.ExternalLink("/etc/passwd", "/0")

    def storage(file, variables, kernel):
        variables.create_dataset("0", kernel.shape, dtype="f4", external=[("/etc/passwd", 0, kernel.nbytes)])

    def hard(file, variables, kernel):
        variables["0"] = file["layers/lstm_1/cell/vars/0"]

    def deflate_bomb(file, variables, kernel):
        # Every chunk is stored, but as zeros that are compressed a thousand times.
        variables.create_dataset("0", data=np.zeros((1000, 1000), "f4"), chunks=(1000, 100), compression="gzip")

    def inflation_bomb(file, variables, kernel):
        # No chunk is larger than all of them are in the file, but together they inflate to 500 times as much.
        variables.create_dataset("0", data=np.zeros((500, 1), "f4"), maxshape=(None, None), chunks=(1, 20000), compression="gzip", compression_opts=9)

    def filtered(file, variables, kernel):
        variables.create_dataset("0", data=kernel, fletcher32=True)

    def integers(file, variables, kernel):
        variables["0"] = kernel.astype("i4")

    def big_endian(file, variables, kernel):
        variables["0"] = kernel.astype(">f4")

    def other_shape(file, variables, kernel):
        variables["0"] = kernel.T.copy()

    def missing(file, variables, kernel):
        pass

    def infinite(file, variables, kernel):
        kernel[1, 1] = np.inf
        variables["0"] = kernel

    for change in (bomb, contiguous_bomb, soft, external, storage, hard, deflate_bomb, inflation_bomb, filtered, integers, big_endian, other_shape, missing, infinite):
        weights = with_change(change)
        put(f"hostile.{change.__name__}.weights.h5", weights)
        put(f"hostile.{change.__name__}.keras", keras_archive(config, weights))


main()
