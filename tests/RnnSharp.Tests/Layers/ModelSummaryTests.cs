using System.Numerics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>The summary's numbers against hand counts, its rows and its text.</summary>
public sealed class ModelSummaryTests
{
    private const int Batch = 8;
    private const int Steps = 20;

    // Each option alone, then all together.
    private static readonly Dictionary<string, LstmOptions> LstmVariants = new(StringComparer.Ordinal)
    {
        ["lstm projection"] = new() { ProjectionSize = 30 },
        ["lstm peepholes"] = new() { Peepholes = true },
        ["lstm coupled gates"] = new() { CoupledGates = true },
        ["lstm cell clip"] = new() { CellClip = 0.5 },
        ["lstm cell zoneout"] = new() { CellZoneout = 0.25 },
        ["lstm hidden zoneout"] = new() { HiddenZoneout = 0.25 },
        ["lstm recurrent dropout"] = new() { RecurrentDropout = 0.25 },
        ["lstm layer normalization"] = new() { LayerNormalization = true },
        ["lstm of all options"] = new() { ProjectionSize = 30, Peepholes = true, CoupledGates = true, CellClip = 0.5, CellZoneout = 0.2, HiddenZoneout = 0.1, RecurrentDropout = 0.4, LayerNormalization = true },
    };

    private static readonly Dictionary<string, GruOptions> GruVariants = new(StringComparer.Ordinal)
    {
        ["gru reset before"] = new() { ResetBefore = true },
        ["gru hidden zoneout"] = new() { HiddenZoneout = 0.25 },
        ["gru recurrent dropout"] = new() { RecurrentDropout = 0.25 },
        ["gru layer normalization"] = new() { LayerNormalization = true },
        ["gru of all that reset before"] = new() { ResetBefore = true, HiddenZoneout = 0.1, RecurrentDropout = 0.4 },
        ["gru of all that reset after"] = new() { LayerNormalization = true, HiddenZoneout = 0.1, RecurrentDropout = 0.4 },
    };

    private static readonly Dictionary<string, RnnOptions> RnnVariants = new(StringComparer.Ordinal)
    {
        ["rnn hidden zoneout"] = new() { HiddenZoneout = 0.25 },
        ["rnn recurrent dropout"] = new() { RecurrentDropout = 0.25 },
        ["rnn layer normalization"] = new() { LayerNormalization = true },
        ["rnn of all options"] = new() { LayerNormalization = true, HiddenZoneout = 0.1, RecurrentDropout = 0.4 },
    };

    [Theory]
    [InlineData("lstm", 4L * 50 * (11 + 50))]
    [InlineData("gru", 3L * 50 * (11 + 50))]
    [InlineData("rnn", 50L * (11 + 50))]
    [InlineData("dense", 11L * 50)]
    [InlineData("embedding", 0L)]
    [InlineData("stack", 3L * 40 * (11 + 40) + 40 * 30 + 4 * 50 * (30 + 50) + 50 * 1)]
    [InlineData("feedback", 20L * (4 * 50 * (30 + 50) + 50 * 30))]
    [InlineData("reverse", 4L * 50 * (50 + 50))]
    [InlineData("bidirectional", 2L * 4 * 50 * (50 + 50))]
    [InlineData("residual", 50L * (50 + 50))]
    [InlineData("dropout", 0L)]
    [InlineData("layer normalization", 0L)]
    [InlineData("pooling max", 0L)]
    [InlineData("lstm projection", 4L * 50 * (11 + 30) + 50 * 30)]
    [InlineData("lstm peepholes", 4L * 50 * (11 + 50))]
    [InlineData("lstm coupled gates", 3L * 50 * (11 + 50))]
    [InlineData("lstm of all options", 3L * 50 * (11 + 30) + 50 * 30)]
    [InlineData("gru reset before", 3L * 50 * (11 + 50))]
    [InlineData("gru layer normalization", 3L * 50 * (11 + 50))]
    [InlineData("rnn of all options", 50L * (11 + 50))]
    [InlineData("encoder and decoder", 4L * 50 * (11 + 50) + 4 * 50 * (7 + 50) + 50 * 3)]
    public void Multiply_adds_equal_hand_counts(string kind, long expected)
    {
        int steps = kind is "feedback" ? 1 : Steps;
        Layer<double>(kind).Summary(Batch, steps).Total.MultiplyAddsPerStep.Should().Be(expected);
        Layer<float>(kind).Summary(1, steps).Total.MultiplyAddsPerStep.Should().Be(expected);
    }

