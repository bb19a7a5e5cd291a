using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>
/// Trains on ragged examples to tell at every step which token the example begins with and which it ends with: a pair of 4 · 4. What runs
/// in one direction can know only half of it.
/// </summary>
public sealed class BidirectionalLearningTests
{
    private const int Tokens = 4;
    private const int Batch = 32;
    private const int Steps = 9;

    [Fact]
    public void A_bidirectional_LSTM_learns_from_both_ends_of_ragged_examples()
    {
        BidirectionalLayer<float> both = Bidirectional.Of(seed => new LstmLayer<float>(Tokens, 12, seed), seed: 1);
        AccuracyAfterTraining(new LayerStack<float>(both, new DenseLayer<float>(24, Tokens * Tokens, seed: 2))).Should().Be(1);
        AccuracyAfterTraining(new LayerStack<float>(new LstmLayer<float>(Tokens, 24, seed: 1), new DenseLayer<float>(24, Tokens * Tokens, seed: 2)))
            .Should().BeLessThan(0.6, "one direction knows the end only where it is");
    }

    /// <summary>The share of steps of examples not trained on whose most likely pair is the right one.</summary>
    private static double AccuracyAfterTraining(ILayer<float> model)
    {
        var random = new Random(3);
        var adam = new Adam<float>(0.02);
        Sequence<float> x = Sequence<float>.ForTokens(Tokens, Batch, Steps), pairs = Sequence<float>.ForTokens(Tokens * Tokens, Batch, Steps);
        var outputGradient = new Sequence<float>(Tokens * Tokens, Batch, Steps);
        ForwardPass<float>? pass = null;
        Gradients<float>? gradients = null;
        for (int step = 0; step < 300; step++)
        {
            Draw(x, pairs, random);
            pass = model.Forward(x, reuse: pass);
            SoftmaxCrossEntropy.Compute(pass.Output, pairs, outputGradient);
            gradients = model.Backward(pass, outputGradient, inputGradient: false, reuse: gradients);
            GradientClipping.ByNorm(gradients, 1);
            adam.Step(model.Parameters, gradients);
        }

        Draw(x, pairs, random);
        Sequence<float> scores = model.Predict(x);
        int right = 0, all = 0;
        for (int j = 0; j < Batch; j++)
        {
            for (int t = 0; t < x.LengthOf(j); t++, all++)
            {
                Span<float> column = scores.Step(t).Slice(j * scores.Features, scores.Features);
                int best = 0;
                for (int i = 1; i < column.Length; i++) best = column[i] > column[best] ? i : best;
                if (best == pairs.Tokens[j + Batch * t]) right++;
            }
        }

        return (double)right / all;
    }

    private static void Draw(Sequence<float> x, Sequence<float> pairs, Random random)
    {
        int[] lengths = [.. Enumerable.Range(0, Batch).Select(_ => random.Next(1, Steps + 1))];
        for (int j = 0; j < Batch; j++)
        {
            for (int t = 0; t < Steps; t++) x.SetToken(j, t, random.Next(Tokens));
            int pair = x.Tokens[j] * Tokens + x.Tokens[j + Batch * (lengths[j] - 1)];
            for (int t = 0; t < Steps; t++) pairs.SetToken(j, t, pair);
        }

        x.SetLengths(lengths);
        pairs.SetLengths(lengths);
    }
}
