using RnnSharp.Recurrent;

namespace RnnSharp.Onnx;

/// <summary>LSTM, whose gates are i, o, f, c and whose peepholes are i, o, f.</summary>
internal sealed class LstmExporter : RecurrentExporter
{
    public override RecurrentNode<T>? NodeOf<T>(ILayer<T> layer)
    {
        if (layer is not LstmLayer<T> lstm) return null;
        LstmOptions options = lstm.Options;
        if (!HasOperator<T>(options) || options.ProjectionSize is not null || options.CellClip is not null || options.CellZoneout > 0) return null;
        return new RecurrentNode<T>
        {
            Operator = "LSTM",
            Layer = lstm,
            Gates = options.CoupledGates ? [0, 2, -1, 1] : [0, 3, 1, 2],
            Peepholes = !options.Peepholes ? null : options.CoupledGates ? [0, 1, -1] : [0, 2, 1],
            HasCellState = true,
            Activations = [options.GateActivation, options.CandidateActivation, options.OutputActivation],
            DefaultActivations = [Activation.Sigmoid, Activation.Tanh, Activation.Tanh],
            Attributes = options.CoupledGates ? [OnnxAttribute.Of("input_forget", 1)] : [],
        };
    }

    private protected override bool Supports<T>(ILayer<T> layer) => layer is LstmLayer<T>;
}
