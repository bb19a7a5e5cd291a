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
            Direction = shape.Direction,
            Inputs = shape.Inputs,
            Hidden = shape.Hidden,
            InputWeights = shape.InputWeights,
            RecurrentWeights = shape.RecurrentWeights,
            Bias = shape.Bias,
            Lengths = shape.Lengths,
            Peepholes = shape.Peepholes,
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
