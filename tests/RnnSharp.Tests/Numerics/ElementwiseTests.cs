using System.Numerics;
using System.Runtime.CompilerServices;
using FluentAssertions;
using RnnSharp.Numerics;
using RnnSharp.Tests.Recurrent;
using Xunit;

namespace RnnSharp.Tests.Numerics;

/// <summary>Compares the element-wise loops and operators with scalar loops: at every length up to a few vectors, at every offset of the spans, and for every width.</summary>
public sealed class ElementwiseTests
{
    public static TheoryData<int> Widths => AtWidth.All;

    [Theory]
    [MemberData(nameof(Widths))]
    public void Operators_give_what_a_loop_over_numbers_gives(int width)
    {
        Check<float>();
        Check<double>();

        void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            T factor = T.CreateChecked(-0.3), bound = T.CreateChecked(0.5);
            OffsetSpans.ForEach((length, offset, random) =>
            {
                T[] values = OffsetSpans.Draw<T>(length, offset, random), other = OffsetSpans.Draw<T>(length, offset / 2, random);
                if (length > 2) (values[offset], values[offset + length - 1]) = (T.PositiveInfinity, T.NegativeInfinity);
                Compare((x, y) => AtWidth.Map(width, x, x, new Elementwise.ScaleOperator<T>(factor)), (x, y) => x * factor);
                Compare((x, y) => AtWidth.Map(width, x, x, new Elementwise.ClampOperator<T>(bound)), (x, y) => T.Clamp(x, -bound, bound));
                Compare((x, y) => AtWidth.Zip(width, x, y, x, default(Elementwise.AddOperator<T>)), (x, y) => x + y);
                Compare((x, y) => AtWidth.Zip(width, y, x, x, default(Elementwise.AddOperator<T>)), (x, y) => x + y);
                Compare((x, y) => AtWidth.Zip(width, x, y, x, default(Elementwise.AverageOperator<T>)), (x, y) => (x + y) / T.CreateChecked(2));
                Compare((x, y) => AtWidth.Zip(width, x, y, x, default(Elementwise.MultiplyOperator<T>)), (x, y) => x * y);
                Compare((x, y) => AtWidth.Map(width, y, x, new Elementwise.ScaleOperator<T>(factor)), (x, y) => y * factor);
                Compare((x, y) => AtWidth.Zip(width, y, y, x, default(Elementwise.AddOperator<T>)), (x, y) => y + y);

                void Compare(SpanWork<T> work, Func<T, T, T> expected)
                {
                    T[] actual = [.. values], all = [.. values];
                    for (int i = 0; i < length; i++) all[offset + i] = expected(values[offset + i], other[offset / 2 + i]);
                    work(actual.AsSpan(offset, length), other.AsSpan(offset / 2, length));
                    Bits.ShouldBeSame<T>(actual, all, $"{length} at {offset}");
                }
            });
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void MapMasked_writes_zero_where_the_bit_is_set_whatever_the_source_holds(int width)
    {
        Check<float>();
        Check<double>();

        void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            T factor = T.CreateChecked(1.3);
            var scale = new Elementwise.ScaleOperator<T>(factor);
            OffsetSpans.ForEach((length, offset, random) =>
            {
                ulong[] zeros = [.. Enumerable.Range(0, (length + 63) / 64).Select(_ => (ulong)random.NextInt64(long.MinValue, long.MaxValue))];
                T[] source = OffsetSpans.Draw<T>(length, offset / 2, random), actual = OffsetSpans.Draw<T>(length, offset, random), expected = [.. actual];
                for (int i = 0; i < length; i++)
                {
                    bool zero = (zeros[i / 64] >> (i % 64) & 1) != 0;
                    if (zero && i % 5 == 0) source[offset / 2 + i] = i % 2 == 0 ? T.NaN : T.NegativeInfinity;
                    expected[offset + i] = zero ? T.Zero : source[offset / 2 + i] * factor;
                }

                AtWidth.MapMasked(width, source.AsSpan(offset / 2, length), zeros, actual.AsSpan(offset, length), scale);
                Bits.ShouldBeSame<T>(actual, expected, $"{length} at {offset}");
                AtWidth.MapMasked(width, source.AsSpan(offset / 2, length), zeros, source.AsSpan(offset / 2, length), scale);
                Bits.ShouldBeSame<T>(source.AsSpan(offset / 2, length), expected.AsSpan(offset, length), "in place");
            });
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Updates_read_every_array_before_they_write(int width)
    {
        Check<float>();
        Check<double>();

        void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            OffsetSpans.ForEach((length, offset, random) =>
            {
                T[] w = OffsetSpans.Draw<T>(length, offset, random), g = OffsetSpans.Draw<T>(length, offset / 2, random), s = OffsetSpans.Draw<T>(length, offset, random), t = OffsetSpans.Draw<T>(length, offset / 3, random), u = OffsetSpans.Draw<T>(length, offset, random);
                T[] weights = [.. w], first = [.. s], second = [.. t], third = [.. u];
                AtWidth.Update(width, weights.AsSpan(offset, length), g.AsSpan(offset / 2, length), first.AsSpan(offset, length), default(Rotate<T>));
                for (int i = 0; i < length; i++) (w[offset + i], s[offset + i]) = (s[offset + i] + g[offset / 2 + i], w[offset + i]);
                Bits.ShouldBeSame<T>(weights, w, $"weights, {length} at {offset}");
                Bits.ShouldBeSame<T>(first, s, $"state, {length} at {offset}");

                AtWidth.Update(width, weights.AsSpan(offset, length), g.AsSpan(offset / 2, length), first.AsSpan(offset, length), second.AsSpan(offset / 3, length), default(Rotate<T>));
                for (int i = 0; i < length; i++) (w[offset + i], s[offset + i], t[offset / 3 + i]) = (s[offset + i] + g[offset / 2 + i], t[offset / 3 + i], w[offset + i]);
                Bits.ShouldBeSame<T>(weights, w, $"weights, {length} at {offset}");
                Bits.ShouldBeSame<T>(first, s, $"first state, {length} at {offset}");
                Bits.ShouldBeSame<T>(second, t, $"second state, {length} at {offset}");

                AtWidth.Update(width, weights.AsSpan(offset, length), g.AsSpan(offset / 2, length), first.AsSpan(offset, length), second.AsSpan(offset / 3, length), third.AsSpan(offset, length), default(Rotate<T>));
                for (int i = 0; i < length; i++) (w[offset + i], s[offset + i], t[offset / 3 + i], u[offset + i]) = (s[offset + i] + g[offset / 2 + i], t[offset / 3 + i], u[offset + i], w[offset + i]);
                Bits.ShouldBeSame<T>(weights, w, $"weights, {length} at {offset}");
                Bits.ShouldBeSame<T>(first, s, $"first of three states, {length} at {offset}");
                Bits.ShouldBeSame<T>(second, t, $"second of three states, {length} at {offset}");
                Bits.ShouldBeSame<T>(third, u, $"third state, {length} at {offset}");
            });
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Finite_checks_find_a_bad_number_wherever_it_is(int width)
    {
        Check<float>(float.MaxValue);
        Check<double>(double.MaxValue);

        void Check<T>(T greatest)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int length = 0; length <= OffsetSpans.Longest; length++)
            {
                // Values outside the span are ignored.
                T[] values = new T[length + 2 * OffsetSpans.Margin];
                values.AsSpan().Fill(T.NaN);
                Span<T> span = values.AsSpan(OffsetSpans.Margin + length % 3, length);
                for (int i = 0; i < length; i++) span[i] = (i % 4) switch { 0 => greatest, 1 => -greatest, 2 => T.Epsilon, _ => T.NegativeZero };
                (AllFinite<T>(span), AnyNaN<T>(span)).Should().Be((true, false), "{0} are finite", length);
                for (int i = 0; i < length; i++)
                {
                    foreach (T bad in (T[])[T.NaN, -T.NaN, T.PositiveInfinity, T.NegativeInfinity])
                    {
                        T kept = span[i];
                        span[i] = bad;
                        if (AllFinite<T>(span) || AnyNaN<T>(span) != T.IsNaN(bad)) Assert.Fail($"{bad} at {i} of {length} is not found.");
                        span[i] = kept;
                    }
                }
            }
        }

        unsafe bool AllFinite<T>(ReadOnlySpan<T> values)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            fixed (T* x = values) return AtWidth.Invoke<T, Elementwise.AllFiniteLoop<T, Elementwise.IdentityOperator<T>>, bool>(width, new(x, values.Length, default));
        }

        unsafe bool AnyNaN<T>(ReadOnlySpan<T> values)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            fixed (T* x = values) return !AtWidth.Invoke<T, Elementwise.AllFiniteLoop<T, Elementwise.ClampOperator<T>>, bool>(width, new(x, values.Length, new(T.One)));
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Sum_adds_up_in_double_precision(int width)
    {
        Check<float>(1e30f, 1e-6);
        Check<double>(1e100, 1e-14);

        void Check<T>(T huge, double tolerance)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            OffsetSpans.ForEach((length, offset, random) =>
            {
                T[] values = OffsetSpans.Draw<T>(length, offset, random);
                Span<T> span = values.AsSpan(offset, length);
                double squares = 0, exponentials = 0;
                foreach (T value in span)
                {
                    squares += Math.Pow(double.CreateChecked(value), 2);
                    exponentials += Math.Exp(double.CreateChecked(value));
                }

                AtWidth.Sum<T, Elementwise.SquareOperator>(width, span, default).Should().BeApproximately(squares, 1e-14 * squares, "{0} at {1}", length, offset);
                AtWidth.Sum<T, AddExp>(width, span, default).Should().BeApproximately(exponentials, 1e-14 * exponentials, "e^0 behind the end does not count: {0} at {1}", length, offset);
                if (length == 0) return;
                span.Clear();
                span[random.Next(length)] = huge;
                Math.Sqrt(AtWidth.Sum<T, Elementwise.SquareOperator>(width, span, default)).Should().BeApproximately(double.CreateChecked(huge), tolerance * double.CreateChecked(huge));
            });
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Parts_of_norms_equal_a_loop_over_numbers(int width)
    {
        Check<float>();
        Check<double>();

        void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            OffsetSpans.ForEach((length, offset, random) =>
            {
                T[] values = OffsetSpans.Draw<T>(length, offset, random);
                Span<T> span = values.AsSpan(offset, length);
                if (length > 2) span[random.Next(length)] = T.Zero;
                double largest = 0, magnitudes = 0, powers = 0;
                foreach (T value in span)
                {
                    double magnitude = Math.Abs(double.CreateChecked(value));
                    largest = Math.Max(largest, magnitude);
                    magnitudes += magnitude;
                    powers += Math.Pow(0.75 * magnitude, 2.5);
                }

                double.CreateChecked(Largest<T>(span)).Should().Be(largest, "{0} at {1}", length, offset);
                AtWidth.Sum<T, Elementwise.MagnitudeOperator>(width, span, default).Should().BeApproximately(magnitudes, 1e-14 * magnitudes, "{0} at {1}", length, offset);
                AtWidth.Sum<T, Elementwise.PowerOperator>(width, span, new(0.75, 2.5)).Should().BeApproximately(powers, 1e-14 * powers, "{0} at {1}", length, offset);
            });
        }

        unsafe T Largest<T>(ReadOnlySpan<T> values)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            fixed (T* x = values) return AtWidth.Invoke<T, Elementwise.LargestLoop<T>, T>(width, new(x, values.Length));
        }
    }

