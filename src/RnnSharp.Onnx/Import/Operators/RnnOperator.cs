using RnnSharp.Recurrent;

namespace RnnSharp.Onnx.Import;

/// <summary>RNN.</summary>
internal sealed class RnnOperator : RecurrentOperator
{
    public override string Name => "RNN";

    protected override int Gates => 1;

    protected override bool HasCell => false;

    protected override RecurrentPlan Plan(NodeContext node, RecurrentShape shape)
    {
        if (Clip(node) is not null) throw node.Refuse("a clip is not imported.");
        return new RnnPlan
        {
            Node = node.Description,
            Direction = shape.Direction,
            Inputs = shape.Inputs,
            Hidden = shape.Hidden,
            InputWeights = shape.InputWeights,
            RecurrentWeights = shape.RecurrentWeights,
            Bias = shape.Bias,
            Lengths = shape.Lengths,
            Activation = RecurrentActivations.Of(node, shape, "Tanh")[0].Name.ToUpperInvariant() switch
            {
                "TANH" => RnnActivation.Tanh,
                "RELU" => RnnActivation.Relu,
                var other => throw node.Refuse($"the activation {Serialization.ErrorText.Quote(other)} is not imported."),
            },
            Options = new RnnOptions(),
        };
    }
}
