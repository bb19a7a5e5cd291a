using System.Numerics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using RnnSharp.Tests.Numerics;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>
/// Sums over so many steps that float, adding one after the other, would be off by about 1 %: every addend is the same, which is the
/// worst case because all are rounded in the same direction.
/// </summary>
[Collection(nameof(ThreadSettings))]
public sealed class LongSumTests : IDisposable
{
    private const int Million = 1_000_000;

    private readonly ThreadSettings _settings = new();

    public LongSumTests() => Compute.MaxDegreeOfParallelism = 1;

    public static TheoryData<string, int, int> Sizes => new()
    {
        { "dense", 1, Million },
        { "dense", 1000, 1000 },
        { "dense of tokens", 1, Million },
        { "embedding", 1, Million },
        { "normalization", 1, Million },
        { "normalization", 1000, 1000 },
        { "rnn", 1, Million },
        { "rnn", 5000, 200 },
        { "rnn of tokens", 1, Million },
        { "lstm", 10, 20_000 },
        { "lstm with options", 10, 20_000 },
        { "gru", 10, 20_000 },
        { "gru that resets before", 10, 20_000 },
    };

    public static TheoryData<string> Kinds => ["dense", "dense of tokens", "embedding", "normalization", "rnn", "rnn of tokens", "lstm with options"];

    public void Dispose() => _settings.Dispose();

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Gradients_of_parameters_are_as_exact_as_float_allows_over_a_million_steps(string kind, int batch, int steps)
    {
        ILayer<float> layer = Layer(kind);
        double[][] expected = Of(ModelConverter.Convert<float, double>(layer)), actual = Of(layer);
        for (int p = 0; p < expected.Length; p++)
        {
            double largest = expected[p].Max(Math.Abs), error = expected[p].Zip(actual[p], (a, b) => Math.Abs(a - b)).Max();
            (error / largest).Should().BeLessThan(1e-4, $"{layer.ParameterNames[p]} has gradients up to {largest}");
        }

        double[][] Of<T>(ILayer<T> layer)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            Gradients<T> gradients = Run(layer, kind, batch, steps);
            return [.. gradients.Parameters.Select((_, p) => gradients.Values(p).ToArray().Select(double.CreateChecked).ToArray())];
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Gradients_in_blocks_are_the_same_bits_for_any_number_of_threads_and_allocate_nothing_once_warm(string kind)
    {
        ILayer<float> layer = Layer(kind, size: 70);
        Gradients<float> expected = Run(layer, kind, batch: 30, steps: 100);
        Compute.MaxDegreeOfParallelism = 4;
        long helped = Team.Helped;
        Bits.ShouldBeSame(Run(layer, kind, batch: 30, steps: 100), expected);
        if (kind is not ("embedding" or "normalization")) (Team.Helped - helped).Should().BeGreaterThan(0, "the work must be worth several threads for the test to mean anything");

        Warm.ShouldAllocateNothing(() =>
        {
            Sequence<float> x = Input<float>(layer, kind, batch: 30, steps: 100);
            ForwardPass<float> pass = layer.Forward(x);
            Sequence<float> dy = pass.Output.ConvertTo<float>();
            Gradients<float> gradients = layer.CreateGradients();
            return [("backward", () => layer.Backward(pass, dy, reuse: gradients)), ("backward that adds", () => layer.Backward(pass, dy, accumulate: true, reuse: gradients))];
        });
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Gradients_in_blocks_are_those_of_double(string kind)
    {
        // Numbers of both signs, a ragged batch, and tokens that most blocks have more than once.
        ILayer<float> layer = Layer(kind, size: 33);
        ILayer<double> wide = ModelConverter.Convert<float, double>(layer);
        Sequence<float> x = layer.InputSize == 33 && !IsTokens(kind) ? Make.Sequence<float>(33, 7, 500, new Random(1)) : Input<float>(layer, kind, 7, 500);
        x.SetLengths([500, 3, 499, 0, 250, 1, 77]);
        Sequence<float> dy = Make.Sequence<float>(layer.OutputSize, 7, 500, new Random(2));
        Gradients<float> actual = layer.Backward(layer.Forward(x), dy);
        Gradients<double> expected = wide.Backward(wide.Forward(x.ConvertTo<double>()), dy.ConvertTo<double>());
        for (int p = 0; p < actual.Parameters.Count; p++)
        {
            double largest = expected.Values(p).ToArray().Max(Math.Abs);
            for (int i = 0; i < actual.Values(p).Length; i++) ((double)actual.Values(p)[i]).Should().BeApproximately(expected.Values(p)[i], 1e-4 * largest, $"{actual.Names[p]} at {i}");
        }
    }

    [Fact]
    public void Losses_are_as_exact_as_float_allows_over_a_million_steps()
    {
        Sequence<float> output = new(2, 1, Million), targets = new(2, 1, Million), tokens = Sequence<float>.ForTokens(2, 1, Million);
        output.Values.Fill(0.1f);
        double square = (double)0.1f * 0.1f;
        MeanSquaredError.Compute(output, targets).Value.Should().BeApproximately(square, 1e-10);
        HuberLoss.Compute(output, targets).Value.Should().BeApproximately(square / 2, 1e-10);
        SoftmaxCrossEntropy.Compute(output, tokens).Value.Should().BeApproximately(Math.Log(2), 1e-6);
    }

    [Fact]
    public void The_norm_of_gradients_is_as_exact_as_float_allows_over_a_million_numbers()
    {
        var layer = new DenseLayer<float>(1000, 1000, seed: 1);
        Gradients<float> gradients = layer.CreateGradients();
        gradients.Values(0).Fill(0.1f);
        gradients.Norm().Should().BeApproximately(0.1f * 1000.0, 1e-9);
    }

    private static bool IsTokens(string kind) => kind is "embedding" || kind.EndsWith("tokens", StringComparison.Ordinal);

    private static Sequence<T> Input<T>(ILayer<T> layer, string kind, int batch, int steps)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!IsTokens(kind))
        {
            var x = new Sequence<T>(layer.InputSize, batch, steps);
            for (int i = 0; i < x.Values.Length; i++) x.Values[i] = T.CreateChecked((float)(i % layer.InputSize == 0 ? 0.1 : 0.3));
            return x;
        }

        Sequence<T> tokens = Sequence<T>.ForTokens(layer.InputSize, batch, steps);
        for (int t = 0; t < steps; t++)
        {
            for (int j = 0; j < batch; j++) tokens.SetToken(j, t, (t * 7 + j) % 13 == 0 ? Sequence<T>.ZeroToken : t % 3 == 0 ? 0 : (t + j) % layer.InputSize);
        }

        return tokens;
    }