    [Fact]
    public void Products_with_a_single_input_count()
    {
        new LstmLayer<float>(1, 5).Summary(2, 3).Total.MultiplyAddsPerStep.Should().Be(4 * 5 * 6);
        new DenseLayer<float>(1, 5).Summary(2, 3).Total.MultiplyAddsPerStep.Should().Be(5);
    }

    [Fact]
    public void Rows_are_nested_and_a_shared_parameter_counts_once()
    {
        var embedding = new EmbeddingLayer<float>(100, 8, seed: 1);
        var lstm = new LstmLayer<float>(8, 8, seed: 2);
        lstm.Bias.Frozen = true;
        var model = new LayerStack<float>(embedding, new LayerStack<float>(lstm, new DenseLayer<float>(embedding.Weights, seed: 3)));
        ModelSummary summary = model.Summary(batch: 4, steps: 10);
        summary.Rows.Select(row => $"{row.Depth} {row.Name} {row.Kind} {row.OutputSize}x{row.OutputSteps} {row.Parameters}/{row.FrozenParameters}/{row.SharedParameters} {row.MultiplyAddsPerStep} {row.ParameterBytes}").Should().Equal(
            "0  LayerStack 100x10 1444/32/0 1312 5776",
            "1 0 EmbeddingLayer 8x10 800/0/0 0 3200",
            "1 1 LayerStack 100x10 1444/32/800 1312 5776",
            "2 0 LstmLayer 8x10 544/32/0 512 2176",
            "2 1 DenseLayer 100x10 900/0/800 800 3600");
        summary.Total.Parameters.Should().Be(model.Parameters.Sum(parameter => parameter.Count));
        summary.Total.TapeBytes.Should().Be(summary.Rows[1].TapeBytes + summary.Rows[2].TapeBytes);
        (summary.Batch, summary.Steps, summary.ElementType).Should().Be((4, 10, "Single"));
    }

    [Fact]
    public void Kinds_include_the_options()
    {
        Kind("lstm").Should().Be("LstmLayer");
        Kind("lstm projection").Should().Be("LstmLayer (projection 30)");
        Kind("lstm cell zoneout").Should().Be("LstmLayer (cell zoneout 0.25)");
        Kind("lstm of all options").Should().Be("LstmLayer (projection 30, peepholes, coupled gates, cell clip 0.5, layer normalization, recurrent dropout 0.4, hidden zoneout 0.1, cell zoneout 0.2)");
        Kind("gru").Should().Be("GruLayer");
        Kind("gru of all that reset before").Should().Be("GruLayer (reset before, recurrent dropout 0.4, hidden zoneout 0.1)");
        Kind("gru layer normalization").Should().Be("GruLayer (layer normalization)");
        Kind("rnn").Should().Be("RnnLayer");
        new RnnLayer<float>(2, 3, activation: Activation.Relu, options: new RnnOptions { HiddenZoneout = 0.5 }).Summary(1, 1).Total.Kind.Should().Be("RnnLayer (relu, hidden zoneout 0.5)");
        Kind("dropout").Should().Be("DropoutLayer (0.5, each step)");
        Kind("dropout of whole sequences").Should().Be("DropoutLayer (0.5, whole sequence)");
        Kind("activation").Should().Be("ActivationLayer (leaky_relu(0.2))");
        Kind("pooling mean").Should().Be("PoolingLayer (mean)");
        Kind("bidirectional sum").Should().Be("BidirectionalLayer (sum)");

        static string Kind(string kind) => Layer<double>(kind).Summary(2, 3).Total.Kind;
    }

