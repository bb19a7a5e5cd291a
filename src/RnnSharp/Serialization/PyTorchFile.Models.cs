using System.Numerics;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;

namespace RnnSharp.Serialization;

/// <content>Models that follow from the tensors of a file.</content>
public static partial class PyTorchFile
{
    /// <summary>Tells the modules of a file from the names and shapes of its tensors, in the file's order.</summary>
    /// <param name="path">A file of torch.save or a safetensors file.</param>
    /// <param name="options">The state dictionary to open, and limits; the defaults when null.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="InvalidDataException">As for <see cref="Open(string, PyTorchOptions)"/>, or a tensor belongs to another kind of module. The message starts with the path.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static IReadOnlyList<PyTorchModule> Describe(string path, PyTorchOptions? options = null) => InFile(path, options, Describe);

    /// <summary>Tells the modules of an open file from the names and shapes of its tensors, in the file's order.</summary>
    /// <param name="tensors">The tensors of a state dictionary.</param>
    /// <exception cref="ArgumentNullException">The tensors are null.</exception>
    /// <exception cref="InvalidDataException">A tensor belongs to another kind of module.</exception>
    public static IReadOnlyList<PyTorchModule> Describe(TensorSource tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        return PyTorchModules.Infer(tensors, PyTorchModelOptions.Default);
    }

