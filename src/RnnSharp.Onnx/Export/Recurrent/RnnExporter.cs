using RnnSharp.Recurrent;

namespace RnnSharp.Onnx;

/// <summary>RNN.</summary>
internal sealed class RnnExporter : RecurrentExporter
{
    public override RecurrentNode<T>? NodeOf<T>(ILayer<T> layer)
    {
        if (layer is not RnnLayer<T> rnn || !HasOperator<T>(rnn.Options)) return null;
        return new RecurrentNode<T> { Operator = "RNN", Layer = rnn, Gates = [0], Activations = [rnn.Activation], DefaultActivations = [Activation.Tanh] };
    }

    private protected override bool Supports<T>(ILayer<T> layer) => layer is RnnLayer<T>;
}
