using MathNet.Numerics;
using MathNet.Numerics.Distributions;
using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>Quantiles and samples of the negative binomial distribution.</summary>
internal static class CountDistribution
{
    public const double LargestCount = 1e15;

    // The distance of a Poisson distribution with such a mean from a normal one is below a thousandth.
    private const double LargestPoisson = 1e6;

    // The variance is then that of a Poisson distribution, but for less than what double precision tells.
    private const double LeastDispersion = 1e-20;

    /// <summary>The least count that is not exceeded with a probability, for a mean and a dispersion as in <see cref="Training.NegativeBinomialLoss{T}"/>.</summary>
    public static double Quantile(double mean, double dispersion, double level)
    {
        double r = 1 / Math.Max(dispersion, 1e-8), p = r / (r + mean);
        double high = Math.Max(1, Math.Ceiling(mean));
        while (Probability(high) < level && high < LargestCount) high *= 2;
        double low = -1;
        while (high - low > 1)
        {
            double middle = Math.Floor((low + high) / 2);
            if (Probability(middle) < level) low = middle;
            else high = middle;
        }

        return high;

        // P(Z ≤ k) is the regularized incomplete beta function I_p(r, k + 1).
        double Probability(double k) => p >= 1 ? 1 : SpecialFunctions.BetaRegularized(r, k + 1, p);
    }

    /// <summary>Draws a count: from a Poisson distribution whose mean comes from a gamma distribution.</summary>
    public static double Sample(FastRandom random, double mean, double dispersion)
    {
        double rate = dispersion < LeastDispersion ? mean : Gamma.Sample(random, 1 / dispersion, 1) * dispersion * mean;
        if (!(rate > 0)) return 0;
        if (rate < LargestPoisson) return Poisson.Sample(random, rate);
        return Math.Clamp(Math.Round(rate + Math.Sqrt(rate) * random.NextGaussian()), 0, LargestCount);
    }
}
