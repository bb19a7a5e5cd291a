using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Recurrent;

/// <summary>
/// Trains three layers with dropout between them to tell at every step whether a stream of bits has had an odd number of ones so far,
/// which takes a memory that every single bit turns over.
/// </summary>
public sealed class DeepLearningTests
{
    private const int Batch = 32;
    private const int Steps = 16;
    private const int Hidden = 16;

    [Fact]
    public void Three_GRU_layers_with_dropout_learn_the_parity_of_a_bit_stream()
    {
        var model = new LayerStack<float>(
            new GruLayer<float>(2, Hidden, seed: 1),
            new DropoutLayer<float>(Hidden, 0.1, seed: 2),
            new GruLayer<float>(Hidden, Hidden, seed: 3),
            new DropoutLayer<float>(Hidden, 0.1, seed: 4),
            new GruLayer<float>(Hidden, Hidden, seed: 5),
            new DenseLayer<float>(Hidden, 2, seed: 6));
        var random = new Random(7);
        var adam = new Adam<float>(0.01);
        Sequence<float> bits = Sequence<float>.ForTokens(2, Batch, Steps), parities = Sequence<float>.ForTokens(2, Batch, Steps);
        var outputGradient = new Sequence<float>(2, Batch, Steps);
        ForwardPass<float>? pass = null;
        Gradients<float>? gradients = null;
        const int TrainingSteps = 400;
        for (int step = 0; step < TrainingSteps; step++)
        {
            Draw(bits, parities, random);
            pass = model.Forward(bits, reuse: pass);
            SoftmaxCrossEntropy.Compute(pass.Output, parities, outputGradient);
            gradients = model.Backward(pass, outputGradient, inputGradient: false, reuse: gradients);
            GradientClipping.ByNorm(gradients, 1);
            adam.Step(model.Parameters, gradients);
        }

        pass!.Draw.Should().Be(TrainingSteps, "each step had masks of its own");
        Accuracy(model, random, Steps).Should().BeGreaterThanOrEqualTo(0.99, "on bits not trained on");
        Accuracy(model, random, 4 * Steps).Should().BeGreaterThanOrEqualTo(0.99, "and on streams four times as long, because what it has learned is to turn over");
    }

    /// <summary>The share of steps at which the likelier parity is the right one.</summary>
    private static double Accuracy(ILayer<float> model, Random random, int steps)
    {
        Sequence<float> bits = Sequence<float>.ForTokens(2, Batch, steps), parities = Sequence<float>.ForTokens(2, Batch, steps);
        Draw(bits, parities, random);
        Sequence<float> scores = model.Predict(bits);
        int right = 0;
        for (int t = 0; t < steps; t++)
        {
            for (int j = 0; j < Batch; j++) right += (scores[1, j, t] > scores[0, j, t] ? 1 : 0) == parities.Tokens[j + Batch * t] ? 1 : 0;
        }

        return (double)right / (Batch * steps);
    }

    private static void Draw(Sequence<float> bits, Sequence<float> parities, Random random)
    {
        for (int j = 0; j < Batch; j++)
        {
            for (int t = 0, parity = 0; t < bits.Steps; t++)
            {
                int bit = random.Next(2);
                bits.SetToken(j, t, bit);
                parities.SetToken(j, t, parity ^= bit);
            }
        }
    }
}
