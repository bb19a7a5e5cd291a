using RnnSharp.Layers;

namespace RnnSharp.Serialization;

/// <summary>A layer that runs backward in time. Its tensors have the names of the inner layer's.</summary>
internal sealed class ReverseFormat() : LayerFormat("reverse")
{
    protected internal override LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer) =>
        layer is ReverseLayer<T> ? new Description(describer.Parts()) : null;

    protected internal override LayerDescription Read(LayerFields fields) => new Description(fields.Parts(""));

    private sealed class Description(IReadOnlyList<PartDescription> parts)
        : LayerDescription(parts[0].Layer.InputSize, parts[0].Layer.OutputSize, isStreaming: false, parts)
    {
        internal override bool TakesFeatures => Parts[0].Layer.TakesFeatures;

        protected internal override ILayer<T> Create<T>(LayerFactory<T> factory) => new ReverseLayer<T>(factory.Parts()[0]);
    }
}
