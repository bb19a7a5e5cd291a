using System.Text.Json;
using RnnSharp.Layers;

namespace RnnSharp.Serialization;

/// <summary>A quantized dense layer: its sizes and the type of its weights.</summary>
internal sealed class QuantizedDenseFormat() : LayerFormat("quantized_dense")
{
    private const string Input = "input";
    private const string Output = "output";

    protected internal override LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer) =>
        (object)layer is QuantizedDenseLayer dense ? new Description(dense.Type, dense.InputSize, dense.OutputSize) : null;

    protected internal override LayerDescription Read(LayerFields fields) => new Description(QuantizedFormat.Read(fields), fields.Size(Input), fields.Size(Output));

    private sealed class Description(QuantizedType type, int inputSize, int outputSize) : LayerDescription(inputSize, outputSize)
    {
        protected internal override void Write(Utf8JsonWriter writer)
        {
            QuantizedFormat.Write(writer, type);
            writer.WriteNumber(Input, InputSize);
            writer.WriteNumber(Output, OutputSize);
        }

        protected internal override IEnumerable<TensorLayout> Tensors() => [.. QuantizedFormat.Matrix(type, "weight", OutputSize, InputSize), QuantizedFormat.Vector("bias", OutputSize)];

        protected internal override ILayer<T> Create<T>(LayerFactory<T> factory) => QuantizedFormat.Create<T>(() => new QuantizedDenseLayer(type, InputSize, OutputSize));
    }
}
