using System.Text.Json;
using RnnSharp.Layers;

namespace RnnSharp.Serialization;

/// <summary>A reversible normalization: its options and its inner layer. The tensors have the names of the authors' PyTorch code.</summary>
internal sealed class ReversibleNormalizationFormat() : LayerFormat("reversible_normalization")
{
    private const string Affine = "affine";
    private const string Last = "subtract_last";
    private const string Epsilon = "epsilon";

    protected internal override LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer) =>
        layer is ReversibleNormalizationLayer<T> reversible ? new Description(reversible.IsAffine, reversible.SubtractsLast, reversible.Epsilon, describer.Parts()) : null;

    protected internal override LayerDescription Read(LayerFields fields)
    {
        bool affine = fields.Flag(Affine), last = fields.Flag(Last);
        double epsilon = fields.Number(Epsilon, "above 0 and within float's range", LayerNormalizationLayer<double>.Allows);
        IReadOnlyList<PartDescription> parts = fields.Parts("0");
        LayerDescription inner = parts[0].Layer;
        if (inner.InputSize != inner.OutputSize) throw fields.Invalid($"the inner layer has {inner.InputSize} inputs and {inner.OutputSize} outputs, which cannot be put back.");
        if (!inner.TakesFeatures) throw fields.Invalid("the inner layer takes only tokens, which cannot be normalized.");
        return new Description(affine, last, epsilon, parts);
    }

    private sealed class Description(bool affine, bool last, double epsilon, IReadOnlyList<PartDescription> parts)
        : LayerDescription(parts[0].Layer.InputSize, parts[0].Layer.OutputSize, isStreaming: false, parts)
    {
        protected internal override void Write(Utf8JsonWriter writer)
        {
            writer.WriteBoolean(Affine, affine);
            writer.WriteBoolean(Last, last);
            writer.WriteNumber(Epsilon, epsilon);
        }

        protected internal override IEnumerable<TensorLayout> Tensors() => affine ? [new("affine_weight", InputSize), new("affine_bias", InputSize)] : [];

        protected internal override ILayer<T> Create<T>(LayerFactory<T> factory) => new ReversibleNormalizationLayer<T>(factory.Parts()[0], affine, last, epsilon);
    }
}
