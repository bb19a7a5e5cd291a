using RnnSharp.Layers;

namespace RnnSharp.Serialization;

/// <summary>A stack of layers.</summary>
internal sealed class StackFormat() : LayerFormat("stack")
{
    protected internal override LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer) =>
        layer.GetType() == typeof(LayerStack<T>) ? new Description(describer.Parts()) : null;

    protected internal override LayerDescription Read(LayerFields fields)
    {
        IReadOnlyList<PartDescription> parts = fields.NumberedParts();
        for (int i = 1; i < parts.Count; i++)
        {
            int inputs = parts[i].Layer.InputSize, outputs = parts[i - 1].Layer.OutputSize;
            if (inputs != outputs) throw fields.Invalid($"layer {i} has {inputs} inputs, and the layer before it {outputs} outputs.");
            if (!parts[i].Layer.TakesFeatures) throw fields.Invalid($"layer {i} takes only tokens, and the layer before it returns features.");
        }

        return new Description(parts);
    }

    private sealed class Description(IReadOnlyList<PartDescription> parts)
        : LayerDescription(parts[0].Layer.InputSize, parts[^1].Layer.OutputSize, parts.All(part => part.Layer.IsStreaming), parts)
    {
        internal override bool TakesFeatures => Parts[0].Layer.TakesFeatures;

        protected internal override ILayer<T> Create<T>(LayerFactory<T> factory) => new LayerStack<T>(factory.Parts());
    }
}
