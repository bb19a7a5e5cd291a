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
        Activation[] activations = RecurrentActivations.Of(node, shape, "Sigmoid", "Tanh");
        return new GruPlan
        {
            Node = node.Description,
            Shape = shape,
            Options = new GruOptions
            {
                ResetBefore = node.Whole("linear_before_reset", 0) == 0,
                Clip = Clip(node),
                GateActivation = activations[0],
                CandidateActivation = activations[1],
            },
        };
    }
}
