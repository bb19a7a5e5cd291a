using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;

namespace RnnSharp.Tests.Baseline;

/// <summary>The shape of what a model of the catalogue is given, and the number of the masks that its pass draws.</summary>
internal sealed record BaselineInput(int Batch, int Steps, bool Ragged = false, bool Tokens = false, int SourceSteps = 0, long Draw = 0);

/// <summary>A model by name: what it is given, and how it is made. A layer of user-defined equations is in no file.</summary>
internal sealed record BaselineModel<T>(string Name, BaselineInput Input, Func<ILayer<T>> Create, bool IsSaved = true)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

/// <summary>
/// The fixed catalogue of the models whose results may not change by a bit. Sizes are around the edges of vectors and panels; the
/// batch of 32 x 50 steps is large enough that the helper threads take part.
/// </summary>
internal static class BaselineModels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Inputs = 5;
    private const int Vocabulary = 11;

    private static readonly LstmOptions LstmOfAll = new() { ProjectionSize = 9, Peepholes = true, CoupledGates = true, CellClip = 0.25, CellZoneout = 0.2, HiddenZoneout = 0.1, RecurrentDropout = 0.4, LayerNormalization = true };
    private static readonly RnnOptions PlainOfAll = new() { LayerNormalization = true, RecurrentDropout = 0.4, HiddenZoneout = 0.2 };
    private static readonly GruOptions GruOfAll = new() { LayerNormalization = true, RecurrentDropout = 0.4, HiddenZoneout = 0.2 };

    public static readonly BaselineModel<T>[] All =
    [
        // Plain recurrent layers.
        new("tanh rnn of 1", Features(1, 6), () => new RnnLayer<T>(Inputs, 1, seed: 1)),
        new("tanh rnn of 17", RaggedFeatures(7, 6), () => new RnnLayer<T>(Inputs, 17, seed: 2)),
        new("tanh rnn of 100, large", Features(32, 50), () => new RnnLayer<T>(33, 100, seed: 3)),
        new("relu rnn of 5", Features(2, 6), () => Relu(Inputs, 5, seed: 4)),
        new("relu rnn of 33", RaggedTokens(7, 6), () => Relu(Vocabulary, 33, seed: 5)),
        new("gru of 1", Tokens(2, 6), () => new GruLayer<T>(Vocabulary, 1, seed: 6)),
        new("gru of 5", RaggedFeatures(7, 6), () => new GruLayer<T>(Inputs, 5, seed: 7)),
        new("gru of 16", Features(1, 6), () => new GruLayer<T>(Inputs, 16, seed: 8)),
        new("gru of 33", RaggedFeatures(2, 6), () => new GruLayer<T>(Inputs, 33, seed: 9)),
        new("gru of 100", Tokens(7, 6), () => new GruLayer<T>(Vocabulary, 100, seed: 10)),
        new("gru of 96, large", RaggedTokens(32, 50), () => new GruLayer<T>(Vocabulary, 96, seed: 11)),
        new("lstm of 1", RaggedFeatures(7, 6), () => new LstmLayer<T>(Inputs, 1, seed: 12)),
        new("lstm of 5", Features(1, 6), () => new LstmLayer<T>(Inputs, 5, seed: 13)),
        new("lstm of 16", Tokens(2, 6), () => new LstmLayer<T>(Vocabulary, 16, seed: 14)),
        new("lstm of 17", Features(7, 6), () => new LstmLayer<T>(Inputs, 17, seed: 15)),
        new("lstm of 33", RaggedTokens(7, 6), () => new LstmLayer<T>(Vocabulary, 33, seed: 16)),
        new("lstm of 100", RaggedFeatures(2, 6), () => new LstmLayer<T>(Inputs, 100, seed: 17)),
        new("lstm of 64, large", Features(32, 50), () => new LstmLayer<T>(16, 64, seed: 18)),

        // Each option alone, then several at once.
        new("lstm, projection", Features(7, 6), () => Lstm(new() { ProjectionSize = 7 })),
        new("lstm, peepholes", RaggedFeatures(7, 6), () => Lstm(new() { Peepholes = true })),
        new("lstm, coupled gates", Features(2, 6), () => Lstm(new() { CoupledGates = true })),
        new("lstm, cell clip", Features(7, 6), () => Lstm(new() { CellClip = 0.125 })),
        new("lstm, cell zoneout", RaggedFeatures(2, 6), () => Lstm(new() { CellZoneout = 0.3 })),
        new("lstm, hidden zoneout", Features(7, 6), () => Lstm(new() { HiddenZoneout = 0.3 })),
        new("lstm, recurrent dropout", Features(7, 6), () => Lstm(new() { RecurrentDropout = 0.3 })),
        new("lstm, layer normalization", RaggedFeatures(7, 6), () => Lstm(new() { LayerNormalization = true })),
        new("lstm, peepholes and coupled gates and clip", Features(1, 6), () => Lstm(new() { Peepholes = true, CoupledGates = true, CellClip = 0.25 })),
        new("lstm, projection and layer normalization", RaggedTokens(7, 6), () => new LstmLayer<T>(Vocabulary, 33, seed: 19, new() { ProjectionSize = 16, LayerNormalization = true })),
        new("lstm, all options", RaggedFeatures(7, 6), () => Lstm(LstmOfAll)),
        new("lstm, all options, draw 5", Features(7, 6, draw: 5), () => Lstm(LstmOfAll)),
        new("lstm, all options, large", RaggedFeatures(32, 50), () => new LstmLayer<T>(16, 48, seed: 20, LstmOfAll)),
        new("gru, reset before", RaggedFeatures(7, 6), () => Gru(new() { ResetBefore = true })),
        new("gru, reset before, tokens", Tokens(2, 6), () => new GruLayer<T>(Vocabulary, 33, seed: 21, new() { ResetBefore = true })),
        new("gru, recurrent dropout", Features(7, 6), () => Gru(new() { RecurrentDropout = 0.3 })),
        new("gru, hidden zoneout", Features(2, 6), () => Gru(new() { HiddenZoneout = 0.3 })),
        new("gru, layer normalization", Features(7, 6), () => Gru(new() { LayerNormalization = true })),
        new("gru, all options that reset before", RaggedFeatures(7, 6), () => Gru(new() { ResetBefore = true, RecurrentDropout = 0.4, HiddenZoneout = 0.2 })),
        new("gru, all options that reset after", RaggedFeatures(7, 6, draw: 5), () => Gru(GruOfAll)),
        new("relu rnn, recurrent dropout", Features(7, 6), () => Relu(Inputs, 17, seed: 22, new() { RecurrentDropout = 0.3 })),
        new("tanh rnn, hidden zoneout", RaggedFeatures(7, 6), () => Tanh(new() { HiddenZoneout = 0.3 })),
        new("tanh rnn, layer normalization", Features(2, 6), () => Tanh(new() { LayerNormalization = true })),
        new("tanh rnn, all options", RaggedFeatures(7, 6), () => Tanh(PlainOfAll)),
        new("own equations", RaggedFeatures(7, 6), () => new CustomRecurrentLayer<T, UserDefinedUnit>(Inputs, 33, seed: 23), IsSaved: false),
        new("own equations, all options", Tokens(2, 6), () => new CustomRecurrentLayer<T, UserDefinedUnit>(Vocabulary, 17, seed: 24, new() { LayerNormalization = true, RecurrentDropout = 0.4, HiddenZoneout = 0.2 }), IsSaved: false),

        // Layers without memory.
        new("dense", RaggedFeatures(7, 6), () => new DenseLayer<T>(17, 33, seed: 25)),
        new("dense, tokens", RaggedTokens(7, 6), () => new DenseLayer<T>(Vocabulary, 5, seed: 26)),
        new("dense, large", Features(32, 50), () => new DenseLayer<T>(100, 65, seed: 27)),
        new("embedding", RaggedTokens(7, 6), () => new EmbeddingLayer<T>(Vocabulary, 17, paddingToken: 2, seed: 28)),
        new("dropout of each step", Features(7, 6), () => new DropoutLayer<T>(17, 0.3, seed: 29)),
        new("dropout of the whole sequence", RaggedFeatures(7, 6, draw: 5), () => new DropoutLayer<T>(17, 0.3, seed: 30, DropoutMask.WholeSequence)),
        new("layer normalization", RaggedFeatures(7, 6), () => new LayerNormalizationLayer<T>(33)),
        new("pooling of the last", RaggedFeatures(7, 6), () => new PoolingLayer<T>(17, Pooling.Last)),
        new("pooling of the mean", RaggedFeatures(7, 6), () => new PoolingLayer<T>(17, Pooling.Mean)),
        new("pooling of the largest", RaggedFeatures(7, 6), () => new PoolingLayer<T>(17, Pooling.Max)),

        // Layers made of layers.
        new("reverse", RaggedFeatures(7, 6), () => Reverse(Gru(new()))),
        new("bidirectional, concatenated", RaggedFeatures(7, 6), () => BothWays(BidirectionalMerge.Concatenate)),
        new("bidirectional, summed", Features(2, 6), () => BothWays(BidirectionalMerge.Sum)),
        new("bidirectional, averaged", RaggedFeatures(7, 6), () => BothWays(BidirectionalMerge.Average)),
        new("bidirectional, multiplied", RaggedFeatures(7, 6), () => BothWays(BidirectionalMerge.Multiply)),
        new("bidirectional of two kinds", Features(7, 6), () => BothWays(Stack(Lstm(new()), new DenseLayer<T>(17, 9, seed: 31)), Reverse(new GruLayer<T>(Inputs, 9, seed: 32, GruOfAll)), BidirectionalMerge.Multiply)),
        new("bidirectional, large", RaggedFeatures(32, 50), () => BothWays(new LstmLayer<T>(16, 40, seed: 33), new LstmLayer<T>(16, 40, seed: 34), BidirectionalMerge.Concatenate)),
        new("residual", RaggedFeatures(7, 6), () => Residual(BothWays(new GruLayer<T>(9, 9, seed: 35), new RnnLayer<T>(9, 9, seed: 36), BidirectionalMerge.Sum))),
        new("streaming residual", RaggedFeatures(7, 6), () => Residual(Stack(new LayerNormalizationLayer<T>(17), Residual(new LstmLayer<T>(17, 17, seed: 37)), new DropoutLayer<T>(17, 0.3, seed: 38)))),
        new("stack to one step", RaggedTokens(7, 6), () => Stack(new EmbeddingLayer<T>(Vocabulary, 9, seed: 39), BothWays(new LstmLayer<T>(9, 8, seed: 40), new LstmLayer<T>(9, 8, seed: 41), BidirectionalMerge.Concatenate), new PoolingLayer<T>(16, Pooling.Mean), new DenseLayer<T>(16, 3, seed: 42))),
        new("streaming stack", Features(7, 6), () => Stack(Lstm(new()), new GruLayer<T>(17, 9, seed: 43), new DenseLayer<T>(9, 20, seed: 44), new RnnLayer<T>(20, 6, seed: 45), new DenseLayer<T>(6, 3, seed: 46))),
        new("streaming stack, ragged tokens", RaggedTokens(2, 6), () => Stack(new GruLayer<T>(Vocabulary, 16, seed: 47), new DropoutLayer<T>(16, 0.25, seed: 48), new DenseLayer<T>(16, Vocabulary, seed: 49))),
        new("streaming stack, draw 5", Features(2, 6, draw: 5), () => Stack(new DropoutLayer<T>(Inputs, 0.25, seed: 50), Lstm(LstmOfAll), new DropoutLayer<T>(9, 0.25, seed: 51, DropoutMask.WholeSequence))),
        new("streaming stack, large", Tokens(32, 50), () => Stack(new LstmLayer<T>(Vocabulary, 64, seed: 52), new LstmLayer<T>(64, 64, seed: 53), new DenseLayer<T>(64, Vocabulary, seed: 54))),
        new("nested stacks", RaggedFeatures(7, 6), () => Stack(Stack(Gru(new()), Stack(Relu(17, 8, seed: 55))), Stack(Reverse(new LstmLayer<T>(8, 5, seed: 56)), new DenseLayer<T>(5, 2, seed: 57)))),
        new("stack with frozen weights", Features(7, 6), () => Frozen(Stack(Gru(new()), new DenseLayer<T>(17, 9, seed: 58), new RnnLayer<T>(9, 5, seed: 59)), "1.weight", "2.weight_hh")),
        new("feedback", Features(7, 1), () => Feedback(Stack(Lstm(new()), new DropoutLayer<T>(17, 0.25, seed: 60), new DenseLayer<T>(17, Inputs, seed: 61)), steps: 6)),
        new("encoder and decoder", RaggedTokens(7, 6, source: 4), () => EncoderDecoder(Stack(new GruLayer<T>(Inputs, 17, seed: 62)), Stack(new GruLayer<T>(Vocabulary, 17, seed: 63), new DenseLayer<T>(17, Vocabulary, seed: 64)))),
        new("encoder and decoder without a source", Features(2, 6), () => EncoderDecoder(new LstmLayer<T>(3, 9, seed: 65), new LstmLayer<T>(Inputs, 9, seed: 66))),
        new("tied weights", RaggedTokens(7, 6), () => Tied(nested: false)),
        new("tied weights, nested", Tokens(2, 6), () => Tied(nested: true)),
    ];

    // What follows is all that the catalogue and the tests ask of the library's interfaces that may change: one place to change it.

    /// <summary>A whole sequence, after a source where the model has one.</summary>
    public static ForwardPass<T> Forward(ILayer<T> layer, Sequence<T>? source, Sequence<T> x, State<T> initial, ForwardPass<T> reuse) =>
        source is null ? layer.Forward(x, initial, reuse) : ((EncoderDecoder<T>)layer).Forward(source, x, initial, reuse);

    public static Gradients<T> Backward(ILayer<T> layer, ForwardPass<T> pass, Sequence<T> dy, State<T> finalGradient, Gradients<T>? addTo = null) =>
        layer.Backward(pass, dy, finalGradient, inputGradient: true, accumulate: addTo is not null, addTo);

    public static int SourceSize(ILayer<T> layer) => ((EncoderDecoder<T>)layer).Encoder.InputSize;

    public static Sequence<T>? SourceGradient(Gradients<T> gradients) => gradients.Parts[0].Input;

    public static Sequence<T> Predict(ILayer<T> layer, Sequence<T>? source, Sequence<T> x, State<T> state) =>
        source is null ? layer.Predict(x, state) : ((EncoderDecoder<T>)layer).Predict(source, x, state);

    public static void Encode(ILayer<T> layer, Sequence<T> source, State<T> state) => ((EncoderDecoder<T>)layer).Encode(source, state);

    public static bool Streams(ILayer<T> layer) => layer.IsStreaming;

    public static void Step(ILayer<T> layer, ReadOnlySpan<T> x, State<T> state, Span<T> y) => layer.Step(x, state, y);

    public static void StepTokens(ILayer<T> layer, ReadOnlySpan<int> tokens, State<T> state, Span<T> y) => layer.Step(tokens, state, y);

    public static void Generate(ILayer<T> layer, ReadOnlySpan<int> first, State<T> state, Sequence<T> tokens, TokenChoice<T>? choose, int endToken) =>
        layer.Generate(first, state, tokens, choose, endToken);

    public static LayerStack<T> Stack(params ILayer<T>[] layers) => new(layers);

    private static ResidualLayer<T> Residual(ILayer<T> inner) => new(inner);

    private static ReverseLayer<T> Reverse(ILayer<T> inner) => new(inner);

    private static BidirectionalLayer<T> BothWays(ILayer<T> forward, ILayer<T> backward, BidirectionalMerge merge) => new(forward, backward, merge);

    private static BidirectionalLayer<T> BothWays(BidirectionalMerge merge) => Bidirectional.Of(seed => new LstmLayer<T>(Inputs, 17, seed), seed: 67, merge);

    private static FeedbackLayer<T> Feedback(ILayer<T> inner, int steps) => new(inner, steps);

    private static EncoderDecoder<T> EncoderDecoder(ILayer<T> encoder, ILayer<T> decoder) => new(encoder, decoder);

    private static LstmLayer<T> Lstm(LstmOptions options) => new(Inputs, 17, seed: 68, options);

    private static GruLayer<T> Gru(GruOptions options) => new(Inputs, 17, seed: 69, options);

    private static RnnLayer<T> Tanh(RnnOptions options) => new(Inputs, 17, seed: 70, Activation.Tanh, options);

    private static RnnLayer<T> Relu(int inputs, int hidden, int seed, RnnOptions? options = null) => new(inputs, hidden, seed, Activation.Relu, options);

    private static LayerStack<T> Tied(bool nested)
    {
        var embedding = new EmbeddingLayer<T>(Vocabulary, 9, seed: 71);
        var gru = new GruLayer<T>(9, 9, seed: 72);
        var scores = new DenseLayer<T>(embedding.Weights, seed: 73);
        return nested ? Stack(Stack(embedding), gru, Stack(new DenseLayer<T>(9, 9, seed: 74), scores)) : Stack(embedding, gru, scores);
    }

    private static ILayer<T> Frozen(ILayer<T> layer, params string[] names)
    {
        foreach (string name in names) layer.Parameters[layer.ParameterNames.ToList().IndexOf(name)].Frozen = true;
        return layer;
    }

    private static BaselineInput Features(int batch, int steps, long draw = 0) => new(batch, steps, Draw: draw);

    private static BaselineInput RaggedFeatures(int batch, int steps, long draw = 0) => new(batch, steps, Ragged: true, Draw: draw);

    private static BaselineInput Tokens(int batch, int steps) => new(batch, steps, Tokens: true);

    private static BaselineInput RaggedTokens(int batch, int steps, int source = 0) => new(batch, steps, Ragged: true, Tokens: true, SourceSteps: source);

    /// <summary>A user-defined unit: f = σ(W x + U h + b), h = (1 - f)∘h + f∘tanh(W x + b + f∘(U h + b_hn)).</summary>
    private readonly struct UserDefinedUnit : IRecurrentEquations
    {
        public static int Gates => 2;

        public static bool SplitsLastGate => true;

        public static bool UsesPreviousHidden => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Forward<TNumber, TVector>(ref TVector n, ref TVector f, ref TVector m, ref TVector unused, in UnitWeights<TVector> weights, TVector hPrevious, TVector cPrevious, out TVector c)
            where TNumber : unmanaged, IBinaryFloatingPointIeee754<TNumber>
            where TVector : unmanaged, ISimdVector<TVector, TNumber>
        {
            f = TVector.Sigmoid(f);
            n = TVector.Tanh(TVector.MultiplyAdd(f, m, n));
            c = default;
            return TVector.MultiplyAdd(f, n - hPrevious, hPrevious);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Backward<TNumber, TVector>(ref TVector n, ref TVector f, ref TVector m, ref TVector unused, ref UnitWeights<TVector> weights, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
            where TNumber : unmanaged, IBinaryFloatingPointIeee754<TNumber>
            where TVector : unmanaged, ISimdVector<TVector, TNumber>
        {
            TVector one = TVector.Broadcast(TNumber.One);
            TVector direct = dh * (one - f);
            TVector dn = dh * f * (one - n * n);
            TVector dm = dn * f;
            f = (dh * (n - hPrevious) + dn * m) * f * (one - f);
            n = dn;
            m = dm;
            return direct;
        }
    }
}
