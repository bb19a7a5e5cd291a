using System.Numerics;
using FluentAssertions;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

/// <summary>The Huber loss against its definition, written out element by element.</summary>
public sealed class HuberLossTests
{
    [Fact]
    public void Values_and_gradients_equal_hand_computed_ones()
    {
        Sequence<double> output = Of(0.5, -3, 1), targets = Of(0, 0, 1);
        var gradient = new Sequence<double>(1, 1, 0);
        HuberLoss.Compute(output, targets, gradient, reduction: LossReduction.Sum).Value.Should().Be(0.125 + 2.5 + 0);
        gradient.Values.ToArray().Should().Equal(0.5, -1, 0);
        HuberLoss.Compute(output, targets, gradient, delta: 2).Value.Should().BeApproximately((0.125 + 4 + 0) / 3, 1e-15);
        gradient.Values.ToArray().Should().Equal(0.5 / 3, -2.0 / 3, 0);

        static Sequence<double> Of(params double[] values)
        {
            var sequence = new Sequence<double>(1, 1, values.Length);
            values.CopyTo(sequence.Values);
            return sequence;
        }
    }

    [Theory]
    [InlineData(LossReduction.Mean)]
    [InlineData(LossReduction.Sum)]
    public void Ragged_batches_follow_the_definition(LossReduction reduction)
    {
        Check<double>(1e-13);
        Check<float>(2e-6);

        void Check<T>(double tolerance)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int seed = 0; seed < 40; seed++)
            {
                var random = new Random(seed);
                int features = random.Next(1, 40), batch = random.Next(1, 4), steps = random.Next(1, 6);
                double delta = 0.1 + random.NextDouble();
                Sequence<T> output = new(features, batch, steps), targets = new(features, batch, steps);
                int[] lengths = [.. Enumerable.Range(0, batch).Select(_ => random.Next(steps + 1))];
                foreach (Sequence<T> sequence in (Sequence<T>[])[output, targets])
                {
                    foreach (ref T value in sequence.Values) value = T.CreateChecked(4 * random.NextDouble() - 2);
                    sequence.SetLengths(lengths);
                }

                double sum = 0;
                long count = 0;
                var expected = new double[output.Values.Length];
                for (int i = 0; i < expected.Length; i++)
                {
                    if (i / features / batch >= lengths[i / features % batch]) continue;
                    double d = double.CreateChecked(output.Values[i]) - double.CreateChecked(targets.Values[i]);
                    sum += Math.Abs(d) <= delta ? d * d / 2 : delta * (Math.Abs(d) - delta / 2);
                    expected[i] = Math.Clamp(d, -delta, delta);
                    count++;
                }

                var gradient = new Sequence<T>(1, 1, 0);
                LossValue loss = HuberLoss.Compute(output, targets, gradient, delta, reduction);
                loss.Count.Should().Be(count);
                loss.Sum.Should().BeApproximately(sum, tolerance * (1 + count));
                double scale = reduction == LossReduction.Mean && count > 0 ? 1.0 / count : 1;
                for (int i = 0; i < expected.Length; i++) double.CreateChecked(gradient.Values[i]).Should().BeApproximately(scale * expected[i], tolerance);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(1e39)]
    [InlineData(1e-60)]
    public void A_delta_out_of_range_is_rejected(double delta) =>
        FluentActions.Invoking(() => HuberLoss.Compute(new Sequence<float>(1, 1, 1), new Sequence<float>(1, 1, 1), delta: delta)).Should().Throw<ArgumentException>().WithParameterName("delta");
}
