using System.Text.Json;
using RnnSharp.Layers;
using RnnSharp.Recurrent;

namespace RnnSharp.Keras;

/// <summary>A function between two layers: Keras's Activation, or the activation option of the layer before.</summary>
internal sealed class InnerActivation(string name, KerasShape input, Activation function) : KerasLayer(name, "Activation")
{
    public override string GroupName => "activation";

    public override KerasShape Output => input;

    public override string? TensorFlowJsFault => KerasActivations.TensorFlowJsFault(KerasActivations.Of(function)!.Value);

    public override IReadOnlyList<ILayer<T>> Create<T>(int seed) => [new ActivationLayer<T>(input.Features, function)];

    public override void WriteConfig(Utf8JsonWriter writer) => writer.WriteString("activation", KerasActivations.NameOf(KerasActivations.Of(function)!.Value));
}