    /// <summary>
    /// Creates a model from a file: the modules that <see cref="Describe(string, PyTorchOptions)"/> finds, one after another. A module of
    /// several layers becomes as many layers. Whether the modules run in the order of the file is known only to the program that wrote it: pass
    /// a probe to be sure.
    /// </summary>
    /// <typeparam name="T">float or double; values of the other type, and of 16 bits, are converted.</typeparam>
    /// <param name="path">A file of torch.save or a safetensors file.</param>
    /// <param name="options">What tensors cannot tell; the defaults when null.</param>
    /// <param name="probe">An input and its output, which the model must compute; none when null.</param>
    /// <exception cref="ArgumentException">The path is empty, T is neither float nor double, or <see cref="PyTorchModelOptions.Kinds"/> does not fit the file's modules.</exception>
    /// <exception cref="InvalidDataException">As for <see cref="Describe(string, PyTorchOptions)"/>, the file describes its model (<see cref="ModelFile.DescribesModel"/>), the sizes of two modules do not fit together, an option does not fit the modules, a number is not finite or out of T's range, or the probe fails. The message starts with the path.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static LayerStack<T> CreateModel<T>(string path, PyTorchModelOptions? options = null, ModelProbe<T>? probe = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check.ElementType<T>();
        return InFile(path, (options ?? PyTorchModelOptions.Default).File, file => CreateModel(file, options, probe));
    }

    /// <summary>Creates a model from an open file, as <see cref="CreateModel{T}(string, PyTorchModelOptions, ModelProbe{T})"/> does.</summary>
    /// <typeparam name="T">float or double; values of the other type, and of 16 bits, are converted.</typeparam>
    /// <param name="tensors">The tensors of a state dictionary. The source is not disposed.</param>
    /// <param name="options">What tensors cannot tell; the defaults when null.</param>
    /// <param name="probe">An input and its output, which the model must compute; none when null.</param>
    /// <exception cref="ArgumentException">The tensors are null, T is neither float nor double, or <see cref="PyTorchModelOptions.Kinds"/> does not fit the modules.</exception>
    /// <exception cref="InvalidDataException">As for a path.</exception>
    public static LayerStack<T> CreateModel<T>(TensorSource tensors, PyTorchModelOptions? options = null, ModelProbe<T>? probe = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check.ElementType<T>();
        ArgumentNullException.ThrowIfNull(tensors);
        options ??= PyTorchModelOptions.Default;
        if (tensors.ModelLoader is { } loader) throw new InvalidDataException($"The file describes its model, which may be another one than its tensors tell. Use {loader}.");
        List<PyTorchModule> modules = PyTorchModules.Infer(tensors, options);
        RequireChain(modules);
        tensors.Verify();
        RequireSize<T>(tensors, options.File.Limits);

        // So that no model is created for a file that is rejected.
        ModelTensors.Validate<T>(tensors, options.AllowNonFinite);
        var layers = new List<ILayer<T>>();
        var names = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (PyTorchModule module in modules)
        {
            Add(module, options, layers, names);
            if (layers.Count >= options.File.Limits.Layers) throw new InvalidDataException($"The model has more than {options.File.Limits.Layers - 1} layers and a stack of them (ModelLimits.Layers: {options.File.Limits.Layers}).");
        }

        LayerStack<T> model;
        try
        {
            model = new LayerStack<T>(layers);
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"The model cannot be created: {exception.Message}", exception);
        }

        Fill(model, tensors, new ModelLoadIntoOptions { Names = name => names.GetValueOrDefault(name), MissingBiasesAreZero = true, AllowNonFinite = options.AllowNonFinite });
        probe?.Check(model);
        return model;
    }

    /// <summary>Reads the values of a model that no other code uses yet.</summary>
    private static void Fill<T>(LayerStack<T> model, TensorSource tensors, ModelLoadIntoOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        List<TensorMatch> matches = TensorMatches.Find([.. ModelDescription.Of(model, options.Formats).Tensors()], tensors, options);
        Dictionary<string, Parameter<T>> parameters = ModelTensors.ParametersByName(model);
        foreach (TensorMatch missing in matches.Where(match => match.Index < 0))
        {
            foreach (RowBlock block in missing.Tensor.Blocks) parameters[block.Parameter].Update(0, static (values, _) => values.Clear());
        }

        ModelTensors.Read(tensors, matches, parameters, options.AllowNonFinite);
    }

    private static void RequireChain(List<PyTorchModule> modules)
    {
        for (int i = 1; i < modules.Count; i++)
        {
            if (modules[i].Kind == PyTorchModuleKind.Embedding) throw new InvalidDataException($"{modules[i]} takes tokens, and {modules[i - 1]} before it returns features.");
            if (modules[i].InputSize != modules[i - 1].OutputSize)
                throw new InvalidDataException($"{modules[i]} does not fit {modules[i - 1]} before it, which has {modules[i - 1].OutputSize} outputs. Create the model yourself and use LoadInto.");
        }
    }

    /// <summary>Tensors may share their storages, so that a small file can have many large ones; a model has each of its own.</summary>
    private static void RequireSize<T>(TensorSource tensors, ModelLimits limits)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Int128 elements = 0, bytes = 0;
        foreach (TensorInfo tensor in tensors.Tensors)
        {
            elements += tensor.Count;
            bytes += (Int128)tensor.Count * TensorBytes.SizeOf(tensor.Type);
        }

        Int128 taken = elements * System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
        if (taken > limits.ParameterBytes) throw new InvalidDataException($"The model's parameters take {taken} bytes: expected at most {limits.ParameterBytes} (ModelLimits.ParameterBytes).");
        if (tensors.DataBytes is { } data && bytes > 2 * (Int128)data) throw new InvalidDataException($"The file's tensors have {bytes} bytes, but share {data}: expected tensors that share theirs with at most one other.");
    }

    private static void Add<T>(PyTorchModule module, PyTorchModelOptions options, List<ILayer<T>> layers, Dictionary<string, string?> names)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        string prefix = module.Name.Length == 0 ? "" : $"{module.Name}.";
        if (!module.IsRecurrent)
        {
            names[$"{prefix}weight"] = $"{layers.Count}.weight";
            names[$"{prefix}bias"] = $"{layers.Count}.bias";
            layers.Add(Create(() => module.Kind switch
            {
                PyTorchModuleKind.Linear => new DenseLayer<T>(module.InputSize, module.OutputSize, seed: 0),
                PyTorchModuleKind.Embedding => new EmbeddingLayer<T>(module.InputSize, module.OutputSize, seed: 0, options.PaddingToken),
                _ => (ILayer<T>)new LayerNormalizationLayer<T>(module.InputSize, options.Epsilon),
            }));
            return;
        }

        int directions = module.IsBidirectional ? 2 : 1;
        for (int layer = 0; layer < module.Layers; layer++)
        {
            if (layer > 0 && options.Dropout > 0) layers.Add(Create(() => new DropoutLayer<T>(module.OutputSize, options.Dropout)));
            foreach (string tensor in (string[])["weight_ih", "weight_hh", "weight_hr", "bias_ih", "bias_hh"])
            {
                names[$"{prefix}{tensor}_l{layer}"] = $"{layers.Count}.{tensor}_l0";
                names[$"{prefix}{tensor}_l{layer}_reverse"] = $"{layers.Count}.{tensor}_l0_reverse";
            }

            int inputs = layer == 0 ? module.InputSize : module.OutputSize;
            layers.Add(Create(() => directions == 1 ? Recurrent<T>(module, inputs, options, 0) : Bidirectional.Of(seed => Recurrent<T>(module, inputs, options, seed), seed: 0)));
        }
    }

    private static ILayer<T> Recurrent<T>(PyTorchModule module, int inputs, PyTorchModelOptions options, int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RecurrentBias bias = module.HasBias ? RecurrentBias.Separate : RecurrentBias.None;
        return module.Kind switch
        {
            PyTorchModuleKind.Rnn => new RnnLayer<T>(inputs, module.HiddenSize, seed, options.Activation, new RnnOptions { Bias = bias }),
            PyTorchModuleKind.Gru => new GruLayer<T>(inputs, module.HiddenSize, seed, new GruOptions { Bias = bias }),
            _ => new LstmLayer<T>(inputs, module.HiddenSize, seed, new LstmOptions { Bias = bias, ProjectionSize = module.ProjectionSize }),
        };
    }

    /// <summary>Creates a layer whose sizes are from a file, and may be too large.</summary>
    private static ILayer<T> Create<T>(Func<ILayer<T>> create)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        try
        {
            return create();
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"The model cannot be created: {exception.Message}", exception);
        }
    }
}
