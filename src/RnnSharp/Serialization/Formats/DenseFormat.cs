using System.Text.Json;
using RnnSharp.Layers;

namespace RnnSharp.Serialization;

/// <summary>A dense layer: its sizes, and the weights that it may share.</summary>
internal sealed class DenseFormat() : LayerFormat("dense")
{
    private const string Input = "input";
    private const string Output = "output";
    private const string Weight = "weight";

    protected internal override LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer) =>
        layer is DenseLayer<T> dense ? new Description(dense.InputSize, dense.OutputSize, describer.TiedName(dense.Weights, Weight)) : null;

    protected internal override LayerDescription Read(LayerFields fields) => new Description(fields.Size(Input), fields.Size(Output), fields.TiedName());

    private sealed class Description(int inputSize, int outputSize, string? tied) : LayerDescription(inputSize, outputSize)
    {
        protected internal override void Write(Utf8JsonWriter writer)
        {
            writer.WriteNumber(Input, InputSize);
            writer.WriteNumber(Output, OutputSize);
            LayerFields.WriteTied(writer, tied);
        }

        protected internal override IEnumerable<TensorLayout> Tensors() =>
            [new(Weight, OutputSize, InputSize) { TiedTo = tied }, new("bias", OutputSize)];

        protected internal override ILayer<T> Create<T>(LayerFactory<T> factory) =>
            tied is null ? new DenseLayer<T>(InputSize, OutputSize, seed: 0) : new DenseLayer<T>(factory.Tied(tied), seed: 0);
    }
}
