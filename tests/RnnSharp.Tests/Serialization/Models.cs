using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using RnnSharp.Layers;
using RnnSharp.Recurrent;

namespace RnnSharp.Tests.Serialization;

/// <summary>Models of every kind for the tests of this folder.</summary>
internal static class Models
{
    /// <summary>Recurrent layers with each option alone and with all of them.</summary>
    private static readonly Dictionary<string, Variant> Variants = new(StringComparer.Ordinal)
    {
        ["lstm projection"] = new(Lstm: new() { ProjectionSize = 2 }),
        ["lstm peepholes"] = new(Lstm: new() { Peepholes = true }),
        ["lstm coupled gates"] = new(Lstm: new() { CoupledGates = true }),
        ["lstm cell clip"] = new(Lstm: new() { CellClip = 0.1 }),
        ["lstm cell zoneout"] = new(Lstm: new() { CellZoneout = 0.3 }),
        ["lstm checkpoints"] = new(Lstm: new() { CheckpointSteps = 12 }),
        ["lstm hidden zoneout"] = new(Lstm: new() { HiddenZoneout = 0.1 }),
        ["lstm recurrent dropout"] = new(Lstm: new() { RecurrentDropout = 1.0 / 3 }),
        ["lstm layer norm"] = new(Lstm: new() { LayerNormalization = true }),
        ["lstm of all options"] = new(Lstm: new() { ProjectionSize = 5, Peepholes = true, CoupledGates = true, CellClip = 0.5, CellZoneout = 0.2, HiddenZoneout = 0.1, RecurrentDropout = 0.4, LayerNormalization = true }),
        ["lstm clip and activations"] = new(Lstm: new() { Clip = 0.7, GateActivation = Activation.HardSigmoid(1.0 / 6, 0.5), CandidateActivation = Activation.Softsign, OutputActivation = Activation.ThresholdedRelu(0.1) }),
        ["gru clip and activations"] = new(Gru: new() { Clip = 0.7, GateActivation = Activation.Affine(0.1, 0.5), CandidateActivation = Activation.ScaledTanh(1.7, 0.6) }),
        ["rnn clip"] = new(Rnn: new() { Clip = 0.3 }),
        ["gru reset before"] = new(Gru: new() { ResetBefore = true }),
        ["gru hidden zoneout"] = new(Gru: new() { HiddenZoneout = 0.1 }),
        ["gru recurrent dropout"] = new(Gru: new() { RecurrentDropout = 0.5 }),
        ["gru layer norm"] = new(Gru: new() { LayerNormalization = true }),
        ["gru of all options that reset before"] = new(Gru: new() { ResetBefore = true, HiddenZoneout = 0.2, RecurrentDropout = 0.4 }),
        ["gru of all options that reset after"] = new(Gru: new() { LayerNormalization = true, HiddenZoneout = 0.2, RecurrentDropout = 0.4 }),
        ["rnn hidden zoneout"] = new(Rnn: new() { HiddenZoneout = 0.1 }),
        ["rnn recurrent dropout"] = new(Rnn: new() { RecurrentDropout = 0.5 }),
        ["rnn layer norm"] = new(Rnn: new() { LayerNormalization = true }),
        ["rnn of all options"] = new(Rnn: new() { HiddenZoneout = 0.2, RecurrentDropout = 0.4, LayerNormalization = true }),
        ["bidirectional of options"] = new(Lstm: new() { ProjectionSize = 2, Peepholes = true, LayerNormalization = true, RecurrentDropout = 0.5 }, Gru: new() { ResetBefore = true, HiddenZoneout = 0.5 }),
    };

    public static readonly string[] Kinds = ["lstm", "gru", "rnn tanh", "rnn relu", "dense", "stack", "nested", "larger than a buffer", "one of everything", "dropout", "whole sequence dropout", "layer norm", "pooling last", "pooling mean", "pooling max", "residual", "residual stack", "reverse", "bidirectional", "bidirectional of two kinds", "embedding", "tied", "tied in parts", "feedback", "encoder and decoder", .. Variants.Keys];

