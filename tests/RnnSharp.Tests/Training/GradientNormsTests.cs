using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

public sealed class GradientNormsTests
{
    [Fact]
    public void Norms_per_layer_together_are_the_global_norm()
    {
        var model = new LayerStack<double>(new LstmLayer<double>(2, 3, seed: 1), Bidirectional.Of(seed => new GruLayer<double>(3, 2, seed), seed: 2), new DenseLayer<double>(4, 1, seed: 3));
        Sequence<double> x = Noise(2, 3, 4), target = Noise(1, 3, 4);
        var step = new TrainingStep<double>(model, new MeanSquaredError<double>());
        step.Run(new Batch<double>(x, target));
        IReadOnlyDictionary<string, double> norms = GradientNorms.PerLayer(step.Gradients);
        norms.Keys.Should().BeEquivalentTo("0", "1.forward", "1.backward", "2");
        Math.Sqrt(norms.Values.Sum(norm => norm * norm)).Should().BeApproximately(step.Gradients.Norm(), 1e-12);
        GradientNorms.PerLayer(new LstmLayer<double>(2, 3, seed: 1).CreateGradients()).Should().ContainSingle().Which.Key.Should().BeEmpty();
    }

    [Fact]
    public void Norms_over_time_are_those_of_central_differences()
    {
        var model = new LayerStack<double>(new LstmLayer<double>(2, 3, seed: 1), new RnnLayer<double>(3, 2, seed: 2));
        Sequence<double> x = Noise(2, 1, 5), target = Noise(2, 1, 5);
        IReadOnlyDictionary<string, double[]> norms = GradientNorms.OverTime(model, x, target, new MeanSquaredError<double>(LossReduction.Sum));
        norms.Keys.Should().BeEquivalentTo("0.h", "0.c", "1.h");
        for (int t = 0; t < 5; t++)
        {
            // The state before step t, and the loss of the steps from there on as a function of it.
            State<double> state = model.CreateState(1);
            if (t > 0) model.Predict(x.SliceSteps(0, t), state);
            for (int leaf = 0; leaf < state.Leaves.Count; leaf++)
            {
                double square = 0;
                for (int i = 0; i < state.Leaves[leaf].Values.Length; i++)
                {
                    double difference = (Loss(leaf, i, 1e-5) - Loss(leaf, i, -1e-5)) / 2e-5;
                    square += difference * difference;
                }

                norms[state.Names[leaf]][t].Should().BeApproximately(Math.Sqrt(square), 1e-8);
            }

            double Loss(int leaf, int i, double shift)
            {
                State<double> moved = state.Clone();
                moved.Leaves[leaf].Values[i] += shift;
                Sequence<double> output = model.Predict(x.SliceSteps(t, 5 - t), moved);
                return MeanSquaredError.Compute(output, target.SliceSteps(t, 5 - t), reduction: LossReduction.Sum).Sum;
            }
        }
    }

    [Fact]
    public void The_gradient_of_the_last_step_vanishes_in_a_plain_network_and_not_in_an_lstm_that_remembers()
    {
        const int Steps = 60;
        Sequence<double> x = Noise(2, 4, Steps), target = Noise(8, 4, Steps);
        var last = new Sequence<double>(1, 4, Steps);
        last.Step(Steps - 1).Fill(1);
        var lstm = new LstmLayer<double>(2, 8, seed: 1);
        lstm.SetForgetGateBias(6);
        double Share(ILayer<double> model, string state)
        {
            double[] norms = GradientNorms.OverTime(model, x, target, new MeanSquaredError<double>(), last)[state];
            return norms[0] / norms[^1];
        }

        Share(new RnnLayer<double>(2, 8, seed: 1), "h").Should().BeLessThan(1e-9);
        Share(lstm, "c").Should().BeGreaterThan(0.1);
    }

    private static Sequence<double> Noise(int features, int batch, int steps)
    {
        var random = new FastRandom((ulong)(features + 100 * steps));
        var sequence = new Sequence<double>(features, batch, steps);
        foreach (ref double value in sequence.Values) value = random.NextGaussian();
        return sequence;
    }
}
