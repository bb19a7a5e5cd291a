using RnnSharp.Recurrent;

namespace RnnSharp.Onnx.Import;

/// <summary>LSTM.</summary>
internal sealed class LstmOperator : RecurrentOperator
{
    public override string Name => "LSTM";

    protected override int Gates => 4;

    protected override bool HasCell => true;

    protected override RecurrentPlan Plan(NodeContext node, RecurrentShape shape)
    {
        Activation[] activations = RecurrentActivations.Of(node, shape, "Sigmoid", "Tanh", "Tanh");
        return new LstmPlan
        {
            Node = node.Description,
            Shape = shape,
            Options = new LstmOptions
            {
                CoupledGates = node.Whole("input_forget", 0) != 0,
                Clip = Clip(node),
                GateActivation = activations[0],
                CandidateActivation = activations[1],
                OutputActivation = activations[2],
            },
        };
    }
}
