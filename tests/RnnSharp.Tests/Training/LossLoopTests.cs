using System.Numerics;
using FluentAssertions;
using RnnSharp.Numerics;
using RnnSharp.Tests.Numerics;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

/// <summary>The inner loops of the losses at every length up to a few vectors, wherever the spans begin, and for every width.</summary>
public sealed unsafe class LossLoopTests
{
    public static TheoryData<int> Widths => AtWidth.All;

    [Theory]
    [MemberData(nameof(Widths))]
    public void Squared_error_equals_a_loop_over_numbers(int width)
    {
        Check<float>();
        Check<double>();

        void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            T scale = T.CreateChecked(0.1875);
            OffsetSpans.ForEach((length, offset, random) =>
            {
                T[] y = OffsetSpans.Draw<T>(length, offset, random), target = OffsetSpans.Draw<T>(length, offset / 2, random);
                double errors = 0;
                T[] gradient = OffsetSpans.Draw<T>(length, offset, random), expected = [.. gradient];
                for (int i = 0; i < length; i++)
                {
                    T difference = y[offset + i] - target[offset / 2 + i];
                    expected[offset + i] = (scale + scale) * difference;
                    errors += Math.Pow(double.CreateChecked(difference), 2);
                }

                double error = SquaredError(y.AsSpan(offset, length), target.AsSpan(offset / 2, length), gradient.AsSpan(offset, length));
                error.Should().BeApproximately(errors, 1e-14 * errors, "{0} at {1}", length, offset);
                Bits.ShouldBeSame<T>(gradient, expected, "gradient");
                SquaredError(y.AsSpan(offset, length), target.AsSpan(offset / 2, length), default).Should().Be(error);
            });

            double SquaredError(ReadOnlySpan<T> output, ReadOnlySpan<T> targets, Span<T> gradient)
            {
                fixed (T* y = output, t = targets, d = gradient)
                {
                    var elements = new DifferenceLoss.Differences<T, MeanSquaredError.SquaredError<T>>(y, t, d, scale, default);
                    return AtWidth.Sum<T, SumLoop<T, DifferenceLoss.Differences<T, MeanSquaredError.SquaredError<T>>, MeanSquaredError.SquaredError<T>>>(width, new(elements, output.Length, default));
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Cross_entropy_equals_a_loop_over_numbers_and_each_column_alone(int width)
    {
        Check<float>(1e-6);
        Check<double>(2e-15);

        void Check<T>(double tolerance)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            const int Columns = 4;
            OffsetSpans.ForEach((length, offset, random) =>
            {
                // Eighths, so that subtracting the maximum is exact. The second column and what lies outside the span are NaN.
                int classes = length + 1;
                T[] z = new T[classes * Columns + 2 * OffsetSpans.Margin], d = [.. z];
                z.AsSpan().Fill(T.NaN);
                d.AsSpan().Fill(T.One);
                int[] targets = [.. Enumerable.Range(0, Columns).Select(_ => random.Next(classes))];
                for (int i = 0; i < classes * Columns; i++)
                {
                    if (i / classes != 1) z[offset + i] = T.CreateChecked(random.Next(-80, 81) / 8.0);
                }

                double loss = 0;
                CrossEntropy<T>(z.AsSpan(offset, classes * Columns), classes, targets, d.AsSpan(offset, classes * Columns)).Should().Be(double.NaN);
                for (int column = 0; column < Columns; column++)
                {
                    Span<T> scores = z.AsSpan(offset + column * classes, classes), gradient = d.AsSpan(offset + column * classes, classes);
                    T[] alone = new T[classes];
                    double value = CrossEntropy<T>(scores, classes, targets.AsSpan(column, 1), alone);
                    CrossEntropy<T>(scores, classes, targets.AsSpan(column, 1), default).Should().Be(value, "the value does not depend on whether there is a gradient");
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
                        if (!OffsetSpans.Near(gradient[i], expected, tolerance)) Assert.Fail($"{i} of {classes} classes: expected {expected}, got {gradient[i]}.");
                    }

                    loss += value;
                }

                for (int i = 0; i < d.Length; i++)
                {
                    if ((i < offset || i >= offset + classes * Columns) && d[i] != T.One) Assert.Fail($"{classes} classes: written at {i - offset}.");
                }

                CrossEntropy<T>(z.AsSpan(offset, classes * Columns), classes, targets, default).Should().BeApproximately(loss + Math.Log(classes), tolerance * 80);
            });
        }

        double CrossEntropy<T>(ReadOnlySpan<T> scores, int classes, ReadOnlySpan<int> targets, Span<T> gradient)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            fixed (T* z = scores, d = gradient)
            fixed (int* t = targets)
                return AtWidth.Invoke<T, SoftmaxCrossEntropy.ColumnsLoop<T>, double>(width, new(z, scores.Length, classes, t, targets.Length, d, T.CreateChecked(0.25)));
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Cross_entropy_of_many_columns_does_not_overflow(int width)
    {
        const int Columns = 3000;
        float[] scores = new float[9 * Columns];
        int[] targets = new int[Columns];
        fixed (float* z = scores)
        fixed (int* t = targets)
        {
            double loss = AtWidth.Invoke<float, SoftmaxCrossEntropy.ColumnsLoop<float>, double>(width, new(z, scores.Length, 9, t, Columns, null, 1));
            loss.Should().BeApproximately(Columns * Math.Log(9), 1e-9);
        }
    }
}
