using System.Text.Json;
using RnnSharp.Layers;

namespace RnnSharp.Serialization;

/// <summary>A bidirectional layer: both directions, and how their outputs are merged.</summary>
internal sealed class BidirectionalFormat() : LayerFormat("bidirectional")
{
    private const string Merge = "merge";

    // In the order of BidirectionalMerge.
    private static readonly string[] Merges = ["concatenate", "sum", "average", "multiply"];

    protected internal override LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer) =>
        layer is BidirectionalLayer<T> both ? new Description(both.Merge, describer.Parts()) : null;

    protected internal override LayerDescription Read(LayerFields fields)
    {
        var merge = (BidirectionalMerge)fields.Choice(Merge, Merges);
        IReadOnlyList<PartDescription> parts = fields.Parts("forward", "backward");
        (LayerDescription forward, LayerDescription backward) = (parts[0].Layer, parts[1].Layer);
        if (backward.InputSize != forward.InputSize)
            throw fields.Invalid($"the forward layer has {forward.InputSize} inputs, and the backward layer {backward.InputSize}.");
        if (merge != BidirectionalMerge.Concatenate && backward.OutputSize != forward.OutputSize)
            throw fields.Invalid($"the forward layer has {forward.OutputSize} outputs, and the backward layer {backward.OutputSize}, which are not concatenated.");
        if ((long)forward.OutputSize + backward.OutputSize > Array.MaxLength)
            throw fields.Invalid($"the two layers have {(long)forward.OutputSize + backward.OutputSize} outputs, more than {Array.MaxLength}.");
        return new Description(merge, parts);
    }

    /// <summary>Two recurrent layers have PyTorch's names, because together they are one layer of PyTorch's; the names of other layers start with the direction.</summary>
    private static IReadOnlyList<PartDescription> Named(IReadOnlyList<PartDescription> parts) => parts.All(part => part.Layer is RecurrentDescription)
        ? [parts[0] with { TensorPrefix = "" }, parts[1] with { TensorPrefix = "", TensorSuffix = "_reverse" }]
        : parts;

    private sealed class Description(BidirectionalMerge merge, IReadOnlyList<PartDescription> parts) : LayerDescription(
        parts[0].Layer.InputSize,
        merge == BidirectionalMerge.Concatenate ? parts[0].Layer.OutputSize + parts[1].Layer.OutputSize : parts[0].Layer.OutputSize,
        isStreaming: false,
        Named(parts))
    {
        internal override bool TakesFeatures => Parts.All(part => part.Layer.TakesFeatures);

        protected internal override void Write(Utf8JsonWriter writer) => writer.WriteString(Merge, Merges[(int)merge]);

        protected internal override ILayer<T> Create<T>(LayerFactory<T> factory)
        {
            IReadOnlyList<ILayer<T>> created = factory.Parts();
            return new BidirectionalLayer<T>(created[0], created[1], merge);
        }
    }
}
