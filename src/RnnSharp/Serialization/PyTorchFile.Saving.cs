using System.Numerics;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;

namespace RnnSharp.Serialization;

/// <content>Writing.</content>
public static partial class PyTorchFile
{
    private const string NumpyExtension = ".npz";
    private const string SafetensorsExtension = ".safetensors";

    /// <summary>
    /// Writes a model's tensors for PyTorch, as a safetensors file or as a .npz file by the extension of the path. The file replaces an existing
    /// one only when it is complete. Without a map the names are those of <see cref="ModelFile"/>: 0.weight_ih_l0 for a layer of an
    /// nn.ModuleList. With <see cref="NameMap.PyTorchModules{T}"/>, they are those of the modules of a class of your own. In PyTorch:
    /// <c>module.load_state_dict(safetensors.torch.load_file(path))</c>.
    /// </summary>
    /// <typeparam name="T">float (float32) or double (float64).</typeparam>
    /// <param name="model">A model of layers that PyTorch has as well.</param>
    /// <param name="path">The file, in an existing folder; it ends in .safetensors or .npz.</param>
    /// <param name="options">A map of names, formats and limits; the defaults when null.</param>
    /// <exception cref="ArgumentException">PyTorch does not have one of the layers or of their options, a parameter is not finite, two tensors get the same name, the model exceeds the limits, or the path has another extension.</exception>
    /// <exception cref="InvalidOperationException">A parameter changed during the call.</exception>
    /// <exception cref="IOException">The file cannot be written; or <see cref="UnauthorizedAccessException"/>.</exception>
    public static void Save<T>(ILayer<T> model, string path, TensorSaveOptions? options = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        string extension = Path.GetExtension(path);
        bool isNumpy = string.Equals(extension, NumpyExtension, StringComparison.OrdinalIgnoreCase);
        if (!isNumpy && !string.Equals(extension, SafetensorsExtension, StringComparison.OrdinalIgnoreCase)) throw Check.Shape(nameof(path), $"a file that ends in {SafetensorsExtension} or {NumpyExtension}", ErrorText.Path(path));
        options ??= TensorSaveOptions.Default;
        SavedTensors<T> tensors = Tensors(model, options);
        Action<Stream> write = isNumpy ? stream => NumpyFile.WriteModel(tensors, stream) : Safetensors(tensors, options);
        AtomicFile.Write(path, write);
    }

    /// <summary>Writes a model's tensors for PyTorch as a safetensors file at a stream's position. The stream stays open.</summary>
    /// <typeparam name="T">float (float32) or double (float64).</typeparam>
    /// <param name="model">A model of layers that PyTorch has as well.</param>
    /// <param name="stream">A writable stream; it need not support seeking.</param>
    /// <param name="options">A map of names, formats and limits; the defaults when null.</param>
    /// <exception cref="ArgumentException">As for a path, or the stream is not writable.</exception>
    /// <exception cref="InvalidOperationException">A parameter changed during the call; what was written is not a valid file.</exception>
    public static void Save<T>(ILayer<T> model, Stream stream, TensorSaveOptions? options = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        OpenedFile.RequireWritable(stream);
        options ??= TensorSaveOptions.Default;
        Safetensors(Tensors(model, options), options)(stream);
    }

    private static SavedTensors<T> Tensors<T>(ILayer<T> model, TensorSaveOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        FaultOf(model) is { } fault ? throw Check.Shape(nameof(model), "layers and options that PyTorch has", fault) : new SavedTensors<T>(model, options, withTied: true);

    private static Action<Stream> Safetensors<T>(SavedTensors<T> tensors, TensorSaveOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        SafetensorsWriter writer = SafetensorsWriter.CreatePlain<T>(tensors.Tensors, new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" }, options.Limits);
        return stream =>
        {
            writer.WriteTo<T>(stream, tensors.Fill);
            tensors.RequireUnchanged();
        };
    }

    /// <summary>The first layer or option that PyTorch does not have; null if it has all of them.</summary>
    private static string? FaultOf<T>(ILayer<T> layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => layer switch
        {
            // Comparing with the options that PyTorch has also finds any that are added later. Dropout does not change what the weights mean.
            LstmLayer<T> lstm when lstm.Options == new LstmOptions { Bias = lstm.Options.Bias, ProjectionSize = lstm.Options.ProjectionSize, RecurrentDropout = lstm.Options.RecurrentDropout } => null,
            GruLayer<T> gru when gru.Options == new GruOptions { Bias = gru.Options.Bias, RecurrentDropout = gru.Options.RecurrentDropout } => null,
            RnnLayer<T> { Activation.Kind: ActivationKind.Tanh or ActivationKind.Relu } rnn when rnn.Options == new RnnOptions { Bias = rnn.Options.Bias, RecurrentDropout = rnn.Options.RecurrentDropout } => null,
            LayerNormalizationLayer<T> { Epsilon: not PyTorchModelOptions.DefaultEpsilon } normalization => $"a layer normalization with an epsilon of {normalization.Epsilon}, which its tensors do not tell",
            DenseLayer<T> or EmbeddingLayer<T> or LayerNormalizationLayer<T> or DropoutLayer<T> => null,
            BidirectionalLayer<T> { Merge: not BidirectionalMerge.Concatenate } both => $"a bidirectional layer that merges by {both.Merge}",
            BidirectionalLayer<T> or LayerStack<T> => layer.Parts.Select(part => FaultOf(part.Layer)).FirstOrDefault(fault => fault is not null),
            _ => layer.ToString() ?? layer.GetType().Name,
        };
}
