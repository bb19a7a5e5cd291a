using System.Text.Json;
using RnnSharp.Recurrent;

namespace RnnSharp.Keras;

/// <summary>Keras's SimpleRNN, which has no gates.</summary>
internal sealed class SimpleRnnKind() : CellKind("SimpleRNN")
{
    protected override bool HasGates => false;

    protected override KerasCell ReadCell(KerasFields fields, CellOptions options)
    {
        return new KerasSimpleRnn(options);
    }

    public override KerasCell? DescribeDirection<T>(ILayer<T> layer, string path)
    {
        if (layer is not RnnLayer<T> rnn) return null;
        return new KerasSimpleRnn(CellOptions.Of(rnn, rnn.Activation, Activation.Sigmoid, path));
    }

    private sealed class KerasSimpleRnn(CellOptions options) : KerasCell(options, "SimpleRNN", 0)
    {
        public override string GroupName => "simple_rnn";

        public override void WriteConfig(Utf8JsonWriter writer) => WriteCommon(writer);

        protected override RecurrentLayer<T> CreateLayer<T>(int seed) => new RnnLayer<T>(
            Options.Inputs,
            Options.Units,
            seed,
            Options.Function,
            new RnnOptions { Bias = Options.Bias, RecurrentDropout = Options.RecurrentDropout });
    }
}
