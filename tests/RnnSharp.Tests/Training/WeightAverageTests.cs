using System.Numerics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Layers;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Tests.References;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

public sealed class WeightAverageTests
{
    [Fact]
    public void A_running_mean_is_the_mean_of_all_updates()
    {
        var layer = new DenseLayer<double>(4, 3, seed: 1);
        var average = new WeightAverage<double>(layer);
        var sum = new double[12];
        for (int n = 1; n <= 100; n++)
        {
            Move(layer, n);
            for (int i = 0; i < sum.Length; i++) sum[i] += layer.Weights.Values[i];
            average.Update();
            if (n % 33 == 1) GoldenCases.ShouldBeNear<double>(average.GetState().GetArray<double>("average.weight"), [.. sum.Select(value => value / n)], 1e-14, $"{n} updates");
        }

        average.Updates.Should().Be(100);
        average.ToString().Should().Be("running mean of 100 updates");
    }

    [Fact]
    public void An_exponential_average_starts_at_the_first_update_and_follows_its_formula()
    {
        Check<double>(1e-14);
        Check<float>(1e-6);

        static void Check<T>(double tolerance)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var layer = new DenseLayer<T>(4, 3, seed: 1);
            var average = new WeightAverage<T>(layer, decay: 0.75);
            double[] expected = [];
            for (int n = 1; n <= 30; n++)
            {
                Move(layer, n);
                average.Update();
                double[] now = [.. layer.Weights.Values.ToArray().Select(double.CreateChecked)];
                expected = n == 1 ? now : [.. expected.Zip(now, (a, w) => 0.75 * a + 0.25 * w)];
                GoldenCases.ShouldBeNear<T>(average.GetState().GetArray<T>("average.weight"), expected, tolerance, $"{n} updates");
            }
        }
    }

    [Fact]
    public void Recency_weighs_later_updates_more_as_the_published_average_does()
    {
        // Shamir and Zhang 2013: (1 - (η + 1) / (t + η)) a + (η + 1) / (t + η) W.
        const double Eta = 4;
        var layer = new DenseLayer<double>(4, 3, seed: 1);
        var average = new WeightAverage<double>(layer, recency: Eta);
        double expected = 0;
        for (int t = 1; t <= 50; t++)
        {
            Move(layer, t);
            average.Update();
            double share = (Eta + 1) / (t + Eta);
            expected = (1 - share) * expected + share * layer.Weights.Values[5];
            average.GetState().GetArray<double>("average.weight")[5].Should().BeApproximately(expected, 1e-14);
        }
    }

    [Fact]
    public void Before_the_first_update_the_average_is_the_layers_start()
    {
        var layer = new DenseLayer<double>(4, 3, seed: 1);
        double[] start = layer.Weights.Values.ToArray();
        var average = new WeightAverage<double>(layer);
        Move(layer, 1);
        var copy = new DenseLayer<double>(4, 3, seed: 2);
        average.CopyTo(copy);
        copy.Weights.Values.ToArray().Should().Equal(start);
    }

    [Fact]
    public void Swapping_twice_gives_the_weights_back_to_the_last_bit()
    {
        var layer = new LstmLayer<float>(3, 5, seed: 1);
        var average = new WeightAverage<float>(layer, 0.9);
        for (int n = 0; n < 5; n++)
        {
            Move(layer, n);
            average.Update();
        }

        layer.Bias.Set([.. layer.Bias.Values[..^2], float.NaN, -0f]);
        float[][] own = [.. layer.Parameters.Select(parameter => parameter.Values.ToArray())];
        StateDictionary state = average.GetState();
        var copy = new LstmLayer<float>(3, 5, seed: 2);
        long version = layer.Bias.Version;
        average.Swap();
        average.IsSwapped.Should().BeTrue();
        layer.Bias.Version.Should().BeGreaterThan(version);
        Bits.ShouldBeSame(layer.InputWeights.Values, state.GetArray<float>("average.weight_ih"), "the average in the layer");

        // The average is still the average.
        States.ShouldBeSame(average.GetState(), state);
        average.CopyTo(copy);
        Bits.ShouldBeSame(copy.InputWeights.Values, layer.InputWeights.Values, "the average in a copy");
        average.ToString().Should().Be("exponential moving average (decay 0.9) of 5 updates, in the layer");
        average.Invoking(it => it.Update()).Should().Throw<InvalidOperationException>();
        average.Invoking(it => it.SetState(state)).Should().Throw<InvalidOperationException>();

        average.Swap();
        for (int p = 0; p < own.Length; p++) Bits.ShouldBeSame(layer.Parameters[p].Values, own[p], layer.ParameterNames[p]);
        States.ShouldBeSame(average.GetState(), state);
    }

    [Theory]
    [InlineData(0.9, 0)]
    [InlineData(null, 0)]
    [InlineData(null, 4)]
    public void A_saved_state_continues_bit_for_bit(double? decay, double recency)
    {
        var layer = new DenseLayer<float>(4, 3, seed: 1);
        WeightAverage<float> average = new(layer, decay, recency), resumed = new(layer, decay, recency);
        for (int n = 0; n < 20; n++)
        {
            Move(layer, n);
            average.Update();
            if (n == 9) resumed.SetState(average.GetState());
            if (n > 9) resumed.Update();
        }

        States.ShouldBeSame(resumed.GetState(), average.GetState());
        foreach ((string name, object? bad) in ((string, object?)[])[("updates", -1L), ("updates", null), ("average.bias", new float[2]), ("average.bias", new double[3]), ("average.weight", null), ("average.bias", new[] { 1, float.NaN, 1 })])
        {
            StateDictionary before = average.GetState();
            average.Invoking(it => it.SetState(new WeightAverage<float>(layer).GetState().With(name, bad))).Should().Throw<InvalidDataException>();
            States.ShouldBeSame(average.GetState(), before);
        }
    }

    [Fact]
    public void Warm_calls_allocate_nothing()
    {
        var layer = new LstmLayer<float>(3, 5, seed: 1);
        var copy = new LstmLayer<float>(3, 5, seed: 2);
        var average = new WeightAverage<float>(layer, 0.9);
        Warm.ShouldAllocateNothing(() => [("Update", average.Update), ("Swap", average.Swap), ("Swap back", average.Swap), ("CopyTo", () => average.CopyTo(copy))]);
    }

    private static void Move<T>(ILayer<T> layer, int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(seed);
        foreach (Parameter<T> parameter in layer.Parameters)
            parameter.Update(random, static (values, draw) =>
            {
                foreach (ref T value in values) value += T.CreateChecked(draw.NextDouble() - 0.5);
            });
    }
}
