using RnnSharp.Numerics;
using RnnSharp.Serialization;

namespace RnnSharp.Quantization;

/// <summary>How <see cref="QuantizationExtensions.Quantize"/> quantizes a model.</summary>
public sealed record QuantizationOptions
{
    internal static readonly QuantizationOptions Default = new();

    /// <summary>How weights are stored; <see cref="QuantizedType.Int8"/> by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a value that is not defined.</exception>
    public QuantizedType Type
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected a QuantizedType, got {value}.");
    }

    /// <summary>
    /// Layers to keep in float, with all their parts, such as an output layer that loses too much: it is called for every layer of the
    /// model, from the outside in. None when null.
    /// </summary>
    public Func<ILayer<float>, bool>? Keep { get; init; }

    /// <summary>The kinds of layers, for models with kinds of their own; <see cref="LayerFormats.BuiltIn"/> by default.</summary>
    /// <exception cref="ArgumentNullException">Set to null.</exception>
    public LayerFormats Formats { get; init => field = Check.NotNull(value); } = LayerFormats.BuiltIn;
}
