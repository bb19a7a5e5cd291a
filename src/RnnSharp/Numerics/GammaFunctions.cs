namespace RnnSharp.Numerics;

/// <summary>The logarithm of the gamma function and its derivative for positive numbers, in double precision: Stirling's series, after the recurrence has made the argument large.</summary>
internal static class GammaFunctions
{
    /// <summary>From here on, the series below are exact to the last bit of a double.</summary>
    public const double Large = 12;

    private const double HalfLogTwoPi = 0.91893853320467274178;

    /// <summary>ln Γ(x) for x above 0.</summary>
    public static double LogGamma(double x)
    {
        double product = 1;
        for (; x < Large; x++) product *= x;
        return (x - 0.5) * Math.Log(x) - x + HalfLogTwoPi + LogCorrection(x) - Math.Log(product);
    }

    /// <summary>ψ(x), the derivative of ln Γ(x), for x above 0.</summary>
    public static double Digamma(double x)
    {
        double sum = 0;
        for (; x < Large; x++) sum += 1 / x;
        return Math.Log(x) - 0.5 / x - DigammaCorrection(x) - sum;
    }

    /// <summary>ln Γ(x) - (x - ½) ln x + x - ½ ln 2π for x of at least <see cref="Large"/> (Abramowitz and Stegun 6.1.41).</summary>
    public static double LogCorrection(double x)
    {
        double y = 1 / (x * x);
        return (1d / 12 - y * (1d / 360 - y * (1d / 1260 - y * (1d / 1680 - y * (1d / 1188 - y * (691d / 360360 - y / 156)))))) / x;
    }

    /// <summary>ln x - 1/(2x) - ψ(x) for x of at least <see cref="Large"/> (Abramowitz and Stegun 6.3.18).</summary>
    public static double DigammaCorrection(double x)
    {
        double y = 1 / (x * x);
        return y * (1d / 12 - y * (1d / 120 - y * (1d / 252 - y * (1d / 240 - y * (1d / 132 - y * (691d / 32760 - y / 12))))));
    }

    /// <summary>ln(1 + x) for x above -1, without the loss of digits where 1 + x is rounded (Kahan; Hewlett-Packard 1982).</summary>
    public static double LogOnePlus(double x)
    {
        double sum = 1 + x, rounded = sum - 1;
        return rounded == 0 ? x : double.IsPositiveInfinity(sum) ? sum : Math.Log(sum) * (x / rounded);
    }

    /// <summary>(ln(1 + x) - x) / x² for x above -1, by its series where the two are nearly equal; -½ at 0.</summary>
    public static double LogOnePlusQuotient(double x)
    {
        if (Math.Abs(x) > 0.1) return (LogOnePlus(x) - x) / (x * x);

        // With s = x / (2 + x), ln(1 + x) = 2 (s + s³/3 + s⁵/5 + ...), and 2s - x = -x s.
        double s = x / (2 + x), square = s * s, sum = 0;
        for (int k = 19; k >= 3; k -= 2) sum = 1d / k + square * sum;
        return (2 * s * sum / (2 + x) - 1) / (2 + x);
    }
}
