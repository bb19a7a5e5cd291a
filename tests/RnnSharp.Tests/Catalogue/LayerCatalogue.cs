using System.Numerics;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;

namespace RnnSharp.Tests.Catalogue;

/// <summary>
/// Every kind of layer with each of its options. A row gives a layer all tests of this folder and a place in the random networks; a kind
/// or an option without a row fails <c>CatalogueTests</c>.
/// </summary>
internal static class LayerCatalogue<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const double Rate = 0.3;

    private static readonly LstmOptions LstmOfAll = new() { Peepholes = true, CellClip = 0.5, CellZoneout = Rate, HiddenZoneout = Rate, RecurrentDropout = Rate, LayerNormalization = true };
    private static readonly GruOptions GruOfAll = new() { HiddenZoneout = Rate, RecurrentDropout = Rate };
    private static readonly RnnOptions RnnOfAll = new() { HiddenZoneout = Rate, RecurrentDropout = Rate, LayerNormalization = true };

    public static readonly LayerRow<T>[] Rows =
    [
        // Simple recurrent layers.
        new("rnn", Rnn(new())) { EverySize = true },
        new("rnn, relu", Rnn(new(), Activation.Relu)) { EverySize = true },
        new("rnn, separate biases", Rnn(new() { Bias = RecurrentBias.Separate })),
        new("rnn, no bias", Rnn(new() { Bias = RecurrentBias.None })),
        new("rnn, checkpoints", Rnn(new() { CheckpointSteps = 0 })),
        new("rnn, layer normalization", Rnn(new() { LayerNormalization = true })) { EverySize = true },
        new("rnn, recurrent dropout", Rnn(new() { RecurrentDropout = Rate })) { DrawsMasks = true },
        new("rnn, hidden zoneout", Rnn(new() { HiddenZoneout = Rate })) { DrawsMasks = true },
        new("rnn, clip", Rnn(new() { Clip = 0.4 })),
        new("rnn, linear", Rnn(new(), Activation.Linear)),
        new("rnn, softplus, all options", Rnn(RnnOfAll with { Clip = 0.4 }, Activation.Softplus)) { DrawsMasks = true },
        new("rnn, relu, all options", Rnn(RnnOfAll, Activation.Relu)) { DrawsMasks = true },

        new("lstm", Lstm(new())) { EverySize = true },
        new("lstm, separate biases", Lstm(new() { Bias = RecurrentBias.Separate })),
        new("lstm, no bias", Lstm(new() { Bias = RecurrentBias.None })),
        new("lstm, checkpoints", Lstm(new() { CheckpointSteps = 2 })),
        new("lstm, layer normalization", Lstm(new() { LayerNormalization = true })) { EverySize = true },
        new("lstm, recurrent dropout", Lstm(new() { RecurrentDropout = Rate })) { DrawsMasks = true },
        new("lstm, hidden zoneout", Lstm(new() { HiddenZoneout = Rate })) { DrawsMasks = true },
        new("lstm, cell zoneout", Lstm(new() { CellZoneout = Rate })) { DrawsMasks = true },
        new("lstm, peepholes", Lstm(new() { Peepholes = true })),
        new("lstm, coupled gates", Lstm(new() { CoupledGates = true })),
        new("lstm, cell clip", Lstm(new() { CellClip = 0.3 })),
        new("lstm, projection", Projected(new())),
        new("lstm, peepholes and cell clip", Lstm(new() { Peepholes = true, CellClip = 0.3 })) { EverySize = true },
        new("lstm, coupled gates and peepholes", Lstm(new() { CoupledGates = true, Peepholes = true })) { EverySize = true },
        new("lstm, projection and separate biases", Projected(new() { Bias = RecurrentBias.Separate })),
        new("lstm, clip", Lstm(new() { Clip = 0.3 })),
        new("lstm, hard sigmoid and relu", Lstm(new() { GateActivation = Activation.HardSigmoid(), CandidateActivation = Activation.Relu, OutputActivation = Activation.Relu })),
        new("lstm, peepholes and clip", Lstm(new() { Peepholes = true, Clip = 0.3, CellClip = 0.3 })) { EverySize = true },
        new("lstm, coupled gates and activations", Lstm(new() { CoupledGates = true, Peepholes = true, Clip = 0.5, CandidateActivation = Activation.Elu(0.7), OutputActivation = Activation.ScaledTanh(1.7, -0.6) })) { EverySize = true },
        new("lstm, projection and activations", Projected(new() { GateActivation = Activation.HardSigmoid(-0.3, 0.4), OutputActivation = Activation.ThresholdedRelu(0.05) })),
        new("lstm, all options and activations", Projected(LstmOfAll with { Clip = 0.9, GateActivation = Activation.Affine(0.3, 0.4), OutputActivation = Activation.LeakyRelu(0.2) })) { DrawsMasks = true },
        new("lstm, all options", Projected(LstmOfAll)) { DrawsMasks = true },
        new("lstm, all options and coupled gates", Projected(LstmOfAll with { CoupledGates = true })) { DrawsMasks = true },

        new("gru", Gru(new())) { EverySize = true },
        new("gru, separate biases", Gru(new() { Bias = RecurrentBias.Separate })),
        new("gru, no bias", Gru(new() { Bias = RecurrentBias.None })),
        new("gru, checkpoints", Gru(new() { CheckpointSteps = 0 })),
        new("gru, layer normalization", Gru(new() { LayerNormalization = true })) { EverySize = true },
        new("gru, recurrent dropout", Gru(new() { RecurrentDropout = Rate })) { DrawsMasks = true },
        new("gru, hidden zoneout", Gru(new() { HiddenZoneout = Rate })) { DrawsMasks = true },
        new("gru, reset before", Gru(new() { ResetBefore = true })) { EverySize = true },
        new("gru, reset before, separate biases", Gru(new() { ResetBefore = true, Bias = RecurrentBias.Separate })),
        new("gru, reset before, no bias", Gru(new() { ResetBefore = true, Bias = RecurrentBias.None })),
        new("gru, clip", Gru(new() { Clip = 0.3 })),
        new("gru, hard sigmoid and softsign", Gru(new() { GateActivation = Activation.HardSigmoid(), CandidateActivation = Activation.Softsign })),
        new("gru, reset before, clip and softplus", Gru(new() { ResetBefore = true, Clip = 0.4, CandidateActivation = Activation.Softplus })) { EverySize = true },
        new("gru, reset before, hard sigmoid", Gru(new() { ResetBefore = true, GateActivation = Activation.HardSigmoid(1.0 / 6, 0.5), Bias = RecurrentBias.Separate })),
        new("gru, linear and separate biases", Gru(new() { CandidateActivation = Activation.Linear, Clip = 0.7, Bias = RecurrentBias.Separate })),
        new("gru, reset before, all options and activations", Gru(GruOfAll with { ResetBefore = true, GateActivation = Activation.Softsign, Clip = 0.9 })) { DrawsMasks = true },
        new("gru, all options and activations", Gru(GruOfAll with { LayerNormalization = true, CandidateActivation = Activation.Elu(), Clip = 0.9 })) { DrawsMasks = true },
        new("gru, reset before, all options", Gru(GruOfAll with { ResetBefore = true })) { DrawsMasks = true },
        new("gru, reset after, all options", Gru(GruOfAll with { LayerNormalization = true })) { DrawsMasks = true },

        new("indrnn", IndRnn(new())),
        new("indrnn, tanh", IndRnn(new(), Activation.Tanh)),
        new("indrnn, clip", IndRnn(new() { Clip = 0.4 }, Activation.Tanh)),
        new("indrnn, leaky relu", IndRnn(new(), Activation.LeakyRelu())),
        new("indrnn, separate biases", IndRnn(new() { Bias = RecurrentBias.Separate })),
        new("indrnn, no bias", IndRnn(new() { Bias = RecurrentBias.None })),
        new("indrnn, checkpoints", IndRnn(new() { CheckpointSteps = 7 })),
        new("indrnn, layer normalization", IndRnn(new() { LayerNormalization = true }, Activation.Tanh)),
        new("indrnn, hidden zoneout", IndRnn(new() { HiddenZoneout = Rate })) { DrawsMasks = true },

        new("custom", Custom(new())),
        new("custom, separate biases", Custom(new() { Bias = RecurrentBias.Separate })),
        new("custom, no bias", Custom(new() { Bias = RecurrentBias.None })),
        new("custom, checkpoints", Custom(new() { CheckpointSteps = 1 })),
        new("custom, all options", Custom(new() { LayerNormalization = true, RecurrentDropout = Rate, HiddenZoneout = Rate })) { DrawsMasks = true },

        // Layers without memory.
        new("dense", (i, o, s) => new DenseLayer<T>(i, o, s)) { EverySize = true },
        new("embedding", (i, o, s) => new EmbeddingLayer<T>(i, o, seed: s)) { Reads = Reads.Tokens },
        new("embedding, padding token", (i, o, s) => new EmbeddingLayer<T>(i, o, s, paddingToken: i > 1 ? i - 1 : null)) { Reads = Reads.Tokens },
        new("dropout, each step", (i, _, s) => new DropoutLayer<T>(i, Rate, s)) { Reads = Reads.Features, IsSquare = true, DrawsMasks = true },
        new("dropout, whole sequence", (i, _, s) => new DropoutLayer<T>(i, Rate, s, DropoutMask.WholeSequence)) { Reads = Reads.Features, IsSquare = true, DrawsMasks = true },
        new("activation, relu", Activated(Activation.Relu)) { Reads = Reads.Features, IsSquare = true },
        new("activation, softplus", Activated(Activation.Softplus)) { Reads = Reads.Features, IsSquare = true },
        new("activation, scaled tanh", Activated(Activation.ScaledTanh(1.7, -0.6))) { Reads = Reads.Features, IsSquare = true },
        new("layer normalization", (i, _, _) => new LayerNormalizationLayer<T>(i, 1e-3)) { Reads = Reads.Features, IsSquare = true, EverySize = true },
        new("pooling, last", (i, _, _) => new PoolingLayer<T>(i, Pooling.Last)) { Reads = Reads.Features, IsSquare = true, Streams = false },
        new("pooling, mean", (i, _, _) => new PoolingLayer<T>(i, Pooling.Mean)) { Reads = Reads.Features, IsSquare = true, Streams = false },
        new("pooling, max", (i, _, _) => new PoolingLayer<T>(i, Pooling.Max)) { Reads = Reads.Features, IsSquare = true, Streams = false },

        new("attention, dot", (i, _, s) => new AttentionLayer<T>(i, i, 4, s, new() { Score = AttentionScore.Dot, ContextOnly = true })) { Reads = Reads.Features, IsSquare = true },
        new("attention, general", (i, o, s) => new AttentionLayer<T>(i, o, 4, s, new() { ContextOnly = true })) { Reads = Reads.Features },
        new("attention, additive", (i, o, s) => new AttentionLayer<T>(i, o, 3, s, new() { Score = AttentionScore.Additive, Units = o + 1, ContextOnly = true })) { Reads = Reads.Features },
        new("attention, heads", (i, o, s) => new AttentionLayer<T>(i, 6, 4, s, new() { Score = AttentionScore.MultiHead, Units = o, Heads = o % 3 == 0 ? 3 : o % 2 == 0 ? 2 : 1, ContextOnly = true })) { Reads = Reads.Features },

        // Layers made of layers.
        new("stack", (i, o, s) => new LayerStack<T>(new LstmLayer<T>(i, 9, s), new GruLayer<T>(9, 4, s + 1), new DenseLayer<T>(4, o, s + 2))),
        new("stack, nested", (i, o, s) => new LayerStack<T>(new LayerStack<T>(new LayerStack<T>(new RnnLayer<T>(i, 6, s))), new LayerStack<T>(new DenseLayer<T>(6, 5, s + 1), new GruLayer<T>(5, o, s + 2)))),
        new("stack, masks", (i, o, s) => new LayerStack<T>(new DenseLayer<T>(i, 7, s), Dropping(7, o, s + 1))) { DrawsMasks = true },
        new("stack, to one step", (i, o, s) => new LayerStack<T>(new GruLayer<T>(i, 6, s), new PoolingLayer<T>(6, Pooling.Mean), new DenseLayer<T>(6, o, s + 1))) { Streams = false },
        new("stack, tied weights", (i, _, s) => Tied(i, s)) { Reads = Reads.Tokens, IsSquare = true, LeastOutputs = 2, SumsUses = true },
        new("residual", (i, _, s) => new ResidualLayer<T>(new LayerStack<T>(new LayerNormalizationLayer<T>(i), new GruLayer<T>(i, i, s)))) { Reads = Reads.Features, IsSquare = true },
        new("residual, masks", (i, _, s) => new ResidualLayer<T>(Dropping(i, i, s))) { Reads = Reads.Features, IsSquare = true, DrawsMasks = true },
        new("reverse", (i, o, s) => new ReverseLayer<T>(new LstmLayer<T>(i, o, s))) { Streams = false },
        new("reverse, masks", (i, o, s) => new ReverseLayer<T>(Dropping(i, o, s))) { Reads = Reads.Features, Streams = false, DrawsMasks = true },
        new("reverse, pooling", (i, o, s) => new ReverseLayer<T>(new LayerStack<T>(new GruLayer<T>(i, o, s), new PoolingLayer<T>(o, Pooling.Max)))) { Streams = false },
        new("bidirectional, concatenate", (i, o, s) => new BidirectionalLayer<T>(new LstmLayer<T>(i, (o + 1) / 2, s), new GruLayer<T>(i, o / 2, s + 1))) { Streams = false, LeastOutputs = 2 },
        new("bidirectional, sum", BothWays(BidirectionalMerge.Sum)) { Streams = false },
        new("bidirectional, average", BothWays(BidirectionalMerge.Average)) { Streams = false },
        new("bidirectional, multiply", BothWays(BidirectionalMerge.Multiply)) { Streams = false },
        new("bidirectional, masks", (i, o, s) => new BidirectionalLayer<T>(Dropping(i, o, s), Dropping(i, o, s + 3), BidirectionalMerge.Sum)) { Reads = Reads.Features, Streams = false, DrawsMasks = true },
        new("feedback", (i, _, s) => new FeedbackLayer<T>(new LayerStack<T>(new LstmLayer<T>(i, 4, s), new DenseLayer<T>(4, i, s + 1)), 4)) { IsSquare = true, Streams = false, InputSteps = 1, Repeats = 4, SumsUses = true },
        new("feedback, tied weights", (i, _, s) => FeedbackOfTied(i, s)) { IsSquare = true, Streams = false, InputSteps = 1, Repeats = 4, SumsUses = true },
        new("feedback, masks", (i, _, s) => new FeedbackLayer<T>(Dropping(i, i, s), 4)) { Reads = Reads.Features, IsSquare = true, Streams = false, InputSteps = 1, Repeats = 4, SumsUses = true, DrawsMasks = true },
        new("encoder and decoder", (i, o, s) => new EncoderDecoder<T>(new LstmLayer<T>(3, o, s), new LstmLayer<T>(i, o, s + 1))),
        new("encoder and decoder, attention", (i, o, s) => Attending(i, o, s)),
        new("encoder and decoder, masks", (i, o, s) => new EncoderDecoder<T>(Dropping(3, o, s), Dropping(i, o, s + 3))) { Reads = Reads.Features, DrawsMasks = true },
        new("reversible normalization", (i, _, s) => new ReversibleNormalizationLayer<T>(new GruLayer<T>(i, i, s))) { Reads = Reads.Features, IsSquare = true, Streams = false },
        new("reversible normalization, last", (i, _, s) => new ReversibleNormalizationLayer<T>(new DenseLayer<T>(i, i, s), isAffine: false, subtractsLast: true, epsilon: 1e-2)) { Reads = Reads.Features, IsSquare = true, Streams = false },
        new("reversible normalization, to one step", (i, _, s) => new ReversibleNormalizationLayer<T>(new LayerStack<T>(Dropping(i, i, s), new PoolingLayer<T>(i, Pooling.Mean)), subtractsLast: true)) { Reads = Reads.Features, IsSquare = true, Streams = false, DrawsMasks = true },
        new("segrnn", (i, _, s) => new SegRnnLayer<T>(i, 4, 6, s, new() { SegmentLength = 2, HiddenSize = 6, Dropout = 0 })) { Reads = Reads.Features, IsSquare = true, Streams = false, InputSteps = 4, SumsUses = true, Repeats = 6 },
        new("segrnn, positions alone", (i, _, s) => new SegRnnLayer<T>(i, 3, 3, s, new() { SegmentLength = 1, HiddenSize = 9, Dropout = 0, ColumnEmbedding = false })) { Reads = Reads.Features, IsSquare = true, Streams = false, InputSteps = 3, SumsUses = true, Repeats = 6 },
        new("segrnn, dropout", (i, _, s) => new SegRnnLayer<T>(i, 3, 6, s, new() { SegmentLength = 3, HiddenSize = 18, Dropout = Rate })) { Reads = Reads.Features, IsSquare = true, Streams = false, InputSteps = 3, SumsUses = true, Repeats = 6, DrawsMasks = true },
    ];

    private static readonly Dictionary<string, LayerRow<T>> ByName = Rows.ToDictionary(row => row.Name, StringComparer.Ordinal);

    /// <summary>The formats that model files need for the layers: the library's own, and one of the equations below.</summary>
    public static LayerFormats Formats { get; } = LayerFormats.BuiltIn.Add(new CustomRecurrentFormat<UpdateGateUnit>("update-gate"));

    public static LayerRow<T> Row(string name) => ByName[name];

    private static Func<int, int, int, Layer<T>> Rnn(RnnOptions options, Activation? activation = null) => (i, o, s) => new RnnLayer<T>(i, o, s, activation, options);

    private static Func<int, int, int, Layer<T>> IndRnn(IndRnnOptions options, Activation? activation = null) => (i, o, s) => new IndRnnLayer<T>(i, o, s, activation, options);

    private static Func<int, int, int, Layer<T>> Lstm(LstmOptions options) => (i, o, s) => new LstmLayer<T>(i, o, s, options);

    private static Func<int, int, int, Layer<T>> Projected(LstmOptions options) => (i, o, s) => new LstmLayer<T>(i, o + 2, s, options with { ProjectionSize = o });

    private static Func<int, int, int, Layer<T>> Gru(GruOptions options) => (i, o, s) => new GruLayer<T>(i, o, s, options);

    private static Func<int, int, int, Layer<T>> Custom(CustomRecurrentOptions options) => (i, o, s) => new CustomRecurrentLayer<T, UpdateGateUnit>(i, o, s, options);

    private static Func<int, int, int, Layer<T>> Activated(Activation activation) => (i, _, _) => new ActivationLayer<T>(i, activation);

    private static Func<int, int, int, Layer<T>> BothWays(BidirectionalMerge merge) => (i, o, s) => new BidirectionalLayer<T>(new LstmLayer<T>(i, o, s), new GruLayer<T>(i, o, s + 1), merge);

    private static LayerStack<T> Dropping(int inputs, int outputs, int seed) =>
        new(new DropoutLayer<T>(inputs, Rate, seed), new GruLayer<T>(inputs, outputs, seed + 1), new DropoutLayer<T>(outputs, 0.4, seed + 2));

    /// <summary>A decoder with attention over an encoder that runs both ways, and attention over the attentional state.</summary>
    private static EncoderDecoder<T> Attending(int inputs, int outputs, int seed) => new(
        new BidirectionalLayer<T>(new GruLayer<T>(3, 3, seed), new GruLayer<T>(3, 3, seed + 1)),
        new LayerStack<T>(
            new GruLayer<T>(inputs, 3, seed + 2),
            new AttentionLayer<T>(3, 6, 20, seed + 3),
            new DenseLayer<T>(9, 3, seed + 4),
            new ActivationLayer<T>(3, Activation.Tanh),
            new GruLayer<T>(3, 3, seed + 5),
            new AttentionLayer<T>(3, 6, 20, seed + 6, new() { Score = AttentionScore.Additive }),
            new DenseLayer<T>(9, outputs, seed + 7)));

    private static LayerStack<T> Tied(int vocabulary, int seed)
    {
        var embedding = new EmbeddingLayer<T>(vocabulary, 4, seed: seed);
        return new(new LayerStack<T>(embedding), new GruLayer<T>(4, 4, seed + 1), new DenseLayer<T>(embedding.Weights, seed + 2));
    }

    private static FeedbackLayer<T> FeedbackOfTied(int size, int seed)
    {
        var square = new DenseLayer<T>(size, size, seed);
        return new(new LayerStack<T>(square, new RnnLayer<T>(size, size, seed + 1), new DenseLayer<T>(square.Weights, seed + 2)), 4);
    }
}