    public static ILayer<T> Make<T>(string kind, int seed = 1)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => kind switch
        {
            "lstm" => new LstmLayer<T>(3, 5, seed),
            "gru" => new GruLayer<T>(3, 5, seed),
            "rnn tanh" => new RnnLayer<T>(3, 5, seed),
            "rnn relu" => new RnnLayer<T>(3, 5, seed, Activation.Relu),
            "dense" => new DenseLayer<T>(3, 5, seed),
            "stack" => new LayerStack<T>(new LstmLayer<T>(3, 5, seed), new DenseLayer<T>(5, 2, seed + 1)),
            "nested" => new LayerStack<T>(new LayerStack<T>(new GruLayer<T>(3, 4, seed), new LayerStack<T>(new RnnLayer<T>(4, 4, seed + 1, Activation.Relu))), new LayerStack<T>(new DenseLayer<T>(4, 2, seed + 2))),
            "larger than a buffer" => new LstmLayer<T>(67, 65, seed),
            "one of everything" => new LayerStack<T>(new LstmLayer<T>(3, 1, seed), new GruLayer<T>(1, 2, seed), new RnnLayer<T>(2, 3, seed), new RnnLayer<T>(3, 1, seed, Activation.Relu), new DenseLayer<T>(1, 1, seed)),
            "dropout" => new DropoutLayer<T>(3, 0.1, seed: 11),
            "whole sequence dropout" => new DropoutLayer<T>(3, 1.0 / 3, seed: int.MinValue, DropoutMask.WholeSequence),
            "layer norm" => Normalization<T>(3, 1e-3, seed),
            "pooling last" => new PoolingLayer<T>(3, Pooling.Last),
            "pooling mean" => new PoolingLayer<T>(3, Pooling.Mean),
            "pooling max" => new PoolingLayer<T>(3, Pooling.Max),
            "residual" => new LayerStack<T>(new ResidualLayer<T>(new LayerStack<T>(new GruLayer<T>(3, 2, seed), new DenseLayer<T>(2, 3, seed))), new PoolingLayer<T>(3, Pooling.Mean)),
            "residual stack" => new ResidualLayer<T>(new LayerStack<T>(Normalization<T>(3, 1e-5, seed), new ResidualLayer<T>(new LstmLayer<T>(3, 3, seed)), new DropoutLayer<T>(3, 0.5, seed: 12))),
            "reverse" => new ReverseLayer<T>(new LayerStack<T>(new GruLayer<T>(3, 4, seed), new DenseLayer<T>(4, 2, seed + 1))),
            "bidirectional" => new LayerStack<T>(Bidirectional.Of(drawn => new LstmLayer<T>(3, 2, drawn), seed), Bidirectional.Of(drawn => new RnnLayer<T>(4, 3, drawn), seed, BidirectionalMerge.Average)),
            "bidirectional of two kinds" => new BidirectionalLayer<T>(new LayerStack<T>(new LstmLayer<T>(3, 2, seed), new DenseLayer<T>(2, 4, seed + 1)), new ReverseLayer<T>(new GruLayer<T>(3, 4, seed + 2)), BidirectionalMerge.Multiply),
            "embedding" => new EmbeddingLayer<T>(7, 3, seed, paddingToken: 2),
            "tied" => Tied<T>(seed),
            "tied in parts" => TiedInParts<T>(seed),
            "feedback" => new FeedbackLayer<T>(new LayerStack<T>(new LstmLayer<T>(3, 4, seed), new DenseLayer<T>(4, 3, seed + 1)), 6),
            "encoder and decoder" => new EncoderDecoder<T>(new LayerStack<T>(new LstmLayer<T>(2, 3, seed)), new LayerStack<T>(new LstmLayer<T>(4, 3, seed + 1), new DenseLayer<T>(3, 2, seed + 2))),
            _ => Make<T>(Variants[kind], seed),
        };

    private static ILayer<T> Make<T>(Variant variant, int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int MaskSeed = -12;
        ILayer<T> layer = variant switch
        {
            { Lstm: { } lstm, Gru: { } gru } => new BidirectionalLayer<T>(new LstmLayer<T>(3, 5, MaskSeed, lstm), new GruLayer<T>(3, 2, MaskSeed - 1, gru)),
            { Lstm: { } lstm } => new LstmLayer<T>(3, 5, MaskSeed, lstm),
            { Gru: { } gru } => new GruLayer<T>(3, 5, MaskSeed, gru),
            _ => new RnnLayer<T>(3, 5, MaskSeed, Activation.Relu, variant.Rnn),
        };
        return WithNumbers<T, ILayer<T>>(layer, seed);
    }

    /// <summary>An input for a model: tokens if it begins with an embedding, and of the steps that it asks for.</summary>
    public static Sequence<T> InputOf<T>(ILayer<T> model, int batch, int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ILayer<T> first = model;
        while (first is LayerStack<T> stack) first = stack.Layers[0];
        if (first is not EmbeddingLayer<T>) return Input<T>(model.InputSize, batch, first is SegRnnLayer<T> segments ? segments.Lookback : model is FeedbackLayer<T> ? 1 : 4, seed);
        var random = new Random(seed);
        return Sequence<T>.FromTokens([.. Enumerable.Range(0, batch).Select(_ => (int[])[.. Enumerable.Range(0, 4).Select(_ => random.Next(model.InputSize))])], model.InputSize);
    }

