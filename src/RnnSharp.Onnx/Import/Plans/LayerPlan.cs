using System.Numerics;

namespace RnnSharp.Onnx.Import;

/// <summary>A layer that is going to be created, checked against the file but without its parameters.</summary>
internal abstract class LayerPlan
{
    /// <summary>The node that it comes from, for a message.</summary>
    public required string Node { get; init; }

    /// <summary>Whether every example must have all steps, because the graph reads the padding of shorter ones.</summary>
    public virtual bool NeedsFullLength => Parts.Any(part => part.NeedsFullLength);

    /// <summary>The constants that its parameters are read from.</summary>
    public virtual IEnumerable<ConstantValue?> Constants => [];

    /// <summary>The layers within it.</summary>
    public virtual IEnumerable<LayerPlan> Parts => [];

    /// <summary>Creates the layer.</summary>
    /// <param name="builder">Creates the layers within it.</param>
    /// <param name="prefix">The prefix of its state leaves in the model's state.</param>
    public abstract ILayer<T> Create<T>(LayerBuilder<T> builder, string prefix)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
