using System.Numerics;
using System.Text.Json;
using RnnSharp.Numerics;

namespace RnnSharp.Serialization;

/// <summary>
/// A layer without its parameter values: sizes, options, parts, and the names and shapes of its tensors. A file is validated against it
/// before anything is allocated; then it creates the layer.
/// </summary>
public abstract class LayerDescription
{
    /// <summary>Describes a layer.</summary>
    /// <param name="inputSize">Features of the input, at least 1.</param>
    /// <param name="outputSize">Features of the output, at least 1.</param>
    /// <param name="isStreaming">Whether the layer can run one step at a time, as <see cref="ILayer{T}.IsStreaming"/> says.</param>
    /// <param name="parts">The layers that it consists of, from <see cref="LayerDescriber{T}.Parts"/> or <see cref="LayerFields.Parts"/>; none when null.</param>
    /// <exception cref="ArgumentException">A size is out of range.</exception>
    protected LayerDescription(int inputSize, int outputSize, bool isStreaming = true, IReadOnlyList<PartDescription>? parts = null)
    {
        InputSize = Check.Positive(inputSize);
        OutputSize = Check.Positive(outputSize);
        IsStreaming = isStreaming;
        Parts = parts ?? [];
    }

    /// <summary>Features of the input.</summary>
    public int InputSize { get; }

    /// <summary>Features of the output.</summary>
    public int OutputSize { get; }

    /// <summary>Whether the layer can run one step at a time.</summary>
    public bool IsStreaming { get; }

    /// <summary>The layers that it consists of, in the order of <see cref="ILayer{T}.Parts"/>.</summary>
    public IReadOnlyList<PartDescription> Parts { get; }

    /// <summary>The name of the kind, set by the format that created the description.</summary>
    internal string Kind { get; set; } = "";

    /// <summary>Whether the layer accepts features, not only tokens.</summary>
    internal virtual bool TakesFeatures => true;

    /// <summary>
    /// How often one call runs the parts: the steps of a feedback layer. It counts towards <see cref="ModelLimits.RepeatedSteps"/>.
    /// </summary>
    protected internal virtual int Repetitions => 1;

    /// <summary>Writes the layer's own fields, each a property with a number, text or flag. The caller writes the parts.</summary>
    /// <param name="writer">The writer, inside the layer's object.</param>
    protected internal virtual void Write(Utf8JsonWriter writer)
    {
    }

    /// <summary>The tensors that hold the layer's own parameters, without those of its parts. None by default.</summary>
    protected internal virtual IEnumerable<TensorLayout> Tensors() => [];

    /// <summary>Creates the layer. Its parameter values are overwritten afterwards, so any seed will do.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="factory">Creates the layer's parts and finds shared parameters.</param>
    protected internal abstract ILayer<T> Create<T>(LayerFactory<T> factory)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary>A part of a described layer.</summary>
/// <param name="Name">The part's name in the layer, as in <see cref="LayerPart{T}"/>.</param>
/// <param name="Layer">The part.</param>
/// <exception cref="ArgumentNullException">The name or the part is null.</exception>
public sealed record PartDescription(string Name, LayerDescription Layer)
{
    /// <summary>The part's name in the layer, as in <see cref="LayerPart{T}"/>.</summary>
    public string Name { get; init => field = Check.NotNull(value); } = Check.NotNull(Name);

    /// <summary>The part.</summary>
    public LayerDescription Layer { get; init => field = Check.NotNull(value); } = Check.NotNull(Layer);

    /// <summary>The prefix of the part's parameter names in the layer.</summary>
    internal string ParameterPrefix { get; } = Name.Length == 0 ? "" : Name + ".";

    /// <summary>The prefix of the part's tensor names in the layer; null for the <see cref="ParameterPrefix"/>.</summary>
    internal string? TensorPrefix { get; init; }

    /// <summary>The suffix of the part's tensor names in the layer.</summary>
    internal string TensorSuffix { get; init; } = "";
}
