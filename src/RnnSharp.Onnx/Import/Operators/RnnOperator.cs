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
            Activation = RecurrentActivations.Of(node, shape, "Tanh")[0],
            Options = new RnnOptions { Clip = Clip(node) },
        };
    }
}
