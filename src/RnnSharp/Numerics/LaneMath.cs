using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RnnSharp.Numerics;

/// <summary>
/// exp, sigmoid and tanh over a lane. All three stand on one reduction: x = n·ln 2 + r with |r| ≤ ln 2 / 2 (Cody and Waite's two
/// parts of ln 2), and p(r) = eʳ - 1 by a polynomial (Cephes' coefficients in single, the Taylor series in double precision).
/// </summary>
internal static class LaneMath
{
    // Adding and subtracting 1.5·2^(bits of the significand) rounds to the nearest whole number and leaves it in the low bits.
    private const float ShiftSingle = 12582912f;
    private const double ShiftDouble = 6755399441055744d;

    // Of (eʳ - 1 - r) / r², the highest power first.
    private static ReadOnlySpan<float> SingleCoefficients => [1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f];

    private static ReadOnlySpan<double> DoubleCoefficients =>
        [1d / 6227020800, 1d / 479001600, 1d / 39916800, 1d / 3628800, 1d / 362880, 1d / 40320, 1d / 5040, 1d / 720, 1d / 120, 1d / 24, 1d / 6, 1d / 2];

    /// <summary>eˣ, subnormal results included; 0 and ∞ past the ends of the range; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Exp<T, TLane>(TLane x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        TLane n = Reduce<T, TLane>(TLane.Min(Number<T, TLane>(89f, 710d), TLane.Max(Number<T, TLane>(-105f, -746d), x)), out TLane p);

        // In two factors, because 2ⁿ itself is subnormal or too large near the ends of the range.
        TLane shift = Number<T, TLane>(ShiftSingle, ShiftDouble);
        TLane half = TLane.MultiplyAdd(n, Number<T, TLane>(0.5f, 0.5d), shift);
        TLane rest = n - (half - shift) + shift;
        TLane power = TLane.PowerOfTwo(half);
        return TLane.MultiplyAdd(power, p, power) * TLane.PowerOfTwo(rest);
    }

    /// <summary>σ(x) = 1 / (1 + e⁻ˣ), as e^x / (1 + e^x) for x ≤ 0, so that neither tail is lost.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Sigmoid<T, TLane>(TLane x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        TLane one = Number<T, TLane>(1f, 1d);
        TLane e = Exp<T, TLane>(Number<T, TLane>(0f, 0d) - TLane.Abs(x));
        TLane above = TLane.WherePositive(x, one, e);
        TLane below = one + e;

        // The quotient, corrected by what it and the rounded 1 + e leave over.
        TLane reciprocal = one / below;
        TLane quotient = above * reciprocal;
        TLane negative = Number<T, TLane>(0f, 0d) - quotient;
        TLane rest = TLane.MultiplyAdd(negative, e - (below - one), TLane.MultiplyAdd(negative, below, above));
        return TLane.MultiplyAdd(rest, reciprocal, quotient);
    }

    /// <summary>tanh x = -t / (2 + t) with t = e^(-2|x|) - 1, which keeps every digit of a small x; the sign is x's own.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Tanh<T, TLane>(TLane x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        TLane one = Number<T, TLane>(1f, 1d);
        TLane y = TLane.Max(Number<T, TLane>(-40f, -80d), Number<T, TLane>(-2f, -2d) * TLane.Abs(x));
        TLane n = Reduce<T, TLane>(y, out TLane p);
        TLane power = TLane.PowerOfTwo(n + Number<T, TLane>(ShiftSingle, ShiftDouble));
        TLane t = TLane.MultiplyAdd(power, p, power - one);
        return TLane.CopySign(t / TLane.MultiplyAdd(power, p, power + one), x);
    }

    /// <summary>The whole n nearest to x / ln 2 and, for r = x - n·ln 2, the polynomial eʳ - 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLane Reduce<T, TLane>(TLane x, out TLane expMinusOne)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        TLane shift = Number<T, TLane>(ShiftSingle, ShiftDouble);
        TLane n = TLane.MultiplyAdd(x, Number<T, TLane>(1.44269504f, 1.4426950408889634d), shift) - shift;
        TLane r = TLane.MultiplyAdd(n, Number<T, TLane>(-0.693359375f, -0.693145751953125d), x);
        r = TLane.MultiplyAdd(n, Number<T, TLane>(2.12194440e-4f, -1.42860682030941723212e-6d), r);

        // A loop, not a line a term: five exponentials unrolled into one caller are past what the compiler is ready to inline.
        TLane q = TLane.Broadcast(Coefficient<T>(0));
        int terms = typeof(T) == typeof(float) ? SingleCoefficients.Length : DoubleCoefficients.Length;
        for (int i = 1; i < terms; i++) q = TLane.MultiplyAdd(q, r, TLane.Broadcast(Coefficient<T>(i)));
        expMinusOne = TLane.MultiplyAdd(q, r * r, r);
        return n;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Coefficient<T>(int i)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => typeof(T) == typeof(float)
            ? Unsafe.BitCast<float, T>(Unsafe.Add(ref MemoryMarshal.GetReference(SingleCoefficients), i))
            : Unsafe.BitCast<double, T>(Unsafe.Add(ref MemoryMarshal.GetReference(DoubleCoefficients), i));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Number<T, TLane>(float single, double dual)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T> =>
        TLane.Broadcast(typeof(T) == typeof(float) ? Unsafe.BitCast<float, T>(single) : Unsafe.BitCast<double, T>(dual));
}