    [Fact]
    public void Calls_run_the_loops_for_the_processor()
    {
        float[] x = [1, 2, 3, 4, 5, 6, 7, 8, 9], y = [9, 8, 7, 6, 5, 4, 3, 2, 1], z = new float[9];
        Elementwise.Map<float, Elementwise.ScaleOperator<float>>(x, z, new(2));
        z.Should().Equal(2, 4, 6, 8, 10, 12, 14, 16, 18);
        Elementwise.Zip<float, Elementwise.MultiplyOperator<float>>(x, y, z, default);
        z.Should().Equal(9, 16, 21, 24, 25, 24, 21, 16, 9);
        Elementwise.MapMasked<float, Elementwise.ScaleOperator<float>>(x, [0b101UL], z, new(2));
        z.Should().Equal(0, 4, 0, 8, 10, 12, 14, 16, 18);
        Elementwise.Update<float, Rotate<float>>(x, y, z, default);
        x.Should().Equal(9, 12, 7, 14, 15, 16, 17, 18, 19);
        z.Should().Equal(1, 2, 3, 4, 5, 6, 7, 8, 9);
        float[] second = new float[9];
        Elementwise.Update<float, Rotate<float>>(x, y, z, second, default);
        x.Should().Equal(10, 10, 10, 10, 10, 10, 10, 10, 10);
        z.Should().OnlyContain(value => value == 0);
        second.Should().Equal(9, 12, 7, 14, 15, 16, 17, 18, 19);
        float[] third = [1, 1, 1, 1, 1, 1, 1, 1, 1];
        Elementwise.Update<float, Rotate<float>>(x, y, z, second, third, default);
        x.Should().Equal(y);
        z.Should().Equal(9, 12, 7, 14, 15, 16, 17, 18, 19);
        second.Should().OnlyContain(value => value == 1);
        third.Should().OnlyContain(value => value == 10);
        Elementwise.Sum<float, Elementwise.SquareOperator>(y, default).Should().Be(285);
    }

    private delegate void SpanWork<T>(Span<T> values, ReadOnlySpan<T> other);

    /// <summary>Rotates the arrays by one and adds the gradient to the weights.</summary>
    private readonly struct Rotate<T> : IUpdateOperator<T>, IUpdateOperator2<T>, IUpdateOperator3<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<TVector>(ref TVector weights, TVector gradient, ref TVector state)
            where TVector : unmanaged, ISimdVector<TVector, T> => (weights, state) = (state + gradient, weights);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<TVector>(ref TVector weights, TVector gradient, ref TVector first, ref TVector second)
            where TVector : unmanaged, ISimdVector<TVector, T> => (weights, first, second) = (first + gradient, second, weights);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<TVector>(ref TVector weights, TVector gradient, ref TVector first, ref TVector second, ref TVector third)
            where TVector : unmanaged, ISimdVector<TVector, T> => (weights, first, second, third) = (first + gradient, second, third, weights);
    }

    private readonly struct AddExp : ISumOperator
    {
        public TVector Add<TVector>(TVector sum, TVector x)
            where TVector : unmanaged, ISimdVector<TVector, double> => sum + TVector.Exp(x);
    }
}
