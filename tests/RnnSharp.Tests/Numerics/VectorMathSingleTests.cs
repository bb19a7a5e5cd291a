using FluentAssertions;
using RnnSharp.Numerics;
using Xunit;
using Xunit.Abstractions;

namespace RnnSharp.Tests.Numerics;

/// <summary>
/// Compares the vector functions over the floats with double precision: by default for a sample at every width; with RNNSHARP_EXHAUSTIVE=1
/// for all 2³² floats at the width in use, which takes one to two minutes per function on one busy core.
/// </summary>
public sealed class VectorMathSingleTests(ITestOutputHelper output)
{
    // By default, every 4099th float of each block of 2^16, which share sign, exponent and the top of the significand, shifted from block
    // to block. Emulated vectors are hundreds of times slower, so they cover only every 64th block.
    private const int Block = 1 << 16;
    private const int Stride = 4099;
    private const int EmulatedStride = 64;

    public static TheoryData<VectorFunctionAndWidth> Cases =>
        [.. from function in Enum.GetValues<VectorFunction>() from width in (int[])[512, 256, 128, 0] select new VectorFunctionAndWidth((int)function, width)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Float_functions_are_within_two_units_in_the_last_place(VectorFunctionAndWidth which)
    {
        ArgumentNullException.ThrowIfNull(which);
        var function = (VectorFunction)which.Function;
        bool emulated = which.Width > VectorDispatch.Bits;
        if (VectorFunctions.Exhaustive && which.Width != VectorDispatch.Bits) return;
        var worst = new Worst();
        Parallel.For(0, (1 << 16) / (emulated ? EmulatedStride : 1), () => new Worst(), (block, _, found) =>
        {
            uint first = (uint)(block * (emulated ? EmulatedStride : 1)) << 16;
            float[] points = VectorFunctions.Exhaustive ? EveryFloat(first, found.Points) : SomeFloats(first, emulated);
            found.Results = found.Results?.Length == points.Length ? found.Results : new float[points.Length];
            found.Points = points;
            VectorFunctions.Map(function, which.Width, points, found.Results);
            for (int i = 0; i < points.Length; i++) found.See(points[i], found.Results[i], Exact(function, points[i]));
            return found;
        }, worst.Merge);
        output.WriteLine(FormattableString.Invariant($"{function} at {which.Width} bits: {worst.Error:F4} units at {worst.At:R}, {worst.Count} floats"));
        worst.Error.Should().BeLessThanOrEqualTo(VectorFunctions.Bound, "{0}({1:R}) = {2:R} at {3} bits", function, worst.At, worst.Result, which.Width);
    }

    private static float[] EveryFloat(uint first, float[]? reuse)
    {
        float[] points = reuse ?? new float[Block];
        for (int i = 0; i < Block; i++) points[i] = BitConverter.UInt32BitsToSingle(first + (uint)i);
        return points;
    }

    private static float[] SomeFloats(uint first, bool emulated)
    {
        // The ends of the block are next to powers of two, ±0, ±∞ and the smallest normal numbers.
        var points = new List<float>();
        for (uint i = first / Block * 257 % Stride; i < Block; i += Stride) points.Add(BitConverter.UInt32BitsToSingle(first + i));
        foreach (uint i in (uint[])[0, 1, 2, Block - 2, Block - 1]) points.Add(BitConverter.UInt32BitsToSingle(first + i));

        // Where results become subnormal, zero, infinite or 1, and where the range reduction changes.
        foreach (float special in emulated ? [] : (float[])[87.33655f, 88.02969f, 88.72284f, 103.27893f, 103.97208f, 16.635532f, 9.010913f, 0.34657359f, 1.0397208f, 0.70710677f, 1.4142135f])
        {
            uint bits = BitConverter.SingleToUInt32Bits(special);
            if (bits >> 16 != (first & int.MaxValue) >> 16) continue;
            for (uint i = bits - 256; i <= bits + 256; i++) points.Add(BitConverter.UInt32BitsToSingle(i | first & 0x80000000));
        }

        return [.. points];
    }

    /// <summary>The function to far more digits than those of a float, by the first terms of its series where these suffice and are much faster.</summary>
    private static double Exact(VectorFunction function, float single)
    {
        double x = single;
        bool tiny = Math.Abs(x) < 1d / 8192;
        return function switch
        {
            VectorFunction.Exp => tiny ? 1 + x + x * x / 2 : x > 128 ? double.PositiveInfinity : x < -128 ? 0 : Math.Exp(x),
            VectorFunction.Sigmoid => tiny ? 0.5 + x / 4 : x > 128 ? 1 : x < -128 ? 0 : 1 / (1 + Math.Exp(-x)),
            VectorFunction.Tanh => tiny ? x - x * x * x / 3 : Math.Abs(x) > 128 ? Math.Sign(x) : Math.Tanh(x),
            _ => Math.Log(x),
        };
    }

    /// <summary>A function and a vector width in bits, as values that the test runner can serialize.</summary>
    public sealed record VectorFunctionAndWidth(int Function, int Width)
    {
        public override string ToString() => FormattableString.Invariant($"{(VectorFunction)Function} at {Width} bits");
    }

    private sealed class Worst
    {
        // One past the largest float, which stands for an infinite result.
        private const double PastTheEnd = 340282366920938463463374607431768211456d;

        public float[]? Points { get; set; }

        public float[]? Results { get; set; }

        public double Error { get; private set; }

        public float At { get; private set; }

        public float Result { get; private set; }

        public long Count { get; private set; }

        public void See(float x, float result, double exact)
        {
            Count++;
            double error = UnitsInTheLastPlace(result, exact);
            if (error <= Error) return;
            Error = error;
            At = x;
            Result = result;
        }

        public void Merge(Worst other)
        {
            lock (this)
            {
                Count += other.Count;
                if (other.Error <= Error) return;
                (Error, At, Result) = (other.Error, other.At, other.Result);
            }
        }

        /// <summary>The distance in units in the last place of a float of the exact value's size; ∞ if only one of the two is NaN or infinite.</summary>
        private static double UnitsInTheLastPlace(float actual, double exact)
        {
            if (actual == exact) return 0;
            if (double.IsNaN(exact)) return float.IsNaN(actual) ? 0 : double.PositiveInfinity;
            if (float.IsNaN(actual)) return double.PositiveInfinity;
            double value = float.IsInfinity(actual) ? Math.CopySign(PastTheEnd, actual) : actual;
            if (Math.Abs(exact) > PastTheEnd) exact = Math.CopySign(PastTheEnd, exact);
            long exponent = (BitConverter.DoubleToInt64Bits(exact) >>> 52 & 0x7FF) - 1023;
            long unit = Math.Max(-149, Math.Min(127, exponent) - 23);
            return Math.Abs(value - exact) * BitConverter.Int64BitsToDouble((1023 - unit) << 52);
        }
    }
}
