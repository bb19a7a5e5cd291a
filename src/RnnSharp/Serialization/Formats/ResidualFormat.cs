using RnnSharp.Layers;

namespace RnnSharp.Serialization;

/// <summary>A residual layer: its inner layer.</summary>
internal sealed class ResidualFormat() : LayerFormat("residual")
{
    protected internal override LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer) =>
        layer.GetType() == typeof(ResidualLayer<T>) ? new Description(describer.Parts()) : null;

    protected internal override LayerDescription Read(LayerFields fields)
    {
        IReadOnlyList<PartDescription> parts = fields.Parts("0");
        LayerDescription inner = parts[0].Layer;
        if (inner.InputSize != inner.OutputSize) throw fields.Invalid($"the inner layer has {inner.InputSize} inputs and {inner.OutputSize} outputs, which cannot be added.");
        if (!inner.TakesFeatures) throw fields.Invalid("the inner layer takes only tokens, which cannot be added to its output.");
        return new Description(parts);
    }

    private sealed class Description(IReadOnlyList<PartDescription> parts)
        : LayerDescription(parts[0].Layer.InputSize, parts[0].Layer.OutputSize, parts[0].Layer.IsStreaming, parts)
    {
        protected internal override ILayer<T> Create<T>(LayerFactory<T> factory) => new ResidualLayer<T>(factory.Parts()[0]);
    }
}
