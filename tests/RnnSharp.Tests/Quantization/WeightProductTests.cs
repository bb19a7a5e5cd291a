using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using FluentAssertions;
using RnnSharp.Numerics;
using RnnSharp.Tests.Recurrent;
using Xunit;

namespace RnnSharp.Tests.Quantization;

/// <summary>The kernels of stored weights, at every width that the processor has, against loops over single numbers.</summary>
public sealed unsafe class WeightProductTests
{
    public static TheoryData<int, int, int> Shapes()
    {
        var shapes = new TheoryData<int, int, int>();
        foreach (int vectors in (int[])[1, 2, 3, 4])
        {
            foreach (int columns in (int[])[1, 2, 4]) shapes.Add(vectors, columns, 37);
        }

        // More words than an integer sum may have.
        shapes.Add(2, 1, 2 * Int8Format.LongestSum + 5);
        shapes.Add(1, 2, Int8Format.LongestSum + 1);
        return shapes;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Products_of_bytes_equal_sums_of_integers(int vectors, int columns, int words)
    {
        foreach ((int lanes, Multiply multiply) in Widths<Int8Format>())
        {
            var random = new Random(words + vectors);
            byte[] weights = new byte[words * vectors * lanes * 2];
            random.NextBytes(weights);
            int[] activations = [.. Enumerable.Range(0, columns * words).Select(_ => (random.Next(-4095, 4096) << 16) | (ushort)random.Next(-4095, 4096))];

            // The largest sums that can occur.
            for (int i = 0; i < weights.Length; i += vectors * lanes * 2) weights[i] = weights[i + 1] = 128;
            activations.AsSpan(0, words).Fill((4095 << 16) | 4095);
            float[] scales = [.. Enumerable.Range(1, vectors * lanes).Select(i => 1f / i)], columnScales = [.. Enumerable.Range(1, columns).Select(i => 0.3f * i)];
            float[] sums = [.. Enumerable.Range(0, columns * vectors * lanes).Select(i => 0.1f * i)];
            float[] expected = [.. sums];
            for (int j = 0; j < columns; j++)
            {
                for (int row = 0; row < vectors * lanes; row++)
                {
                    for (int first = 0; first < words; first += Int8Format.LongestSum)
                    {
                        long sum = 0;
                        for (int k = first; k < Math.Min(words, first + Int8Format.LongestSum); k++)
                        {
                            int at = (k * vectors * lanes + row) * 2, x = activations[j * words + k];
                            sum += (sbyte)weights[at] * (short)x + (sbyte)weights[at + 1] * (x >> 16);
                        }

                        Math.Abs(sum).Should().BeLessThan(int.MaxValue);
                        expected[j * vectors * lanes + row] += (float)sum * (scales[row] * columnScales[j]);
                    }
                }
            }

            multiply(vectors, columns, weights, scales, activations, words, columnScales, sums);
            Bits.ShouldBeSame<float>(sums, expected, $"{lanes} lanes");
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Products_of_halves_round_as_single_numbers_do(int vectors, int columns, int words)
    {
        Check<BFloat16Format>(vectors, columns, words, value => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) & 0xFFFF0000), bits => BitConverter.UInt32BitsToSingle((uint)bits << 16));
        Check<Float16Format>(vectors, columns, words, value => (float)(Half)value, bits => (float)BitConverter.UInt16BitsToHalf(bits));
    }

    [Fact]
    public void Every_finite_half_is_widened_exactly()
    {
        foreach ((int lanes, Multiply multiply) in Widths<Float16Format>())
        {
            for (int first = 0; first < 0x10000; first += lanes)
            {
                ushort[] codes = [.. Enumerable.Range(first, lanes).Select(code => Half.IsFinite(BitConverter.UInt16BitsToHalf((ushort)code)) ? (ushort)code : (ushort)0)];
                float[] sums = new float[lanes];
                byte[] weights = new byte[2 * lanes];
                Buffer.BlockCopy(codes, 0, weights, 0, weights.Length);
                multiply(1, 1, weights, [], [BitConverter.SingleToInt32Bits(1f)], 1, [1f], sums);
                sums.Should().Equal(Array.ConvertAll(codes, code => (float)BitConverter.UInt16BitsToHalf(code)));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(129)]
    public void Activations_are_rounded_to_the_nearest_of_their_scale(int count)
    {
        var random = new Random(count);
        float[] values = [.. Enumerable.Range(0, count).Select(_ => (float)(6 * random.NextDouble() - 3))];
        float largest = values.Max(MathF.Abs);
        (short[] codes, float scale) = Quantized(values);
        scale.Should().Be(largest / 4095);
        codes.Length.Should().Be(count + count % 2);
        for (int i = 0; i < count; i++)
        {
            float scaled = values[i] * (4095 / largest);
            codes[i].Should().Be((short)MathF.Round(scaled), "{0}", scaled);
        }

        if (count % 2 != 0) codes[count].Should().Be(0);
    }

    [Fact]
    public void Activations_that_cannot_be_scaled_are_zero_or_not_a_number()
    {
        Quantized([0, -0f, 0]).Should().BeEquivalentTo((new short[4], 0f));
        Quantized([1e-38f, float.Epsilon, 0]).Should().BeEquivalentTo((new short[4], 0f));
        Quantized([1, float.NaN]).Should().BeEquivalentTo((new short[2], float.NaN));
        Quantized([1, float.NegativeInfinity, 2, 3, 4, 5, 6, 7]).Should().BeEquivalentTo((new short[8], float.NaN));
        Quantized([float.MaxValue, -float.MaxValue]).Codes.Should().Equal(4095, -4095);
    }

    private static (short[] Codes, float Scale) Quantized(float[] values)
    {
        int[] words = [.. Enumerable.Repeat(-1, (values.Length + 1) / 2)];
        fixed (float* x = values)
        fixed (int* target = words)
        {
            float scale = WeightKernels.Quantize(x, values.Length, target);
            return ([.. words.SelectMany(word => (short[])[(short)word, (short)(word >> 16)])], scale);
        }
    }

    private static void Check<TFormat>(int vectors, int columns, int words, Func<float, float> round, Func<ushort, float> widen)
        where TFormat : struct, IWeightFormat
    {
        foreach ((int lanes, Multiply multiply) in Widths<TFormat>())
        {
            var random = new Random(words + vectors);
            byte[] weights = new byte[words * vectors * lanes * 2];
            fixed (byte* target = weights)
            {
                for (int i = 0; i < weights.Length; i += 2) TFormat.Write(round((float)(2 * random.NextDouble() - 1)), target + i);
            }

            float[] x = [.. Enumerable.Range(0, columns * words).Select(_ => (float)(2 * random.NextDouble() - 1))];
            float[] sums = [.. Enumerable.Range(0, columns * vectors * lanes).Select(i => 0.1f * i)], expected = [.. sums];
            for (int j = 0; j < columns; j++)
            {
                for (int row = 0; row < vectors * lanes; row++)
                {
                    float sum = 0;
                    for (int k = 0; k < words; k++)
                    {
                        float product = widen(BitConverter.ToUInt16(weights, (k * vectors * lanes + row) * 2)) * x[j * words + k];
                        sum = product + sum;
                    }

                    expected[j * vectors * lanes + row] += sum;
                }
            }

            multiply(vectors, columns, weights, [], Array.ConvertAll(x, BitConverter.SingleToInt32Bits), words, [], sums);
            Bits.ShouldBeSame<float>(sums, expected, $"{typeof(TFormat).Name}, {lanes} lanes");
        }
    }

    /// <summary>The kernels of a format at each width, by the number of lanes.</summary>
    private static List<(int Lanes, Multiply Multiply)> Widths<TFormat>()
        where TFormat : struct, IWeightFormat
    {
        List<(int, Multiply)> widths = [(1, Run<TFormat, ScalarWord>)];
        if (Vector128.IsHardwareAccelerated) widths.Add((4, Run<TFormat, WordVector128>));
        if (Avx2.IsSupported) widths.Add((8, Run<TFormat, WordVector256>));
        if (Avx512BW.IsSupported) widths.Add((16, Run<TFormat, WordVector512>));
        return widths;
    }

    private static void Run<TFormat, TWords>(int vectors, int columns, byte[] weights, float[] rowScales, int[] activations, int words, float[] columnScales, float[] sums)
        where TFormat : struct, IWeightFormat
        where TWords : unmanaged, IWordVector<TWords>
    {
        fixed (byte* w = weights)
        fixed (float* r = rowScales, c = columnScales, s = sums)
        fixed (int* x = activations)
        {
            int sumColumn = vectors * TWords.Count;
            for (int first = 0, block; first < columns; first += block)
            {
                block = Math.Min(columns, WeightProduct<TFormat, TWords>.MostColumns);
                var call = new WeightCall
                {
                    Weights = w,
                    RowScales = r,
                    Activations = x + first * words,
                    ActivationColumn = words,
                    ColumnScales = c == null ? null : c + first,
                    Words = words,
                    Sums = s + first * sumColumn,
                    SumColumn = sumColumn,
                };
                WeightProduct<TFormat, TWords>.Run(vectors, block, &call);
            }
        }
    }

    private delegate void Multiply(int vectors, int columns, byte[] weights, float[] rowScales, int[] activations, int words, float[] columnScales, float[] sums);
}
