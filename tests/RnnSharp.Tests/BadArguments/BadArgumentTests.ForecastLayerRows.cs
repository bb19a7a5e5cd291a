using RnnSharp.Layers;

namespace RnnSharp.Tests;

/// <summary>SegRNN and reversible normalization.</summary>
public sealed partial class BadArgumentTests
{
    private static IEnumerable<Row> ForecastLayers()
    {
        const string New = "SegRnnLayer.new(columns, lookback, horizon, seed, options)";
        yield return Bad(New, "columns", "at least 1", "got 0", f => _ = new SegRnnLayer<double>(0, 48, 24));
        yield return Bad(New, "columns", "at most", "got 3298534880256", f => _ = new SegRnnLayer<double>(int.MaxValue - 1, 48, 24));
        yield return Bad(New, "lookback", "at least 1", "got -48", f => _ = new SegRnnLayer<double>(3, -48, 24));
        yield return Bad(New, "horizon", "at least 1", "got 0", f => _ = new SegRnnLayer<double>(3, 48, 0));
        yield return Bad(New, "options", "divides the lookback of 50", "got 24", f => _ = new SegRnnLayer<double>(3, 50, 24));
        yield return Bad(New, "options", "divides the horizon of 6", "got 4", f => _ = new SegRnnLayer<double>(3, 8, 6, options: new() { SegmentLength = 4 }));
        yield return Bad(New, "options", "a SegmentLength of at least 1", "got 0", f => _ = new SegRnnLayer<double>(3, 48, 24, options: new() { SegmentLength = 0 }));
        yield return Bad(New, "options", "a HiddenSize of at least 1", "got -2", f => _ = new SegRnnLayer<double>(3, 48, 24, options: new() { HiddenSize = -2 }));
        yield return Bad(New, "options", "an even HiddenSize", "got 7", f => _ = new SegRnnLayer<double>(3, 48, 24, options: new() { HiddenSize = 7 }));
        yield return Bad(New, "options", "at most", "got 12884901888", f => _ = new SegRnnLayer<double>(3, 48, 24, options: new() { HiddenSize = 65_536 }));
        yield return Bad(New, "options", "a Dropout of at least 0 and below 1", "got 1", f => _ = new SegRnnLayer<double>(3, 48, 24, options: new() { Dropout = 1 }));
        yield return Bad(New, "options", "a Dropout of at least 0 and below 1", "got NaN", f => _ = new SegRnnLayer<double>(3, 48, 24, options: new() { Dropout = double.NaN }));
        yield return new Row(New, "T", ["float (System.Single) or double (System.Double)", "System.Half"], f => _ = new SegRnnLayer<Half>(1, 24, 24));
        yield return Bad("Layer.Forward(input, initialState, reuse)", "input", "3 x batch x 4 (the layer's lookback)", "got 3 x 2 x 5", f => SegRnnOf().Forward(f.X));
        yield return Bad("Layer.Predict(input, state, reuse)", "input", "3 x batch x 4 (the layer's lookback)", "got 3 x 2 x 5", f => SegRnnOf().Predict(f.X));
        yield return Bad("Layer.Predict(input, state, reuse)", "input", "at most", "got 12000000000", f => SegRnnOf(4, 100_000).Predict(new Sequence<double>(3, 10_000, 4)));

        yield return Bad("Layer.Predict(input, state, reuse)", "input", "at most", "got 2201600000", f => new SegRnnLayer<float>(1, 1000, 1, 1, new() { SegmentLength = 1 }).Predict(new Sequence<float>(1, 4300, 1000)));
        yield return Bad("Layer.Forward(input, initialState, reuse)", "input", "at most", "got 2867200000", f => new SegRnnLayer<float>(1, 1000, 1, 1, new() { SegmentLength = 1 }).Forward(new Sequence<float>(1, 1400, 1000)));

        const string Reversible = "ReversibleNormalizationLayer.new(inner, isAffine, subtractsLast, epsilon)";
        yield return Null(Reversible, "inner", f => _ = new ReversibleNormalizationLayer<double>(null!));
        yield return Bad(Reversible, "inner", "an output size of 3", "got 4", f => _ = new ReversibleNormalizationLayer<double>(f.Lstm));
        yield return Bad(Reversible, "inner", "takes features", "got EmbeddingLayer, which takes only tokens", f => _ = new ReversibleNormalizationLayer<double>(new EmbeddingLayer<double>(3, 3)));
        yield return Bad(Reversible, "epsilon", "above 0", "got 0", f => _ = new ReversibleNormalizationLayer<double>(new DenseLayer<double>(3, 3), epsilon: 0));
        yield return Bad(Reversible, "epsilon", "within float's range", "got 1E-60", f => _ = new ReversibleNormalizationLayer<double>(new DenseLayer<double>(3, 3), epsilon: 1e-60));
        yield return Bad(Reversible, "epsilon", "above 0", "got NaN", f => _ = new ReversibleNormalizationLayer<double>(new DenseLayer<double>(3, 3), epsilon: double.NaN));

        static SegRnnLayer<double> SegRnnOf(int units = 4, int horizon = 4) => new(3, 4, horizon, 1, new() { SegmentLength = horizon > 4 ? 1 : 2, HiddenSize = units });
    }
}
