using System.Globalization;
using RnnSharp.Numerics;

namespace RnnSharp.Serialization;

/// <summary>Infers modules from the names and shapes of a state dictionary.</summary>
internal static class PyTorchModules
{
    private const string Reverse = "_reverse";
    private const int MostLayers = 1000;

    /// <summary>The modules, in the order of the file.</summary>
    /// <exception cref="ArgumentException">A kind is for no module of the file, or for one of another kind.</exception>
    /// <exception cref="InvalidDataException">A tensor belongs to no module that is known.</exception>
    public static List<PyTorchModule> Infer(TensorSource file, PyTorchModelOptions options)
    {
        var order = new List<string>();
        var groups = new Dictionary<string, Dictionary<string, TensorInfo>>(StringComparer.Ordinal);
        foreach (TensorInfo tensor in file.Tensors)
        {
            int dot = tensor.Name.LastIndexOf('.');
            string prefix = dot < 0 ? "" : tensor.Name[..dot];
            if (!groups.TryGetValue(prefix, out Dictionary<string, TensorInfo>? group))
            {
                groups[prefix] = group = new Dictionary<string, TensorInfo>(StringComparer.Ordinal);
                order.Add(prefix);
            }

            group[tensor.Name[(dot + 1)..]] = tensor;
        }

        if (order.Count == 0) throw new InvalidDataException("The file has no tensors.");
        var modules = new List<PyTorchModule>(order.Count);
        foreach (string prefix in order)
        {
            PyTorchModuleKind? kind = options.Kinds.TryGetValue(prefix, out PyTorchModuleKind chosen) ? chosen : null;
            PyTorchModule module = Infer(prefix, groups[prefix], modules.Count == 0, kind);
            if (kind is not null && module.Kind != kind) throw Check.Shape(nameof(options), $"kinds that fit the tensors ({module})", $"{kind} for {ErrorText.Quote(prefix)} in {nameof(PyTorchModelOptions.Kinds)}");
            modules.Add(module);
        }

        foreach (string name in options.Kinds.Keys)
        {
            if (!groups.ContainsKey(name)) throw Check.Shape(nameof(options), $"kinds of modules that the file has ({Named(modules)})", $"{ErrorText.Quote(name)} in {nameof(PyTorchModelOptions.Kinds)}");
        }

        return modules;
    }

    private static ErrorList Named(List<PyTorchModule> modules)
    {
        var list = new ErrorList();
        foreach (PyTorchModule module in modules) list.Add(list.HasRoom ? $"{module}" : "");
        return list;
    }

    private static PyTorchModule Infer(string name, Dictionary<string, TensorInfo> tensors, bool isFirst, PyTorchModuleKind? kind)
    {
        if (tensors.ContainsKey("weight_ih_l0")) return Recurrent(name, tensors);
        if (!tensors.TryGetValue("weight", out TensorInfo weight)) throw Unknown(name, tensors);
        bool hasBias = tensors.TryGetValue("bias", out TensorInfo bias);
        if (tensors.Count != (hasBias ? 2 : 1)) throw Unknown(name, tensors);
        int[] shape = Sizes(weight);
        if (hasBias && (bias.Shape.Length != 1 || shape.Length == 0 || bias.Shape.Span[0] != shape[0])) throw Unknown(name, tensors);
        switch (shape.Length)
        {
            case 1:
                return new PyTorchModule { Name = name, Kind = PyTorchModuleKind.LayerNorm, InputSize = shape[0], OutputSize = shape[0], HasBias = hasBias };
            case 2 when hasBias || kind == PyTorchModuleKind.Linear || (kind is null && !isFirst):
                return new PyTorchModule { Name = name, Kind = PyTorchModuleKind.Linear, InputSize = shape[1], OutputSize = shape[0], HasBias = hasBias };
            case 2:
                return new PyTorchModule { Name = name, Kind = PyTorchModuleKind.Embedding, InputSize = shape[0], OutputSize = shape[1] };
            default:
                throw Unknown(name, tensors);
        }
    }

