using RnnSharp.Recurrent;

namespace RnnSharp.Onnx;

/// <summary>GRU, whose gates are z, r, h.</summary>
internal sealed class GruExporter : RecurrentExporter
{
    public override RecurrentNode<T>? NodeOf<T>(ILayer<T> layer)
    {
        if (layer is not GruLayer<T> gru || !HasOperator<T>(gru.Options)) return null;
        return new RecurrentNode<T>
        {
            Operator = "GRU",
            Layer = gru,
            Gates = [1, 0, 2],
            Activations = [gru.Options.GateActivation, gru.Options.CandidateActivation],
            DefaultActivations = [Activation.Sigmoid, Activation.Tanh],
            Attributes = [OnnxAttribute.Of("linear_before_reset", gru.Options.ResetBefore ? 0 : 1)],
        };
    }

    private protected override bool Supports<T>(ILayer<T> layer) => layer is GruLayer<T>;
}
