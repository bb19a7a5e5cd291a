using MathNet.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>Quantiles of the negative binomial distribution.</summary>
internal static class CountDistribution
{
    private const double LargestCount = 1e15;

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
}