    [Fact]
    public void Parts_of_every_composite_have_rows()
    {
        var model = new LayerStack<float>(
            new BidirectionalLayer<float>(new LstmLayer<float>(4, 3, seed: 1, new LstmOptions { ProjectionSize = 2 }), new ReverseLayer<float>(new GruLayer<float>(4, 3, seed: 2))),
            new ResidualLayer<float>(new DenseLayer<float>(5, 5, seed: 3)),
            new PoolingLayer<float>(5, Pooling.Last));
        model.Summary(2, 10).Rows.Select(row => $"{row.Depth} {row.Name} {row.Kind} {row.OutputSize}x{row.OutputSteps} {row.Parameters} {row.MultiplyAddsPerStep}").Should().Equal(
            $"0  LayerStack 5x1 {12 * 6 + 12 + 6 + 9 * 7 + 9 + 3 + 30} {12 * 6 + 6 + 9 * 7 + 25}",
            $"1 0 BidirectionalLayer (concatenate) 5x10 {12 * 6 + 12 + 6 + 9 * 7 + 9 + 3} {12 * 6 + 6 + 9 * 7}",
            $"2 forward LstmLayer (projection 2) 2x10 {12 * 6 + 12 + 6} {12 * 6 + 6}",
            $"2 backward ReverseLayer 3x10 {9 * 7 + 9 + 3} {9 * 7}",
            $"3  GruLayer 3x10 {9 * 7 + 9 + 3} {9 * 7}",
            "1 1 ResidualLayer 5x10 30 25",
            "2 0 DenseLayer 5x10 30 25",
            "1 2 PoolingLayer (last) 5x1 0 0");

        // Steps by what the parts give, as the layers themselves do.
        new ReverseLayer<float>(new PoolingLayer<float>(3, Pooling.Mean)).Summary(2, 10).Total.OutputSteps.Should().Be(1);
        new BidirectionalLayer<float>(new PoolingLayer<float>(3, Pooling.Mean), new PoolingLayer<float>(3, Pooling.Max)).Summary(2, 10).Total.OutputSteps.Should().Be(1);
    }

    [Fact]
    public void ToString_gives_a_table()
    {
        var model = new LayerStack<double>(new EmbeddingLayer<double>(1000, 20, seed: 1), new GruLayer<double>(20, 30, seed: 2), new DenseLayer<double>(30, 5, seed: 3));
        string[] lines = model.Summary(2, 3).ToString().Split('\n');
        lines[0].Should().MatchRegex("^Layer +Kind +Output +Parameters +Frozen +Multiply-adds +Parameter bytes +Tape bytes$");
        lines[2].Should().MatchRegex("^model +LayerStack +5 x 2 x 3 +24,775 +0 +4,650 +198,200 +[0-9,]+$");
        lines[3].Should().MatchRegex("^  0 +EmbeddingLayer +20 x 2 x 3 +20,000 +0 +0 +160,000 +960$");
        lines[5].Should().MatchRegex("^  2 +DenseLayer +5 x 2 x 3 +155 +0 +150 +1,240 +240$");
        lines[..6].Where((_, i) => i != 1).Select(line => line.Length).Distinct().Should().ContainSingle();
        lines[6].Should().Be("Output: features x batch x steps. Multiply-adds: per step and example. Bytes: Double, batch 2, 3 steps.");
    }