    private static Gradients<T> Run<T>(ILayer<T> layer, string kind, int batch, int steps)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        State<T> initial = layer.CreateState(batch);
        foreach (StateLeaf<T> leaf in initial.Leaves) leaf.Values.Fill(T.CreateChecked(0.5));
        ForwardPass<T> pass = layer.Forward(Input(layer, kind, batch, steps), initial);
        var dy = new Sequence<T>(layer.OutputSize, batch, steps);
        dy.Values.Fill(T.CreateChecked(0.1f));
        return layer.Backward(pass, dy);
    }

    private static ILayer<float> Layer(string kind, int size = 2) => kind switch
    {
        "dense" => new DenseLayer<float>(size, size + 1, seed: 1),
        "dense of tokens" => new DenseLayer<float>(size + 1, size, seed: 1),
        "embedding" => new EmbeddingLayer<float>(size + 1, size, paddingToken: 1, seed: 1),
        "normalization" => new LayerNormalizationLayer<float>(size),
        "rnn" => new RnnLayer<float>(size, size, seed: 1),
        "rnn of tokens" => new RnnLayer<float>(size + 1, size, seed: 1),
        "lstm" => new LstmLayer<float>(size, size, seed: 1),
        "lstm with options" => new LstmLayer<float>(size, size + 3, seed: 1, new LstmOptions { ProjectionSize = size, Peepholes = true, LayerNormalization = true }),
        "gru" => new GruLayer<float>(size, size, seed: 1),
        _ => new GruLayer<float>(size, size, seed: 1, new GruOptions { ResetBefore = true }),
    };
}
