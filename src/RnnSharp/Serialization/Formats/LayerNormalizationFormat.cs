using System.Text.Json;
using RnnSharp.Layers;

namespace RnnSharp.Serialization;

/// <summary>A layer normalization: size and epsilon.</summary>
internal sealed class LayerNormalizationFormat() : LayerFormat("layer_norm")
{
    private const string Size = "size";
    private const string Epsilon = "epsilon";

    protected internal override LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer) =>
        layer is LayerNormalizationLayer<T> normalization ? new Description(normalization.InputSize, normalization.Epsilon) : null;

    protected internal override LayerDescription Read(LayerFields fields) =>
        new Description(fields.Size(Size), fields.Number(Epsilon, "a number above 0 within float's range", LayerNormalizationLayer<double>.Allows));

    private sealed class Description(int size, double epsilon) : LayerDescription(size, size)
    {
        protected internal override void Write(Utf8JsonWriter writer)
        {
            writer.WriteNumber(Size, InputSize);
            writer.WriteNumber(Epsilon, epsilon);
        }

        protected internal override IEnumerable<TensorLayout> Tensors() => [new("weight", InputSize), new("bias", InputSize)];

        protected internal override ILayer<T> Create<T>(LayerFactory<T> factory) => new LayerNormalizationLayer<T>(InputSize, epsilon);
    }
}
