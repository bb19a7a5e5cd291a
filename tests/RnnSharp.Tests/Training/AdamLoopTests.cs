using System.Numerics;
using FluentAssertions;
using RnnSharp.Tests.Numerics;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

/// <summary>Adam's step at every length up to a few vectors, wherever the spans begin, and for every width.</summary>
public sealed class AdamLoopTests
{
    public static TheoryData<int> Widths => AtWidth.All;

    [Theory]
    [MemberData(nameof(Widths))]
    public void Step_equals_a_loop_over_numbers(int width)
    {
        const double Rate = 0.25, Beta1 = 0.9, Beta2 = 0.99, Epsilon = 0.125, Decay = 0.5;
        const int Step = 3;
        Check<float>(1e-6);
        Check<double>(1e-14);

        void Check<T>(double tolerance)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            int seen = 0;
            OffsetSpans.ForEach((length, offset, random) =>
            {
                bool inside = length % 2 == 0;
                var adam = new Adam<T>(Rate, Beta1, Beta2, Epsilon, Decay, inside ? AdamEpsilon.InsideRoot : AdamEpsilon.OutsideRoot);
                T[] w = OffsetSpans.Draw<T>(length, offset, random), g = OffsetSpans.Draw<T>(length, offset, random), m = OffsetSpans.Draw<T>(length, offset, random), v = [.. OffsetSpans.Draw<T>(length, offset, random).Select(T.Abs)];
                T[] weights = [.. w], means = [.. m], squares = [.. v];
                AtWidth.Update(width, weights.AsSpan(offset, length), g.AsSpan(offset, length), means.AsSpan(offset, length), squares.AsSpan(offset, length), new Adam<T>.StepOperator(adam, Step, Rate, Decay));
                for (int i = 0; i < w.Length; i++)
                {
                    double gradient = double.CreateChecked(g[i]), first = double.CreateChecked(m[i]), second = double.CreateChecked(v[i]), weight = double.CreateChecked(w[i]);
                    if (i >= offset && i < offset + length)
                    {
                        first = Beta1 * first + (1 - Beta1) * gradient;
                        second = Beta2 * second + (1 - Beta2) * gradient * gradient;
                        double unbiased = first / (1 - Math.Pow(Beta1, Step)), unbiasedSquare = second / (1 - Math.Pow(Beta2, Step));
                        double root = inside ? Math.Sqrt(unbiasedSquare + Epsilon) : Math.Sqrt(unbiasedSquare) + Epsilon;
                        weight = (1 - Rate * Decay) * weight - Rate * unbiased / root;
                        seen++;
                    }

                    if (!OffsetSpans.Near(means[i], first, tolerance) || !OffsetSpans.Near(squares[i], second, tolerance) || !OffsetSpans.Near(weights[i], weight, 4 * tolerance))
                        Assert.Fail($"{i - offset} of {length}: expected {first}, {second} and {weight}, got {means[i]}, {squares[i]} and {weights[i]}.");
                }
            });
            seen.Should().BeGreaterThan(10_000);
        }
    }
}
