using System.Text.Json;
using RnnSharp.Layers;
using RnnSharp.Recurrent;

namespace RnnSharp.Serialization;

/// <summary>An activation layer: size and function.</summary>
internal sealed class ActivationFormat() : LayerFormat("activation")
{
    private const string Size = "size";
    private const string Function = "function";

    protected internal override LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer) =>
        layer is ActivationLayer<T> activation ? new Description(activation.InputSize, activation.Activation) : null;

    protected internal override LayerDescription Read(LayerFields fields) => new Description(fields.Size(Size), fields.Activation(Function));

    private sealed class Description(int size, Activation function) : LayerDescription(size, size)
    {
        protected internal override void Write(Utf8JsonWriter writer)
        {
            writer.WriteNumber(Size, InputSize);
            writer.WriteActivation(Function, function);
        }

        protected internal override ILayer<T> Create<T>(LayerFactory<T> factory) => new ActivationLayer<T>(InputSize, function);
    }
}
