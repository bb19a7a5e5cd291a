using System.Globalization;
using RnnSharp.Layers;
using RnnSharp.Recurrent;

namespace RnnSharp.Tests;

/// <summary>The constructors of recurrent layers and their options.</summary>
public sealed partial class BadArgumentTests
{
    private static Row[] Kinds() =>
    [
        Bad("IndRnnLayer.new(inputSize, hiddenSize, seed, activation, options)", "inputSize", "at least 1", "got 0", f => _ = new IndRnnLayer<double>(0, 4)),
        Bad("IndRnnLayer.new(inputSize, hiddenSize, seed, activation, options)", "hiddenSize", "at least 1", "got -1", f => _ = new IndRnnLayer<double>(3, -1)),
        Bad("IndRnnLayer.new(inputSize, hiddenSize, seed, activation, options)", "options", "no recurrent weights", "got 0.5", f => _ = new IndRnnLayer<double>(3, 4, options: new IndRnnOptions { RecurrentDropout = 0.5 })),

        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "inputSize", "at least 1", "got 0", f => _ = new LstmLayer<double>(0, 4)),
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "hiddenSize", "at least 1", "got -1", f => _ = new LstmLayer<double>(3, -1)),
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "inputSize", "at most", "got", f => _ = new LstmLayer<double>(int.MaxValue, 4)),
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "hiddenSize", "at most", "got", f => _ = new LstmLayer<double>(1, int.MaxValue)),
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "hiddenSize", "at most", "got", f => _ = new LstmLayer<double>(1, 1 << 20)),
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "options", "a ProjectionSize of 1 to 4", "got 5", f => _ = new LstmLayer<double>(3, 4, options: new LstmOptions { ProjectionSize = 5 })),
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "options", "a ProjectionSize of 1 to 4", "got 0", f => _ = new LstmLayer<double>(3, 4, options: new LstmOptions { ProjectionSize = 0 })),
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "options", "a CellClip above 0", "got 0", f => _ = new LstmLayer<double>(3, 4, options: new LstmOptions { CellClip = 0 })),
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "options", "a CellClip above 0", "got NaN", f => _ = new LstmLayer<double>(3, 4, options: new LstmOptions { CellClip = double.NaN })),
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "options", "within float's range", $"got {double.PositiveInfinity.ToString(CultureInfo.InvariantCulture)}", f => _ = new LstmLayer<double>(3, 4, options: new LstmOptions { CellClip = double.PositiveInfinity })),
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "options", "within float's range", "got 1E+60", f => _ = new LstmLayer<double>(3, 4, options: new LstmOptions { CellClip = 1e60 })),
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "options", "within float's range", "got 1E-60", f => _ = new LstmLayer<double>(3, 4, options: new LstmOptions { CellClip = 1e-60 })),
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "options", "a CellZoneout of at least 0 and below 1", "got 1", f => _ = new LstmLayer<double>(3, 4, options: new LstmOptions { CellZoneout = 1 })),
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "options", "a HiddenZoneout of at least 0 and below 1", "got -0.5", f => _ = new LstmLayer<double>(3, 4, options: new LstmOptions { HiddenZoneout = -0.5 })),
        Bad("LstmLayer.new(inputSize, hiddenSize, seed, options)", "options", "a RecurrentDropout of at least 0 and below 1", "got NaN", f => _ = new LstmLayer<double>(3, 4, options: new LstmOptions { RecurrentDropout = double.NaN })),
        Bad("GruLayer.new(inputSize, hiddenSize, seed, options)", "options", "ResetBefore or LayerNormalization", "got both", f => _ = new GruLayer<double>(3, 4, options: new GruOptions { ResetBefore = true, LayerNormalization = true })),
        Bad("GruLayer.new(inputSize, hiddenSize, seed, options)", "options", "a HiddenZoneout of at least 0 and below 1", "got 1", f => _ = new GruLayer<double>(3, 4, options: new GruOptions { HiddenZoneout = 1 })),
        Bad("RnnLayer.new(inputSize, hiddenSize, seed, activation, options)", "options", "a RecurrentDropout of at least 0 and below 1", "got 1", f => _ = new RnnLayer<double>(3, 4, options: new RnnOptions { RecurrentDropout = 1 })),
        Bad("GruLayer.new(inputSize, hiddenSize, seed, options)", "options", "a RecurrentDropout of at least 0 and below 1", "got -1", f => _ = new GruLayer<double>(3, 4, options: new GruOptions { RecurrentDropout = -1 })),
        Bad("RnnLayer.new(inputSize, hiddenSize, seed, activation, options)", "options", "a HiddenZoneout of at least 0 and below 1", "got 2", f => _ = new RnnLayer<double>(3, 4, options: new RnnOptions { HiddenZoneout = 2 })),
        Bad("LstmLayer.SetForgetGateBias(value)", "value", "finite", "got NaN", f => f.Lstm.SetForgetGateBias(double.NaN)),
        Bad("LstmLayer.SetForgetGateBias(value)", "value", "finite", $"got {double.PositiveInfinity.ToString(CultureInfo.InvariantCulture)}", f => f.Lstm.SetForgetGateBias(double.PositiveInfinity)),
        Bad("GruLayer.new(inputSize, hiddenSize, seed, options)", "inputSize", "at least 1", "got 0", f => _ = new GruLayer<double>(0, 4)),
        Bad("GruLayer.new(inputSize, hiddenSize, seed, options)", "hiddenSize", "at least 1", "got 0", f => _ = new GruLayer<double>(3, 0)),
        Bad("RnnLayer.new(inputSize, hiddenSize, seed, activation, options)", "inputSize", "at least 1", "got 0", f => _ = new RnnLayer<double>(0, 4)),
        Bad("RnnLayer.new(inputSize, hiddenSize, seed, activation, options)", "hiddenSize", "at least 1", "got 0", f => _ = new RnnLayer<double>(3, 0)),
        Bad("DenseLayer.new(inputSize, outputSize, seed)", "inputSize", "at least 1", "got 0", f => _ = new DenseLayer<double>(0, 4)),
        Bad("DenseLayer.new(inputSize, outputSize, seed)", "outputSize", "at least 1", "got 0", f => _ = new DenseLayer<double>(3, 0)),
        Bad("DenseLayer.new(inputSize, outputSize, seed)", "outputSize", "at most", "got 4294967294", f => _ = new DenseLayer<double>(2, int.MaxValue)),
        Bad("DropoutLayer.new(size, rate, seed, mask)", "size", "at least 1", "got 0", f => _ = new DropoutLayer<double>(0, 0.5)),
        Bad("DropoutLayer.new(size, rate, seed, mask)", "rate", "at least 0 and below 1", "got 1", f => _ = new DropoutLayer<double>(3, 1)),
        Bad("DropoutLayer.new(size, rate, seed, mask)", "rate", "at least 0 and below 1", "got -0.1", f => _ = new DropoutLayer<double>(3, -0.1)),
        Bad("DropoutLayer.new(size, rate, seed, mask)", "rate", "at least 0 and below 1", "got NaN", f => _ = new DropoutLayer<double>(3, double.NaN)),
        Bad("DropoutLayer.new(size, rate, seed, mask)", "mask", "EachStep or WholeSequence", "got 2", f => _ = new DropoutLayer<double>(3, 0.5, mask: (DropoutMask)2)),
        Bad("LayerNormalizationLayer.new(size, epsilon)", "size", "at least 1", "got -1", f => _ = new LayerNormalizationLayer<double>(-1)),
        Bad("LayerNormalizationLayer.new(size, epsilon)", "epsilon", "above 0", "got 0", f => _ = new LayerNormalizationLayer<double>(3, 0)),
        Bad("LayerNormalizationLayer.new(size, epsilon)", "epsilon", "within float's range", "got 1E-60", f => _ = new LayerNormalizationLayer<double>(3, 1e-60)),
        Bad("LayerNormalizationLayer.new(size, epsilon)", "epsilon", "above 0", "got NaN", f => _ = new LayerNormalizationLayer<double>(3, double.NaN)),
        Bad("PoolingLayer.new(size, kind)", "size", "at least 1", "got 0", f => _ = new PoolingLayer<double>(0, Pooling.Last)),
        Bad("PoolingLayer.new(size, kind)", "kind", "Last, Mean or Max", "got 3", f => _ = new PoolingLayer<double>(3, (Pooling)3)),
        Null("ResidualLayer.new(inner)", "inner", f => _ = new ResidualLayer<double>(null!)),
        Bad("ResidualLayer.new(inner)", "inner", "an output size of 3", "got 4", f => _ = new ResidualLayer<double>(f.Lstm)),
        Bad("ResidualLayer.new(inner)", "inner", "takes features", "got EmbeddingLayer, which takes only tokens", f => _ = new ResidualLayer<double>(new EmbeddingLayer<double>(3, 3))),
        Null("ReverseLayer.new(inner)", "inner", f => _ = new ReverseLayer<double>(null!)),
        Null("BidirectionalLayer.new(forward, backward, merge)", "forward", f => _ = new BidirectionalLayer<double>(null!, f.Lstm)),
        Null("BidirectionalLayer.new(forward, backward, merge)", "backward", f => _ = new BidirectionalLayer<double>(f.Lstm, null!)),
        Bad("BidirectionalLayer.new(forward, backward, merge)", "backward", "an input size of 3", "got 4", f => _ = new BidirectionalLayer<double>(f.Lstm, new GruLayer<double>(4, 4))),
        Bad("BidirectionalLayer.new(forward, backward, merge)", "backward", "an output size of 4", "got 5", f => _ = new BidirectionalLayer<double>(f.Lstm, new GruLayer<double>(3, 5), BidirectionalMerge.Sum)),
        Bad("BidirectionalLayer.new(forward, backward, merge)", "backward", "each layer once", "the same LstmLayer as forward and as backward", f => _ = new BidirectionalLayer<double>(f.Lstm, f.Lstm)),
        Bad("BidirectionalLayer.new(forward, backward, merge)", "merge", "Concatenate, Sum, Average or Multiply", "got 4", f => _ = new BidirectionalLayer<double>(f.Lstm, f.Gru, (BidirectionalMerge)4)),
        Bad("BidirectionalLayer.new(forward, backward, merge)", "backward", "at most", "got 2147483652", f => _ = new BidirectionalLayer<double>(new BareLayer(3, int.MaxValue), new BareLayer(3, 5))),
        Null("Bidirectional.Of(create, seed, merge)", "create", f => Bidirectional.Of<double>(null!)),
        Null("LayerStack.new(IReadOnlyList`1 layers)", "layers", f => _ = new LayerStack<double>((IReadOnlyList<ILayer<double>>)null!)),
        Bad("LayerStack.new(IReadOnlyList`1 layers)", "layers", "at least one layer", "none", f => _ = new LayerStack<double>((IReadOnlyList<ILayer<double>>)[])),
        Null("LayerStack.new(ILayer`1[] layers)", "layers", f => _ = new LayerStack<double>(null!)),
        Bad("LayerStack.new(ILayer`1[] layers)", "layers", "at least one layer", "none", f => _ = new LayerStack<double>()),
        Bad("LayerStack.new(ILayer`1[] layers)", "layers", "Layer 1", "null", f => _ = new LayerStack<double>(f.Lstm, null!)),
        Bad("LayerStack.new(ILayer`1[] layers)", "layers", "an input size of 4 in layer 1", "got 3", f => _ = new LayerStack<double>(f.Lstm, f.OtherLstm)),
        Bad("LayerStack.new(ILayer`1[] layers)", "layers", "a layer 1 that takes features", "got EmbeddingLayer, which takes only tokens", f => _ = new LayerStack<double>(f.Lstm, new EmbeddingLayer<double>(4, 2))),
        Bad("LayerStack.new(ILayer`1[] layers)", "layers", "each layer once", "the same GruLayer as 0 and as 1", f =>
        {
            var square = new GruLayer<double>(4, 4);
            _ = new LayerStack<double>(square, square);
        }),

        Null("RecurrentLayer.Accept(visitor)", "visitor", f => f.Lstm.Accept<int>(null!)),
        Null("RecurrentLayer.GetGate(pass, name)", "pass", f => f.Lstm.GetGate(null!, "input_gate")),
        Null("RecurrentLayer.GetGate(pass, name)", "name", f => f.Lstm.GetGate(f.Lstm.Forward(f.X), null!)),
        Bad("RecurrentLayer.GetGate(pass, name)", "name", "one of input_gate, forget_gate, candidate, output_gate, cell_state", "got x", f => f.Lstm.GetGate(f.Lstm.Forward(f.X), "x")),
        Bad("RecurrentLayer.GetGate(pass, name)", "pass", "of this layer", "another layer", f => f.Lstm.GetGate(f.OtherLstm.Forward(new Sequence<double>(f.OtherLstm.InputSize, 2, 5)), "input_gate")),
    ];
}
