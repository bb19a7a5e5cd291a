using RnnSharp.Recurrent;

namespace RnnSharp.Onnx.Import;

/// <summary>GRU.</summary>
internal sealed class GruOperator : RecurrentOperator
{
    public override string Name => "GRU";

    protected override int Gates => 3;

    protected override bool HasCell => false;

    protected override RecurrentPlan Plan(NodeContext node, RecurrentShape shape)
    {
        RecurrentActivations.Require(node, shape, "Sigmoid", "Tanh");
        if (Clip(node) is not null) throw node.Refuse("a clip is not imported.");
        return new GruPlan
        {
            Node = node.Description,
            Direction = shape.Direction,
            Inputs = shape.Inputs,
            Hidden = shape.Hidden,
            InputWeights = shape.InputWeights,
            RecurrentWeights = shape.RecurrentWeights,
            Bias = shape.Bias,
            Lengths = shape.Lengths,
            Options = new GruOptions { ResetBefore = node.Whole("linear_before_reset", 0) == 0 },
        };
    }
}
