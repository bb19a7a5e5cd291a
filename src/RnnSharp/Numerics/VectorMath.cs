using System.Numerics;
using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

/// <summary>
/// exp, sigmoid, tanh and log of a vector, with and without fused multiply-adds. Errors are within 2 units in the last place for every float
/// (1.75 for tanh), and within 1.1, 1.8, 1.9 and 0.9 for millions of doubles chosen where errors are large. The first three are based on
/// e⁻ˣ = 2ⁿ (1 - p(r)) with x = -n·ln 2 + r and |r| ≤ ln 2 / 2 (Cody and Waite's two parts of ln 2, as in Cephes), where p(r) = 1 - e⁻ʳ is a
/// minimax polynomial (Remez exchange, tests/RnnSharp.Tests/References/exp_coefficients.py; its error is less than a quarter of half a unit).
/// exp and sigmoid use -2ⁿ, whose sign is free, because vectors have a multiply-add but no multiply-subtract.
/// </summary>
internal static class VectorMath
{
    // Adding 1.5·2^(bits of the significand) rounds to the nearest integer n and leaves it in the low bits. With the exponent's bias added as
    // well, the low bits are the sign and exponent of 2ⁿ; with one more bit, those of -2ⁿ.
    private const float WholeSingle = 12582912f;
    private const double WholeDouble = 6755399441055744d;
    private const float PowerSingle = WholeSingle + 127;
    private const double PowerDouble = WholeDouble + 1023;
    private const float MinusPowerSingle = PowerSingle + 256;
    private const double MinusPowerDouble = PowerDouble + 2048;

    // Powers of two whose product with 2ⁿ is a normal number over the whole range of sigmoid.
    private const int ScaleSingle = 30;
    private const int ScaleDouble = 100;

    /// <summary>eˣ, including subnormal results; 0 and ∞ outside the range; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Exp<T, TVector>(TVector x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, IKernelVector<TVector, T>
    {
        TVector minus = TVector.Number(0f, 0d) - TVector.Min(TVector.Number(89f, 710d), TVector.Max(TVector.Number(-105f, -746d), x));
        TVector whole = TVector.Number(WholeSingle, WholeDouble);
        TVector n = TimesMinusLog2E<T, TVector>(minus, whole) - whole;
        TVector p = OneMinusExp<T, TVector>(minus, n);

        // 2ⁿ is split into two factors, because it is itself subnormal or too large near the ends of the range.
        TVector bias = TVector.Number(MinusPowerSingle, MinusPowerDouble);
        TVector half = TVector.MultiplyAdd(n, 0.5f, 0.5d, bias);
        TVector power = TVector.FromExponent(half);
        TVector rest = n - (half - bias) + TVector.Number(PowerSingle, PowerDouble);
        return TVector.MultiplyAdd(power, p, TVector.Number(0f, 0d) - power) * TVector.FromExponent(rest);
    }

    /// <summary>
    /// σ(x) = s / (s + s·e⁻ˣ). The scale s keeps s·e⁻ˣ finite where σ is subnormal, so that no tail is lost. The rounding error of s + s·2ⁿ for a
    /// large n (Dekker's sum) is added back together with 2ⁿp, so that the denominator is rounded only once.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sigmoid<T, TVector>(TVector x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, IKernelVector<TVector, T>
    {
        TVector inside = TVector.Min(TVector.Number(40f, 40d), TVector.Max(TVector.Number(-105f, -746d), x));
        TVector bias = TVector.Number(MinusPowerSingle - ScaleSingle, MinusPowerDouble - ScaleDouble);
        TVector field = TimesMinusLog2E<T, TVector>(inside, bias);
        TVector p = OneMinusExp<T, TVector>(inside, field - bias);
        TVector minusPower = TVector.FromExponent(field);
        TVector scale = TVector.Number(1f / (1 << ScaleSingle), 1d / (1L << ScaleDouble / 2) / (1L << ScaleDouble / 2));
        TVector sum = scale - minusPower;
        return scale / (sum + TVector.MultiplyAdd(minusPower, p, scale - (sum + minusPower)));
    }

    /// <summary>
    /// tanh x = h + h² / (1 - h) with h = (1 - e^(-2|x|)) / 2 = s + 2ⁿ⁻¹p and s = ½ - 2ⁿ⁻¹, which keeps every digit of a small x; the sign is that
    /// of x. The rounding error of h (Dekker's sum: exact, because 2ⁿ⁻¹p is) counts 1 / (1 - h)² times: the division provides one of the two
    /// factors, ½ + 3s approximates the other to within 0.23 for n ≤ -1, and there is no error for n = 0. The plain quotient (1 - e) / (1 + e) is
    /// five operations shorter but off by more than 2 units near |x| = 0.2 and 0.5.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Tanh<T, TVector>(TVector x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, IKernelVector<TVector, T>
    {
        TVector y = TVector.Min(TVector.Number(20f, 40d), TVector.Abs(x));
        TVector bias = TVector.Number(PowerSingle - 1, PowerDouble - 1);
        TVector field = TVector.MultiplyAdd(y, 2 * -1.44269504f, 2 * -1.4426950408889634d, bias);
        y += y;
        TVector p = OneMinusExp<T, TVector>(y, field - bias);
        TVector power = TVector.FromExponent(field);
        TVector half = TVector.Number(0.5f, 0.5d);
        TVector s = half - power;
        TVector h = TVector.MultiplyAdd(power, p, s);
        TVector lost = TVector.MultiplyAdd(power, p, s - h) * TVector.MultiplyAdd(s, 3f, 3d, half);
        return TVector.CopySign(h + TVector.MultiplyAdd(h, h, lost) / (TVector.Number(1f, 1d) - h), x);
    }

