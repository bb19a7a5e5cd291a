using System.Numerics;

namespace RnnSharp.Onnx.Import;

/// <summary>A layer that is going to be created, checked against the file but without its parameters.</summary>
internal abstract class LayerPlan
{
    /// <summary>The node that it comes from, for a message.</summary>
    public required string Node { get; init; }

    /// <summary>Whether every example must have all steps, because the graph reads the padding of shorter ones.</summary>
    public virtual bool NeedsFullLength => Parts.Any(part => part.Layers.Any(layer => layer.NeedsFullLength));

    /// <summary>The constants that its parameters are read from.</summary>
    public virtual IEnumerable<ConstantValue?> Constants => [];

    /// <summary>The stacks of layers within it, and what their state leaves are prefixed with.</summary>
    public virtual IReadOnlyList<(string Prefix, IReadOnlyList<LayerPlan> Layers)> Parts => [];

    /// <summary>Creates the layer.</summary>
    /// <param name="builder">Creates the layers within it and reads the constants.</param>
    public abstract ILayer<T> Create<T>(LayerBuilder<T> builder)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