    private static PyTorchModule Recurrent(string name, Dictionary<string, TensorInfo> tensors)
    {
        int[] first = Sizes(tensors["weight_ih_l0"]), second = Sizes(tensors, name, "weight_hh_l0");
        bool isBidirectional = tensors.ContainsKey($"weight_ih_l0{Reverse}");
        bool hasBias = tensors.ContainsKey("bias_ih_l0");
        bool isProjected = tensors.ContainsKey("weight_hr_l0");
        if (first.Length != 2 || second.Length != 2) throw Unknown(name, tensors);
        int output = second[1], hidden = isProjected ? Projected(name, tensors) : output;
        if (first[0] % hidden != 0) throw Unknown(name, tensors);
        PyTorchModuleKind kind = (first[0] / hidden) switch
        {
            1 when !isProjected => PyTorchModuleKind.Rnn,
            3 when !isProjected => PyTorchModuleKind.Gru,
            4 => PyTorchModuleKind.Lstm,
            var gates => throw new InvalidDataException($"Module {ErrorText.Quote(name)}: expected 1, 3 or 4 gates (RNN, GRU, LSTM), got {gates} of {hidden} units."),
        };
        int layers = 0, directions = isBidirectional ? 2 : 1, seen = 0;
        while (tensors.ContainsKey($"weight_ih_l{layers.ToString(CultureInfo.InvariantCulture)}")) layers++;
        if (layers > MostLayers) throw new InvalidDataException($"Module {ErrorText.Quote(name)} has {layers} layers: expected at most {MostLayers}.");
        for (int layer = 0; layer < layers; layer++)
        {
            for (int direction = 0; direction < directions; direction++)
            {
                string suffix = $"_l{layer.ToString(CultureInfo.InvariantCulture)}{(direction == 0 ? "" : Reverse)}";
                Expect($"weight_ih{suffix}", first[0], layer == 0 ? first[1] : directions * output);
                Expect($"weight_hh{suffix}", first[0], output);
                if (hasBias) Expect($"bias_ih{suffix}", first[0]);
                if (hasBias) Expect($"bias_hh{suffix}", first[0]);
                if (isProjected) Expect($"weight_hr{suffix}", output, hidden);
            }
        }

        if (seen != tensors.Count) throw Unknown(name, tensors);
        return new PyTorchModule { Name = name, Kind = kind, InputSize = first[1], OutputSize = directions * output, HiddenSize = hidden, Layers = layers, IsBidirectional = isBidirectional, ProjectionSize = isProjected ? output : null, HasBias = hasBias };

        void Expect(string tensor, params ReadOnlySpan<long> shape)
        {
            seen++;
            if (!tensors.TryGetValue(tensor, out TensorInfo found)) throw new InvalidDataException($"Module {ErrorText.Quote(name)}: the tensor {ErrorText.Quote(tensor)} of shape {ErrorText.Shape(shape)} is missing.");
            if (!found.Shape.Span.SequenceEqual(shape)) throw new InvalidDataException($"Module {ErrorText.Quote(name)}: {ErrorText.Quote(tensor)} has shape {ErrorText.Shape(found.Shape.Span)}, expected {ErrorText.Shape(shape)}.");
        }
    }

    private static int Projected(string name, Dictionary<string, TensorInfo> tensors) => Sizes(tensors["weight_hr_l0"]) is [_, var hidden] ? hidden : throw Unknown(name, tensors);

    private static int[] Sizes(Dictionary<string, TensorInfo> tensors, string module, string name) =>
        tensors.TryGetValue(name, out TensorInfo tensor) ? Sizes(tensor) : throw new InvalidDataException($"Module {ErrorText.Quote(module)}: the tensor {ErrorText.Quote(name)} is missing.");

    private static int[] Sizes(in TensorInfo tensor)
    {
        var sizes = new int[tensor.Shape.Length];
        for (int i = 0; i < sizes.Length; i++)
        {
            long size = tensor.Shape.Span[i];
            sizes[i] = size is >= 1 and <= int.MaxValue ? (int)size : throw new InvalidDataException($"Tensor {ErrorText.Quote(tensor.Name)}: expected sizes of 1 to {int.MaxValue}, got {ErrorText.Shape(tensor.Shape.Span)}.");
        }

        return sizes;
    }

    private static InvalidDataException Unknown(string name, Dictionary<string, TensorInfo> tensors)
    {
        var list = new ErrorList();
        foreach ((string tensor, TensorInfo info) in tensors) list.Add(list.HasRoom ? $"{ErrorText.Quote(tensor)} of shape {ErrorText.Shape(info.Shape.Span)}" : "");
        return new InvalidDataException($"Module {ErrorText.Quote(name)} is none of RNN, LSTM, GRU, Linear, Embedding and LayerNorm: it has {list}.");
    }
}
