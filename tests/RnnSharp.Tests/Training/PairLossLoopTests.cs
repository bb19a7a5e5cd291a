using System.Numerics;
using FluentAssertions;
using RnnSharp.Numerics;
using RnnSharp.Tests.Numerics;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

/// <summary>The loops of losses of pairs, of normal distributions and of CTC at every length up to a few vectors and for every width.</summary>
public sealed unsafe class PairLossLoopTests
{
    public static TheoryData<int> Widths => AtWidth.All;

    [Theory]
    [MemberData(nameof(Widths))]
    public void Losses_of_pairs_equal_a_loop_over_numbers(int width)
    {
        Check<double, BinaryCrossEntropy<double>.Logit>(default, 1e-14, Logit);
        Check<float, BinaryCrossEntropy<float>.Logit>(default, 2e-6, Logit);
        Check<double, QuantileLoss<double>.Pinball>(default, 1e-15, Pinball);
        Check<float, QuantileLoss<float>.Pinball>(default, 1e-6, Pinball);
        Check<double, PoissonLoss<double>.LogRate>(new(full: true), 1e-14, (y, t, _) => (Math.Exp(y) - t * y, Math.Exp(y) - t));

        static (double, double) Logit(double z, double t, double w)
        {
            double p = 1 / (1 + Math.Exp(-z));
            return (-w * t * Math.Log(p) - (1 - t) * Math.Log(1 - p), (1 - t) * p - w * t * (1 - p));
        }

        static (double, double) Pinball(double y, double t, double q) => t > y ? (q * (t - y), -q) : ((q - 1) * (t - y), 1 - q);

        void Check<T, TLoss>(TLoss loss, double tolerance, Func<double, double, double, (double Loss, double Slope)> formula)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TLoss : struct, IPairLoss<T>
        {
            T scale = T.CreateChecked(0.25);
            OffsetSpans.ForEach((length, offset, random) =>
            {
                T[] y = OffsetSpans.Draw<T>(length, offset, random), t = OffsetSpans.Draw<T>(length, offset / 2, random), p = OffsetSpans.Draw<T>(length, offset, random);
                T[] gradient = OffsetSpans.Draw<T>(length, offset, random), losses = OffsetSpans.Draw<T>(length, offset, random), before = [.. gradient], beforeLosses = [.. losses];
                for (int mode = 0; mode < 3; mode++)
                {
                    // Targets and parameters one for each pair; one parameter for all; one target for all.
                    double sum = 0;
                    fixed (T* yp = y, tp = t, pp = p, dp = gradient, fp = losses)
                    {
                        var pairs = new PairLoss.Pairs<T, TLoss>(yp + offset, mode == 2 ? null : tp + offset / 2, t[offset / 2], mode == 1 ? null : pp + offset, p[offset], dp + offset, fp + offset, scale, loss);
                        sum = AtWidth.Sum<T, SumLoop<T, PairLoss.Pairs<T, TLoss>, PairLoss.AddOperator>>(width, new(pairs, length, default));
                    }

                    double expected = 0;
                    for (int i = 0; i < length; i++)
                    {
                        (double value, double slope) = formula(Number(y[offset + i]), Number(t[offset / 2 + (mode == 2 ? 0 : i)]), Number(p[offset + (mode == 1 ? 0 : i)]));
                        expected += value;
                        if (!OffsetSpans.Near(losses[offset + i], value, tolerance)) Assert.Fail($"{typeof(TLoss)} at {i} of {length}: expected {value}, got {losses[offset + i]}.");
                        if (!OffsetSpans.Near(gradient[offset + i], 0.25 * slope, tolerance)) Assert.Fail($"{typeof(TLoss)} at {i} of {length}: expected {0.25 * slope}, got {gradient[offset + i]}.");
                    }

                    sum.Should().BeApproximately(expected, tolerance * (1 + length));
                }

                gradient.AsSpan(0, offset).SequenceEqual(before.AsSpan(0, offset)).Should().BeTrue();
                gradient.AsSpan(offset + length).SequenceEqual(before.AsSpan(offset + length)).Should().BeTrue();
                losses.AsSpan(0, offset).SequenceEqual(beforeLosses.AsSpan(0, offset)).Should().BeTrue();
                losses.AsSpan(offset + length).SequenceEqual(beforeLosses.AsSpan(offset + length)).Should().BeTrue();
            });
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Normal_distributions_equal_a_loop_over_numbers(int width)
    {
        OffsetSpans.ForEach((length, offset, random) =>
        {
            if (length == 0) return;
            double[] y = OffsetSpans.Draw<double>(2 * length, offset, random), t = OffsetSpans.Draw<double>(length, offset, random);
            double[] gradient = new double[2 * length], losses = new double[length];
            double sum, expected = 0;
            fixed (double* yp = y, tp = t, dp = gradient, fp = losses)
            {
                var densities = new GaussianLoss<double>.Densities(yp + offset, yp + offset + length, tp + offset, dp, length, fp, 0.5, GaussianOutput.LogVariance, least: -50, constant: 1);
                sum = AtWidth.Sum<double, SumLoop<double, GaussianLoss<double>.Densities, PairLoss.AddOperator>>(width, new(densities, length, default));
            }

            for (int i = 0; i < length; i++)
            {
                double error = y[offset + i] - t[offset + i], second = y[offset + length + i], precision = Math.Exp(-second), value = (second + error * error * precision + 1) / 2;
                expected += value;
                losses[i].Should().BeApproximately(value, 1e-14);
                gradient[i].Should().BeApproximately(0.5 * error * precision, 1e-14);
                gradient[length + i].Should().BeApproximately(0.25 * (1 - error * error * precision), 1e-14);
            }

            sum.Should().BeApproximately(expected, 1e-13 * length);
        });
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void A_step_of_CTC_equals_a_loop_over_states(int width)
    {
        for (int count = 1; count <= 41; count++)
        {
            var random = new Random(count);
            double[] from = Row(), skips = Row(), emissions = Row(), forward = Row(), backward = Row(), states = Row();
            for (int s = 0; s < count; s++)
            {
                (from[s + 8], emissions[s + 8], skips[s + 8]) = (random.Next(5) == 0 ? -1e300 : -20 * random.NextDouble(), random.Next(9) == 0 ? -1e300 : -random.NextDouble(), random.Next(2) == 0 ? 0 : -1e300);
            }

            fixed (double* f = from, k = skips, e = emissions, a = forward, b = backward, o = states)
            {
                AtWidth.Invoke<double, CtcLattice.Transition>(width, new(f + 8, -1, k + 8, e + 8, a + 8, count));
                AtWidth.Invoke<double, CtcLattice.Transition>(width, new(f + 8, 1, k + 8, e + 8, b + 8, count));
                AtWidth.Invoke<double, CtcLattice.Occupation>(width, new(a + 8, b + 8, e + 8, -3, o + 8, count));
            }

            for (int s = 0; s < count; s++)
            {
                Near(forward[s + 8], Entered(s, -1));
                Near(backward[s + 8], Entered(s, 1));
                double occupied = emissions[s + 8] < -1e200 || forward[s + 8] < -1e200 || backward[s + 8] < -1e200 ? 0 : Math.Exp(forward[s + 8] + backward[s + 8] - emissions[s + 8] + 3);
                states[s + 8].Should().BeApproximately(occupied, 1e-12 * Math.Max(1, occupied));
            }

            // Past the last state nothing changes, so that the next step can read it.
            forward.Where((_, i) => i < 8 || i >= 8 + count).Should().OnlyContain(value => value == -1e300);
            backward.Where((_, i) => i < 8 || i >= 8 + count).Should().OnlyContain(value => value == -1e300);

            double[] Row() => [.. Enumerable.Repeat(-1e300, 64)];

            double Entered(int s, int side)
            {
                double sum = Math.Exp(from[s + 8]) + Math.Exp(from[s + 8 + side]) + (skips[s + 8] == 0 ? Math.Exp(from[s + 8 + 2 * side]) : 0);
                return sum == 0 || emissions[s + 8] < -1e200 ? -1e300 : Math.Log(sum) + emissions[s + 8];
            }

            static void Near(double actual, double expected)
            {
                if (expected < -1e200) actual.Should().BeLessThan(-1e200);
                else actual.Should().BeApproximately(expected, 1e-13);
            }
        }
    }

    private static double Number<T>(T value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => double.CreateChecked(value);
}