    [Fact]
    public void Summaries_of_long_inputs_and_nested_feedback_take_little_memory_and_stay_positive()
    {
        var model = new LayerStack<float>(new LstmLayer<float>(3, 4, seed: 1), new DenseLayer<float>(4, 3, seed: 2));
        model.Summary(64, 1_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        model.Summary(64, 1_000_000).Total.TapeBytes.Should().BePositive();
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1 << 20);

        ILayer<float> nested = new DenseLayer<float>(3, 3, seed: 1);
        for (int i = 0; i < 3; i++) nested = new FeedbackLayer<float>(nested, 2_000_000_000);
        ModelSummary summary = nested.Summary(1000, 1);
        summary.Rows.Should().OnlyContain(row => row.TapeBytes >= 0 && row.MultiplyAddsPerStep >= 0);
        before = GC.GetAllocatedBytesForCurrentThread();
        nested.CreatePass();
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1 << 20);
    }

    [Fact]
    public void A_user_defined_layer_is_summarized_from_its_parameters_or_its_report()
    {
        new LayerStack<double>(new Foreign(inner: new DenseLayer<double>(3, 2)), new Telling()).Summary(4, 5).Rows
            .Select(row => $"{row.Kind} {row.MultiplyAddsPerStep} {row.TapeBytes} {row.OutputSteps}").Should().Equal("LayerStack 13 447 1", "Foreign 6 320 5", "squares 7 127 1");
    }

    private static ILayer<T> Layer<T>(string kind)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => kind switch
        {
            "lstm" => new LstmLayer<T>(11, 50, seed: 1),
            "gru" => new GruLayer<T>(11, 50, seed: 1),
            "rnn" => new RnnLayer<T>(11, 50, seed: 1),
            "dense" => new DenseLayer<T>(11, 50, seed: 1),
            "embedding" => new EmbeddingLayer<T>(11, 50, seed: 1),
            "stack" => new LayerStack<T>(new GruLayer<T>(11, 40, seed: 1), new LayerStack<T>(new DenseLayer<T>(40, 30, seed: 2), new LstmLayer<T>(30, 50, seed: 3)), new DenseLayer<T>(50, 1, seed: 4)),
            "feedback" => new FeedbackLayer<T>(new LayerStack<T>(new LstmLayer<T>(30, 50, seed: 1), new DenseLayer<T>(50, 30, seed: 2)), 20),
            "reverse" => new ReverseLayer<T>(new LstmLayer<T>(50, 50, seed: 1)),
            "reversed pooling" => new ReverseLayer<T>(new LayerStack<T>(new LstmLayer<T>(50, 20, seed: 1), new PoolingLayer<T>(20, Pooling.Max))),
            "bidirectional" => Bidirectional.Of(seed => new LstmLayer<T>(50, 50, seed), seed: 1),
            "bidirectional sum" => Bidirectional.Of(seed => new GruLayer<T>(50, 50, seed), seed: 1, BidirectionalMerge.Sum),
            "dropout" => new DropoutLayer<T>(50, 0.5, seed: 1),
            "dropout of whole sequences" => new DropoutLayer<T>(50, 0.5, seed: 1, DropoutMask.WholeSequence),
            "activation" => new ActivationLayer<T>(50, Activation.LeakyRelu(0.2)),
            "residual" => new ResidualLayer<T>(new RnnLayer<T>(50, 50, seed: 1)),
            "layer normalization" => new LayerNormalizationLayer<T>(50),
            "pooling last" => new PoolingLayer<T>(50, Pooling.Last),
            "pooling mean" => new PoolingLayer<T>(50, Pooling.Mean),
            "pooling max" => new PoolingLayer<T>(50, Pooling.Max),
            _ when LstmVariants.TryGetValue(kind, out LstmOptions? options) => new LstmLayer<T>(11, 50, seed: 1, options),
            _ when GruVariants.TryGetValue(kind, out GruOptions? options) => new GruLayer<T>(11, 50, seed: 1, options),
            _ when RnnVariants.TryGetValue(kind, out RnnOptions? options) => new RnnLayer<T>(11, 50, seed: 1, options: options),
            _ => new EncoderDecoder<T>(new LstmLayer<T>(11, 50, seed: 1), new LayerStack<T>(new LstmLayer<T>(7, 50, seed: 2), new DenseLayer<T>(50, 3, seed: 3))),
        };

    private sealed class Telling() : Layer<double>(2, 1)
    {
        public override IReadOnlyList<Parameter<double>> Parameters => [];

        public override IReadOnlyList<string> ParameterNames => [];

        public override State<double> CreateState(int batch) => new(batch);

        protected override ForwardPass<double> CreatePassCore() => throw new NotSupportedException();

        protected override LayerReport<double> Report(int batch, int steps) => new("squares", 1, 7 * steps, 127, []);

        protected override void Run(ForwardPass<double> pass, Sequence<double> input, State<double>? initialState) => throw new NotSupportedException();

        protected override void RunBackward(ForwardPass<double> pass, Sequence<double>? outputGradient, State<double>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<double> gradients) => throw new NotSupportedException();

        protected override void RunPredict(Sequence<double> input, State<double> state, Sequence<double> output) => throw new NotSupportedException();
    }

    private sealed class Foreign(DenseLayer<double> inner) : DelegatingLayer<double>(inner)
    {
    }
}
