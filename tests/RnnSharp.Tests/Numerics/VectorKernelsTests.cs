using System.Numerics;
using FluentAssertions;
using RnnSharp.Numerics;
using RnnSharp.Tests.Recurrent;
using Xunit;

namespace RnnSharp.Tests.Numerics;

/// <summary>Every kernel over spans against a loop over numbers: at every length up to a few lanes, wherever the spans begin, and for every lane.</summary>
public sealed class VectorKernelsTests
{
    private const int Longest = 130;

    // Around every span, so that a write past its ends shows.
    private const int Margin = 67;

    public static TheoryData<int> Widths => [512, 256, 128, 0];

    [Theory]
    [MemberData(nameof(Widths))]
    public void ElementsAreThoseOfTheLoop(int width)
    {
        Check<float>();
        Check<double>();

        void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            VectorKernels<T> kernels = Kernels<T>(width);
            T factor = T.CreateChecked(-0.3), bound = T.CreateChecked(0.5);
            EveryLength((length, offset, random) =>
            {
                T[] values = Draw<T>(length, offset, random), other = Draw<T>(length, offset / 2, random);
                if (length > 2) (values[offset], values[offset + length - 1]) = (T.PositiveInfinity, T.NegativeInfinity);
                Compare(x => kernels.Scale(x, factor), i => values[offset + i] * factor);
                Compare(x => kernels.Clamp(x, bound), i => T.Clamp(values[offset + i], -bound, bound));
                Compare(x => kernels.Add(x, other.AsSpan(offset / 2, length)), i => values[offset + i] + other[offset / 2 + i]);
                Compare(x => kernels.Add(other.AsSpan(offset / 2, length), values.AsSpan(offset, length), x), i => values[offset + i] + other[offset / 2 + i]);
                Compare(x => kernels.Average(values.AsSpan(offset, length), other.AsSpan(offset / 2, length), x), i => (values[offset + i] + other[offset / 2 + i]) / T.CreateChecked(2));
                Compare(x => kernels.Multiply(x, other.AsSpan(offset / 2, length), x), i => values[offset + i] * other[offset / 2 + i]);

                void Compare(SpanWork<T> work, Func<int, T> expected)
                {
                    T[] actual = [.. values], all = [.. values];
                    for (int i = 0; i < length; i++) all[offset + i] = expected(i);
                    work(actual.AsSpan(offset, length));
                    Bits.ShouldBeSame<T>(actual, all, $"{length} at {offset}");
                }
            });
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void WhatIsDroppedIsZeroAndTheRestIsScaled(int width)
    {
        Check<float>();
        Check<double>();

        void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            VectorKernels<T> kernels = Kernels<T>(width);
            T factor = T.CreateChecked(1.3);
            EveryLength((length, offset, random) =>
            {
                ulong[] dropped = [.. Enumerable.Range(0, (length + 63) / 64).Select(_ => (ulong)random.NextInt64(long.MinValue, long.MaxValue))];
                T[] source = Draw<T>(length, offset / 2, random), actual = Draw<T>(length, offset, random), expected = [.. actual];
                for (int i = 0; i < length; i++)
                {
                    bool zero = (dropped[i / 64] >> (i % 64) & 1) != 0;
                    if (zero && i % 5 == 0) source[offset / 2 + i] = i % 2 == 0 ? T.NaN : T.NegativeInfinity;
                    expected[offset + i] = zero ? T.Zero : source[offset / 2 + i] * factor;
                }

                kernels.Drop(source.AsSpan(offset / 2, length), dropped, factor, actual.AsSpan(offset, length));
                Bits.ShouldBeSame<T>(actual, expected, $"{length} at {offset}");
                kernels.Drop(source.AsSpan(offset / 2, length), dropped, factor, source.AsSpan(offset / 2, length));
                Bits.ShouldBeSame<T>(source.AsSpan(offset / 2, length), expected.AsSpan(offset, length), "in place");
            });
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void AStepOfAdamIsThatOfTheLoop(int width)
    {
        Check<float>(1e-6);
        Check<double>(1e-14);

        void Check<T>(double tolerance)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            VectorKernels<T> kernels = Kernels<T>(width);
            EveryLength((length, offset, random) =>
            {
                bool inside = length % 2 == 0;
                var step = new AdamStep<T>(T.CreateChecked(0.9), T.CreateChecked(0.99), T.CreateChecked(0.1), T.CreateChecked(0.01), T.CreateChecked(3), T.CreateChecked(7), T.CreateChecked(0.25), T.CreateChecked(0.125), T.CreateChecked(0.75), inside);
                T[] w = Draw<T>(length, offset, random), g = Draw<T>(length, offset, random), m = Draw<T>(length, offset, random), v = [.. Draw<T>(length, offset, random).Select(T.Abs)];
                T[] weights = [.. w], means = [.. m], squares = [.. v];
                kernels.Adam(weights.AsSpan(offset, length), g.AsSpan(offset, length), means.AsSpan(offset, length), squares.AsSpan(offset, length), step);
                for (int i = 0; i < w.Length; i++)
                {
                    bool counts = i >= offset && i < offset + length;
                    double gradient = double.CreateChecked(g[i]), first = double.CreateChecked(m[i]), second = double.CreateChecked(v[i]), weight = double.CreateChecked(w[i]);
                    if (counts) first = 0.9 * first + 0.1 * gradient;
                    if (counts) second = 0.99 * second + 0.01 * gradient * gradient;
                    if (counts) weight = 0.75 * weight - 0.25 * 3 * first / (inside ? Math.Sqrt(7 * second + 0.125) : Math.Sqrt(7 * second) + 0.125);
                    if (!Near(means[i], first, tolerance) || !Near(squares[i], second, tolerance) || !Near(weights[i], weight, 4 * tolerance))
                        Assert.Fail($"{i - offset} of {length}: expected {first}, {second} and {weight}, got {means[i]}, {squares[i]} and {weights[i]}.");
                }
            });
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void SquaresAreAddedUpInDoublePrecision(int width)
    {
        Check<float>(1e30f, 1e-6);
        Check<double>(1e100, 1e-14);

        void Check<T>(T huge, double tolerance)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            VectorKernels<T> kernels = Kernels<T>(width);
            T scale = T.CreateChecked(0.375);
            EveryLength((length, offset, random) =>
            {
                T[] y = Draw<T>(length, offset, random), target = Draw<T>(length, offset / 2, random);
                double squares = 0, errors = 0;
                T[] gradient = Draw<T>(length, offset, random), expected = [.. gradient];
                for (int i = 0; i < length; i++)
                {
                    T difference = y[offset + i] - target[offset / 2 + i];
                    expected[offset + i] = scale * difference;
                    squares += Math.Pow(double.CreateChecked(y[offset + i]), 2);
                    errors += Math.Pow(double.CreateChecked(difference), 2);
                }

                double sum = kernels.SumOfSquares(y.AsSpan(offset, length));
                sum.Should().BeApproximately(squares, 1e-14 * squares, "{0} at {1}", length, offset);
                double error = kernels.SquaredError(y.AsSpan(offset, length), target.AsSpan(offset / 2, length), gradient.AsSpan(offset, length), scale);
                error.Should().BeApproximately(errors, 1e-14 * errors, "{0} at {1}", length, offset);
                Bits.ShouldBeSame<T>(gradient, expected, "gradient");
                kernels.SquaredError(y.AsSpan(offset, length), target.AsSpan(offset / 2, length), default, scale).Should().Be(error);

                if (length == 0) return;
                y.AsSpan(offset, length).Clear();
                y[offset + random.Next(length)] = huge;
                Math.Sqrt(kernels.SumOfSquares(y.AsSpan(offset, length))).Should().BeApproximately(double.CreateChecked(huge), tolerance * double.CreateChecked(huge));
            });
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void WhatIsNotFiniteIsFoundWhereverItStands(int width)
    {
        Check<float>(float.MaxValue);
        Check<double>(double.MaxValue);

        void Check<T>(T greatest)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            VectorKernels<T> kernels = Kernels<T>(width);
            for (int length = 0; length <= Longest; length++)
            {
                // What stands outside counts for nothing.
                T[] values = new T[length + 2 * Margin];
                values.AsSpan().Fill(T.NaN);
                Span<T> span = values.AsSpan(Margin + length % 3, length);
                for (int i = 0; i < length; i++) span[i] = (i % 4) switch { 0 => greatest, 1 => -greatest, 2 => T.Epsilon, _ => T.NegativeZero };
                (kernels.AllFinite(span), kernels.AnyNaN(span)).Should().Be((true, false), "{0} are finite", length);
                for (int i = 0; i < length; i++)
                {
                    foreach (T bad in (T[])[T.NaN, -T.NaN, T.PositiveInfinity, T.NegativeInfinity])
                    {
                        T kept = span[i];
                        span[i] = bad;
                        if (kernels.AllFinite(span) || kernels.AnyNaN(span) != T.IsNaN(bad)) Assert.Fail($"{bad} at {i} of {length} is not found.");
                        span[i] = kept;
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void CrossEntropyIsThatOfTheLoopAndOfEachColumnAlone(int width)
    {
        Check<float>(1e-6);
        Check<double>(2e-15);

        void Check<T>(double tolerance)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            VectorKernels<T> kernels = Kernels<T>(width);
            const int Columns = 4;
            T scale = T.CreateChecked(0.25);
            EveryLength((length, offset, random) =>
            {
                // Eighths, so that nothing is lost where the maximum is subtracted. The second column and what stands outside are NaN.
                int classes = length + 1;
                T[] z = new T[classes * Columns + 2 * Margin], d = [.. z];
                z.AsSpan().Fill(T.NaN);
                d.AsSpan().Fill(T.One);
                int[] targets = [.. Enumerable.Range(0, Columns).Select(_ => random.Next(classes))];
                for (int i = 0; i < classes * Columns; i++)
                {
                    if (i / classes != 1) z[offset + i] = T.CreateChecked(random.Next(-80, 81) / 8.0);
                }

                double loss = 0;
                kernels.CrossEntropy(z.AsSpan(offset, classes * Columns), classes, targets, d.AsSpan(offset, classes * Columns), scale).Should().Be(double.NaN);
                for (int column = 0; column < Columns; column++)
                {
                    Span<T> scores = z.AsSpan(offset + column * classes, classes), gradient = d.AsSpan(offset + column * classes, classes);
                    T[] alone = new T[classes];
                    double value = kernels.CrossEntropy(scores, classes, targets.AsSpan(column, 1), alone, scale);
                    kernels.CrossEntropy(scores, classes, targets.AsSpan(column, 1), default, scale).Should().Be(value, "the gradient is not needed for the value");
                    Bits.ShouldBeSame<T>(gradient, alone, $"column {column} of {classes} classes");
                    if (column == 1)
                    {
                        alone.All(T.IsNaN).Should().BeTrue();
                        scores.Fill(T.Zero);
                        continue;
                    }

                    double[] e = new double[classes];
                    for (int i = 0; i < classes; i++) e[i] = Math.Exp(double.CreateChecked(scores[i]));
                    double sum = e.Sum();
                    value.Should().BeApproximately(Math.Log(sum / e[targets[column]]), tolerance * 20);
                    for (int i = 0; i < classes; i++)
                    {
                        double expected = 0.25 * (e[i] / sum - (i == targets[column] ? 1 : 0));
                        if (!Near(gradient[i], expected, tolerance)) Assert.Fail($"{i} of {classes} classes: expected {expected}, got {gradient[i]}.");
                    }

                    loss += value;
                }

                for (int i = 0; i < d.Length; i++)
                {
                    if ((i < offset || i >= offset + classes * Columns) && d[i] != T.One) Assert.Fail($"{classes} classes: written at {i - offset}.");
                }

                kernels.CrossEntropy(z.AsSpan(offset, classes * Columns), classes, targets, default, scale).Should().BeApproximately(loss + Math.Log(classes), tolerance * 80);
            });
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void ManyLossesAddUpThoughTheProductOfTheirSumsWouldOverflow(int width)
    {
        VectorKernels<float> kernels = Kernels<float>(width);
        var scores = new float[9 * 3000];
        kernels.CrossEntropy(scores, 9, new int[3000], default, 1).Should().BeApproximately(3000 * Math.Log(9), 1e-9);
    }

    private static VectorKernels<T> Kernels<T>(int width)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => width switch
        {
            512 => new VectorKernels<T, SimdVector512<T>>(),
            256 => new VectorKernels<T, SimdVector256<T>>(),
            128 => new VectorKernels<T, SimdVector128<T>>(),
            _ => new VectorKernels<T, ScalarVector<T>>(),
        };

    /// <summary>A plain comparison, as an assertion for each of a million elements would take seconds.</summary>
    private static bool Near<T>(T actual, double expected, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Math.Abs(double.CreateChecked(actual) - expected) <= tolerance;

    /// <summary>Calls with every length, and for each of some places to begin.</summary>
    private static void EveryLength(Action<int, int, Random> check)
    {
        for (int length = 0; length <= Longest; length++)
        {
            for (int offset = Margin - 3; offset < Margin; offset++) check(length, offset, new Random(length + 1000 * offset));
        }
    }

    private static T[] Draw<T>(int length, int offset, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var values = new T[offset + length + Margin];
        Make.Fill(values, random);
        return values;
    }

    private delegate void SpanWork<T>(Span<T> span);
}
