using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests;

/// <summary>The token that stands for a column of zeros.</summary>
public sealed class ZeroTokenTests
{
    private const int Zero = Sequence<double>.ZeroToken;

    public static TheoryData<string, Func<ILayer<double>>> Layers => new()
    {
        { "rnn", () => new RnnLayer<double>(7, 5, seed: 1) },
        { "gru", () => new GruLayer<double>(7, 20, seed: 1) },
        { "lstm", () => new LstmLayer<double>(7, 5, seed: 1) },
        { "normalized lstm", () => new LstmLayer<double>(7, 5, seed: 1, options: new LstmOptions { LayerNormalization = true }) },
        { "dense", () => new DenseLayer<double>(7, 5, seed: 1) },
        { "reversed gru", () => new ReverseLayer<double>(new GruLayer<double>(7, 5, seed: 1)) },
    };

    [Theory]
    [MemberData(nameof(Layers))]
    public void A_zero_token_gives_the_outputs_and_gradients_of_a_column_of_zeros(string name, Func<ILayer<double>> create)
    {
        ILayer<double> layer = create();
        Sequence<double> tokens = Sequence<double>.FromTokens([[Zero, 3, 0, Zero, 6], [1, Zero, Zero], [Zero, Zero, Zero, 2]], 7);
        Sequence<double> features = OneHot(tokens);
        features.StepMatrix(0).Column(0).Should().OnlyContain(value => value == 0);

        ForwardPass<double> pass = layer.Forward(tokens), expected = layer.Forward(features);
        Gradients<double> gradients = layer.Backward(pass, pass.Output), expectedGradients = layer.Backward(expected, expected.Output);

        ShouldBe(pass.Output.Values, expected.Output.Values, name);
        ShouldBe(layer.Predict(tokens).Values, expected.Output.Values, name);
        for (int p = 0; p < gradients.Parameters.Count; p++) ShouldBe(gradients.Values(p), expectedGradients.Values(p), $"{name} {gradients.Names[p]}");
    }

    [Fact]
    public void An_embedding_gives_zeros_for_a_zero_token_and_no_row_gets_gradient_from_it()
    {
        var layer = new EmbeddingLayer<double>(3, 4, seed: 1);
        Sequence<double> tokens = Sequence<double>.FromTokens([[Zero, 2]], 3);
        ForwardPass<double> pass = layer.Forward(tokens);
        pass.Output.Step(0).ToArray().Should().Equal(0, 0, 0, 0);
        pass.Output.Step(1).ToArray().Should().Equal(layer.Weights.ToMatrix().Row(2).ToArray());

        Sequence<double> ones = new(4, 1, 2);
        ones.Values.Fill(1);
        double[,] gradient = layer.Backward(pass, ones)["weight"].ToArray();
        gradient.Should().BeEquivalentTo(new double[,] { { 0, 0, 0, 0 }, { 0, 0, 0, 0 }, { 1, 1, 1, 1 } });
    }

    [Fact]
    public void A_zero_token_as_a_target_does_not_count()
    {
        var scores = new Sequence<double>(3, 1, 2);
        scores.Values.Fill(1);
        var gradient = new Sequence<double>(3, 1, 2);
        LossValue loss = SoftmaxCrossEntropy.Compute(scores, Sequence<double>.FromTokens([[Zero, 1]], 3), gradient);
        loss.Count.Should().Be(1);
        loss.Sum.Should().BeApproximately(Math.Log(3), 1e-12);
        gradient.Step(0).ToArray().Should().Equal(0, 0, 0);
    }

    [Fact]
    public void Generating_may_begin_with_a_zero_token()
    {
        var layer = new GruLayer<double>(4, 4, seed: 1);
        Sequence<double> written = Sequence<double>.ForTokens(4, 1, 3);
        layer.Generate([Zero], layer.CreateState(1), written);
        Sequence<double> input = new(4, 1, 1);
        double[] scores = layer.Predict(input).Values.ToArray();
        written.Tokens[0].Should().Be(Array.IndexOf(scores, scores.Max()));
    }

    [Fact]
    public void A_token_sequence_reads_zero_everywhere_at_a_zero_token()
    {
        Sequence<double> tokens = Sequence<double>.ForTokens(2, 1, 1);
        tokens.SetToken(0, 0, Zero);
        tokens[0, 0, 0].Should().Be(0);
        tokens[1, 0, 0].Should().Be(0);
        tokens.AsMatrix().ToColumnMajorArray().Should().Equal(0, 0);
    }

    private static Sequence<double> OneHot(Sequence<double> tokens)
    {
        var features = new Sequence<double>(tokens.Features, tokens.Batch, tokens.Steps);
        for (int t = 0; t < tokens.Steps; t++) features.SetStep(t, tokens.StepMatrix(t));
        if (tokens.IsRagged) features.SetLengths(tokens.Lengths);
        return features;
    }

    private static void ShouldBe(ReadOnlySpan<double> actual, ReadOnlySpan<double> expected, string name)
    {
        actual.Length.Should().Be(expected.Length, name);
        for (int i = 0; i < actual.Length; i++) actual[i].Should().BeApproximately(expected[i], 1e-12, name);
    }
}
