using System.Collections.ObjectModel;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;

namespace RnnSharp.Serialization;

/// <summary>How <see cref="PyTorchFile.CreateModel{T}(string, PyTorchModelOptions, ModelProbe{T})"/> creates a model: what tensors cannot tell.</summary>
public sealed record PyTorchModelOptions
{
    internal const double DefaultEpsilon = 1e-5;

    internal static readonly PyTorchModelOptions Default = new();

    /// <summary>The nonlinearity of the RNN modules: <see cref="Recurrent.Activation.Tanh"/>, the default as in PyTorch, or <see cref="Recurrent.Activation.Relu"/>.</summary>
    /// <exception cref="ArgumentException">Set to another activation.</exception>
    public Activation Activation
    {
        get;
        init => field = value == Activation.Tanh || value == Activation.Relu ? value : throw Check.Shape(nameof(value), $"{Activation.Tanh} or {Activation.Relu}, which PyTorch has", $"{value}");
    } = Activation.Tanh;

    /// <summary>The dropout rate between the layers of a recurrent module, at least 0 and below 1; 0 by default. It matters only for further training.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to another number.</exception>
    public double Dropout { get; init => field = value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected at least 0 and below 1, got {value}."); }

    /// <summary>The eps of the LayerNorm modules; 1e-5 by default, as in PyTorch.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to 0 or less, or no finite number.</exception>
    public double Epsilon { get; init => field = Check.Positive(value); } = DefaultEpsilon;

    /// <summary>The padding_idx of the Embedding modules; none by default. It matters only for further training.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 0.</exception>
    public int? PaddingToken { get; init => field = value is { } token ? Check.NotNegative(token, nameof(value)) : null; }

    /// <summary>
    /// The kinds of modules that names and shapes leave open, by name: a single matrix without a bias is a Linear or an Embedding. When a
    /// module is not listed, it is an Embedding if it comes first, and a Linear if not.
    /// A name that the file does not have, and a kind that its tensors contradict, are refused.
    /// </summary>
    /// <exception cref="ArgumentNullException">Set to null.</exception>
    public IReadOnlyDictionary<string, PyTorchModuleKind> Kinds { get; init => field = Check.NotNull(value); } = ReadOnlyDictionary<string, PyTorchModuleKind>.Empty;

    /// <summary>Whether parameters may hold NaN and infinities. False by default.</summary>
    public bool AllowNonFinite { get; init; }

    /// <summary>The state dictionary to open, and limits.</summary>
    /// <exception cref="ArgumentNullException">Set to null.</exception>
    public PyTorchOptions File { get; init => field = Check.NotNull(value); } = PyTorchOptions.Default;
}