    private static LayerNormalizationLayer<T> Normalization<T>(int size, double epsilon, int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => WithNumbers<T, LayerNormalizationLayer<T>>(new LayerNormalizationLayer<T>(size, epsilon), seed);

    private static TLayer WithNumbers<T, TLayer>(TLayer layer, int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLayer : ILayer<T>
    {
        foreach (Parameter<T> parameter in layer.Parameters) Initializers.Uniform(parameter, 1, new Random(seed));
        return layer;
    }

    /// <summary>Types, sizes, options and numbers of a model, to the last bit.</summary>
    public static string Describe<T>(ILayer<T> model)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        string options = model switch
        {
            LstmLayer<T> lstm => $"{lstm.HiddenSize} {lstm.Options} {lstm.MaskSeed}",
            GruLayer<T> gru => $"{gru.Options} {gru.MaskSeed}",
            RnnLayer<T> rnn => $"{rnn.Activation} {rnn.Options} {rnn.MaskSeed}",
            DropoutLayer<T> dropout => string.Create(CultureInfo.InvariantCulture, $"{dropout.Rate:R} {dropout.Seed} {dropout.Mask}"),
            LayerNormalizationLayer<T> norm => string.Create(CultureInfo.InvariantCulture, $"{norm.Epsilon:R}"),
            PoolingLayer<T> pooling => $"{pooling.Kind}",
            EmbeddingLayer<T> embedding => $"{embedding.PaddingToken}",
            FeedbackLayer<T> feedback => $"{feedback.Steps}",
            BidirectionalLayer<T> both => $"{both.Merge}",
            _ => "",
        };
        string head = $"{model.GetType()} {model.InputSize} {model.OutputSize} {options} {string.Join(' ', model.ParameterNames)}";
        return model.Parts.Count > 0
            ? $"{head} ({string.Join(", ", model.Parts.Select(part => $"{part.Name}: {Describe(part.Layer)}"))})"
            : $"{head} {string.Join(" ", model.Parameters.Select(parameter => $"{parameter.Rows}x{parameter.Columns} {Convert.ToHexString(MemoryMarshal.AsBytes(parameter.Values))}"))}";
    }

    private static LayerStack<T> Tied<T>(int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var embedding = new EmbeddingLayer<T>(7, 3, seed: seed);
        return new(embedding, new GruLayer<T>(3, 3, seed + 1), new DenseLayer<T>(embedding.Weights, seed + 2));
    }

    /// <summary>Weights shared between nested parts: an embedding's with an output layer's, and a recurrent layer's with a dense layer's.</summary>
    private static LayerStack<T> TiedInParts<T>(int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var embedding = new EmbeddingLayer<T>(7, 3, seed: seed);
        var rnn = new RnnLayer<T>(3, 3, seed + 1);
        return new(
            new LayerStack<T>(embedding, rnn),
            new EncoderDecoder<T>(
                new LayerStack<T>(new EmbeddingLayer<T>(embedding.Weights, paddingToken: 1), new GruLayer<T>(3, 3, seed + 2)),
                new LayerStack<T>(new LayerStack<T>(new DenseLayer<T>(rnn.RecurrentWeights, seed + 3)), new GruLayer<T>(3, 3, seed + 4))),
            new DenseLayer<T>(embedding.Weights, seed + 5));
    }

    /// <summary>Random bits: NaN with payloads, infinities, subnormal numbers and both zeros among them.</summary>
    public static void FillWithAnyBits<T>(ILayer<T> model, int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(seed);
        foreach (Parameter<T> parameter in model.Parameters)
        {
            parameter.Update(random, static (values, generator) =>
            {
                generator.NextBytes(MemoryMarshal.AsBytes(values));
                values[0] = T.NegativeZero;
                values[^1] = T.NaN;
            });
        }
    }

    public static Sequence<T> Input<T>(int features, int batch, int steps, int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(seed);
        var x = new Sequence<T>(features, batch, steps);
        foreach (ref T value in x.Values) value = T.CreateChecked(2 * random.NextDouble() - 1);
        return x;
    }
}

/// <summary>The options of a layer, or of those of both directions.</summary>
internal sealed record Variant(LstmOptions? Lstm = null, GruOptions? Gru = null, RnnOptions? Rnn = null);

/// <summary>A composite that no model file knows.</summary>
internal sealed class UnregisteredComposite() : CompositeLayer<float>(1, 1, new LayerPart<float>("0", new DenseLayer<float>(1, 1)))
{
    protected override void Run(ForwardPass<float> pass, Sequence<float> input, State<float>? initialState) => throw new NotSupportedException();

    protected override void RunBackward(ForwardPass<float> pass, Sequence<float>? outputGradient, State<float>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<float> gradients) => throw new NotSupportedException();

    protected override void RunPredict(Sequence<float> input, State<float> state, Sequence<float> output) => throw new NotSupportedException();
}
