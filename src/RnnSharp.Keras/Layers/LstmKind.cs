using System.Text.Json;
using RnnSharp.Recurrent;

namespace RnnSharp.Keras;

/// <summary>Keras's LSTM: columns i, f, c, o, which are the library's rows i, f, g, o.</summary>
internal sealed class LstmKind() : CellKind("LSTM", "CuDNNLSTM")
{
    protected override KerasCell ReadCell(KerasFields fields, CellOptions options)
    {
        if (fields.ClassName is not "LSTM") throw fields.Refused("has the layout of cuDNN, which is not supported: save it as an LSTM");
        return new KerasLstm(options);
    }

    public override KerasCell? DescribeDirection<T>(ILayer<T> layer, string path)
    {
        if (layer is not LstmLayer<T> lstm) return null;
        if (lstm.Options.ProjectionSize is not null) throw CellOptions.Unknown(path, "a projection");
        if (lstm.Options.Peepholes) throw CellOptions.Unknown(path, "peepholes");
        if (lstm.Options.CoupledGates) throw CellOptions.Unknown(path, "coupled gates");
        if (lstm.Options.CellClip is not null) throw CellOptions.Unknown(path, "a clipped cell state");
        if (lstm.Options.CellZoneout > 0) throw CellOptions.Unknown(path, "zoneout");
        if (lstm.Options.CandidateActivation != lstm.Options.OutputActivation) throw CellOptions.Unknown(path, "different activations of candidate and output");
        return new KerasLstm(CellOptions.Of(lstm, lstm.Options.CandidateActivation, lstm.Options.GateActivation, path));
    }

    private sealed class KerasLstm(CellOptions options) : KerasCell(options, "LSTM", 0, 1, 2, 3)
    {
        public override string GroupName => "lstm";

        public override void WriteConfig(Utf8JsonWriter writer)
        {
            WriteCommon(writer);
            writer.WriteString("recurrent_activation", KerasActivations.NameOf(Options.GateActivation));
            writer.WriteBoolean("unit_forget_bias", true);
        }

        protected override RecurrentLayer<T> CreateLayer<T>(int seed) => new LstmLayer<T>(Options.Inputs, Options.Units, seed, new LstmOptions
        {
            Bias = Options.Bias,
            RecurrentDropout = Options.RecurrentDropout,
            GateActivation = Options.GateFunction,
            CandidateActivation = Options.Function,
            OutputActivation = Options.Function,
        });
    }
}
