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
            Shape = shape,
            Activation = RecurrentActivations.Of(node, shape, "Tanh")[0],
            Options = new RnnOptions { Clip = Clip(node) },
        };
    }
}
