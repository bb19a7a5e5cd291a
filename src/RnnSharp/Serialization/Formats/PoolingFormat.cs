using System.Text.Json;
using RnnSharp.Layers;

namespace RnnSharp.Serialization;

/// <summary>A pooling layer: size and kind.</summary>
internal sealed class PoolingFormat() : LayerFormat("pooling")
{
    private const string Size = "size";
    private const string Reduction = "pooling";

    // In the order of Pooling.
    private static readonly string[] Kinds = ["last", "mean", "max"];

    protected internal override LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer) =>
        layer is PoolingLayer<T> pooling ? new Description(pooling.InputSize, pooling.Kind) : null;

    protected internal override LayerDescription Read(LayerFields fields) => new Description(fields.Size(Size), (Pooling)fields.Choice(Reduction, Kinds));

    private sealed class Description(int size, Pooling pooling) : LayerDescription(size, size, isStreaming: false)
    {
        protected internal override void Write(Utf8JsonWriter writer)
        {
            writer.WriteNumber(Size, InputSize);
            writer.WriteString(Reduction, Kinds[(int)pooling]);
        }

        protected internal override ILayer<T> Create<T>(LayerFactory<T> factory) => new PoolingLayer<T>(InputSize, pooling);
    }
}
