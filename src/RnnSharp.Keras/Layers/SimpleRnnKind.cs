using System.Numerics;
using System.Text.Json;
using RnnSharp.Recurrent;

namespace RnnSharp.Keras;

/// <summary>Keras's SimpleRNN with tanh or ReLU.</summary>
internal sealed class SimpleRnnKind() : CellKind("SimpleRNN")
{
    protected override KerasCell ReadCell(KerasFields fields, CellOptions options)
    {
        fields.RequireActivation("activation", options.Activation, KerasActivation.Tanh, KerasActivation.Relu);
        return new KerasSimpleRnn(options);
    }

    public override KerasCell? DescribeDirection<T>(ILayer<T> layer, string path)
    {
        if (layer is not RnnLayer<T> rnn) return null;
        CellOptions.RequireKnown(rnn.Options, path);
        return new KerasSimpleRnn(CellOptions.Of(rnn, "simple_rnn", rnn.Options, rnn.Activation == RnnActivation.Relu ? KerasActivation.Relu : KerasActivation.Tanh));
    }

    private sealed class KerasSimpleRnn(CellOptions options) : KerasCell(options, "SimpleRNN", 0)
    {
        public override string GroupName => "simple_rnn";

        public override void WriteConfig(Utf8JsonWriter writer) => WriteCommon(writer);

        protected override RecurrentLayer<T> CreateLayer<T>(int seed) => new RnnLayer<T>(
            Options.Inputs,
            Options.Units,
            seed,
            Options.Activation == KerasActivation.Relu ? RnnActivation.Relu : RnnActivation.Tanh,
            new RnnOptions { Bias = Options.Bias, RecurrentDropout = Options.RecurrentDropout });
    }
}