    /// <summary>
    /// ln x, including subnormal x; -∞ at 0, NaN below, +∞ at +∞, exactly 0 at 1. x = m·2ⁿ with m from √½ to √2; with f = m - 1 and
    /// s = f / (2 + f), ln m = 2 artanh s = f - f²/2 + s (f²/2 + R(s²)), and R is a minimax polynomial (method and coefficients of
    /// e_log.c and e_logf.c of FreeBSD's msun, Sun Microsystems 1993).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Log<T, TVector>(TVector x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, IKernelVector<TVector, T>
    {
        TVector zero = TVector.Number(0f, 0d);
        TVector small = TVector.Number(1.17549435e-38f, 2.2250738585072014e-308) - x;
        TVector normal = TVector.WherePositive(small, x * TVector.Number(8388608f, 4503599627370496d), x);
        TVector f = TVector.Split(normal, out TVector field) - TVector.Number(1f, 1d);
        TVector n = field - TVector.WherePositive(small, TVector.Number(PowerSingle + 23, PowerDouble + 52), TVector.Number(PowerSingle, PowerDouble));
        TVector s = f / (f + TVector.Number(2f, 2d));
        TVector z = s * s, w = z * z;
        TVector even, odd;
        if (typeof(T) == typeof(float))
        {
            odd = TVector.MultiplyAdd(TVector.Number(0.28498786688f, 0), w, TVector.Number(0.66666662693f, 0));
            even = TVector.MultiplyAdd(TVector.Number(0.24279078841f, 0), w, TVector.Number(0.40000972152f, 0));
        }
        else
        {
            odd = TVector.MultiplyAdd(TVector.Number(0, 1.479819860511658591e-01), w, TVector.Number(0, 1.818357216161805012e-01));
            odd = TVector.MultiplyAdd(odd, w, 0, 2.857142874366239149e-01);
            odd = TVector.MultiplyAdd(odd, w, 0, 6.666666666666735130e-01);
            even = TVector.MultiplyAdd(TVector.Number(0, 1.531383769920937332e-01), w, TVector.Number(0, 2.222219843214978396e-01));
            even = TVector.MultiplyAdd(even, w, 0, 3.999999999940941908e-01);
        }

        TVector half = TVector.Number(0.5f, 0.5d) * f * f;
        TVector rest = TVector.MultiplyAdd(s, TVector.MultiplyAdd(odd, z, half + even * w), n * TVector.Number(9.0580006145e-06f, 1.90821492927058770002e-10));
        TVector value = n * TVector.Number(6.9313812256e-01f, 6.93147180369123816490e-01) - (half - rest - f);

        // Numbers that are not positive and finite: 0 - ∞ at zero, NaN below it, and x itself for +∞ and NaN.
        TVector infinity = TVector.Number(float.PositiveInfinity, double.PositiveInfinity);
        value = TVector.WherePositive(x - TVector.Number(float.MaxValue, double.MaxValue), x, value);
        return TVector.WherePositive(x, value, TVector.WherePositive(zero - x, TVector.Number(float.NaN, double.NaN), x - infinity));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector TimesMinusLog2E<T, TVector>(TVector x, TVector bias)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, IKernelVector<TVector, T> => TVector.MultiplyAdd(x, -1.44269504f, -1.4426950408889634d, bias);

    /// <summary>1 - e⁻ʳ for r = x + n·ln 2, where n is the integer nearest to -x / ln 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector OneMinusExp<T, TVector>(TVector x, TVector n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, IKernelVector<TVector, T>
    {
        TVector r = TVector.MultiplyAdd(n, 0.693359375f, 0.693145751953125d, x);
        r = TVector.MultiplyAdd(n, -2.12194440e-4f, 1.42860682030941723212e-6d, r);
        TVector square = r * r;

        // Even and odd powers are summed separately: two short chains of dependent operations instead of one. There is no loop, which would cost a
        // tenth of an epilogue; but five exponentials in one caller must not exceed the JIT's inlining limits, so terms are few and constants small.
        TVector even, odd;
        if (typeof(T) == typeof(float))
        {
            even = TVector.MultiplyAdd(TVector.Number(-0.00138702581f, 0), square, TVector.Number(-0.041667439f, 0));
            odd = TVector.MultiplyAdd(TVector.Number(0.00836625788f, 0), square, TVector.Number(0.166665465f, 0));
            even = TVector.MultiplyAdd(even, square, -0.49999997f, 0);
        }
        else
        {
            odd = TVector.Number(0, 2.5064064281862286e-08);
            even = TVector.Number(0, -2.762592110382167e-07);
            odd = TVector.MultiplyAdd(odd, square, 0, 2.7557369666450675e-06);
            even = TVector.MultiplyAdd(even, square, 0, -2.480150551982937e-05);
            odd = TVector.MultiplyAdd(odd, square, 0, 0.00019841269769496216);
            even = TVector.MultiplyAdd(even, square, 0, -0.001388888893147273);
            odd = TVector.MultiplyAdd(odd, square, 0, 0.00833333333336097);
            even = TVector.MultiplyAdd(even, square, 0, -0.04166666666657602);
            odd = TVector.MultiplyAdd(odd, square, 0, 0.16666666666666646);
            even = TVector.MultiplyAdd(even, square, 0, -0.5000000000000006);
        }

        return TVector.MultiplyAdd(TVector.MultiplyAdd(odd, r, even), square, r);
    }
}
