using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// The negative logarithm of a negative binomial distribution's probability of a count z, for a mean μ and a dispersion α
/// (DeepAR; Salinas et al. 2020, eq. 6): the variance is μ + αμ², and α → 0 is the Poisson distribution. With r = 1/α it is
/// ln Γ(z + 1) + ln Γ(r) - ln Γ(z + r) + r ln(1 + αμ) - z ln(αμ / (1 + αμ)), which is -log_prob of PyTorch's NegativeBinomial(r, logits: ln αμ).
/// The output has twice as many features as the target: all means, then for each mean its dispersion, both as numbers of any sign, of which
/// the loss takes the softplus: μ = s ln(1 + eᵒ), α = ln(1 + eᵒ) / √s, where s is a scale of the counts. Targets are counts, or numbers
/// between them; the loss of a target below 0, or of a scale that is not above 0, is NaN.
/// </summary>
/// <typeparam name="T">float or double; the functions themselves are computed in double precision.</typeparam>
public sealed class NegativeBinomialLoss<T> : ILoss<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Creates the loss.</summary>
    /// <param name="scale">s, a finite number above 0, such as the mean of the training counts, so that the model outputs numbers near 1.</param>
    /// <param name="reduction">Whether value and gradient are those of the mean over all counted targets, or of the sum.</param>
    /// <exception cref="ArgumentException">The scale is out of range, or the reduction is neither.</exception>
    public NegativeBinomialLoss(double scale = 1, LossReduction reduction = LossReduction.Mean)
    {
        Scale = Check.Positive(scale);
        Reduction = LossShapes.CheckReduction(reduction);
    }

    /// <summary>The scale of the counts.</summary>
    public double Scale { get; }

    /// <summary>
    /// Whether the last feature of the target is a scale of that position, above 0, by which <see cref="Scale"/> is multiplied: for series of
    /// different sizes in one batch. False by default.
    /// </summary>
    public bool TargetHasScale { get; init; }

    /// <summary>Whether value and gradient are those of the mean or of the sum.</summary>
    public LossReduction Reduction { get; }

    /// <inheritdoc/>
    public LossValue Compute(Sequence<T> output, Sequence<T> target, Sequence<T>? gradient = null, Sequence<T>? stepWeights = null, Sequence<T>? losses = null) =>
        PositionLoss.Compute(output, target, gradient, stepWeights, losses, Reduction, new Positions(Scale, TargetHasScale));

    /// <summary>The mean and the dispersion that a pair of outputs stands for.</summary>
    /// <param name="mean">A feature of the first half of the output.</param>
    /// <param name="dispersion">The feature of the second half that belongs to it.</param>
    public (double Mean, double Dispersion) Parameters(T mean, T dispersion) => ParametersOf(mean, dispersion, Scale);

    /// <summary>The mean and the dispersion that a pair of outputs stands for at a scale.</summary>
    internal static (double Mean, double Dispersion) ParametersOf(T mean, T dispersion, double scale) =>
        (scale * new Softplus(double.CreateTruncating(mean)).Value, new Softplus(double.CreateTruncating(dispersion)).Value / Math.Sqrt(scale));

    private readonly struct Positions(double scale, bool targetHasScale) : IPositionLoss<T>
    {
        // Quotients by the mean, and by the square of the dispersion, stay normal numbers.
        private const double Least = 1e-300, LeastDispersion = 1e-130;

        public string Expected => "an even number of features (means, then dispersions)";

        public int TargetFeatures(int features) => features % 2 == 0 ? features / 2 + (targetHasScale ? 1 : 0) : 0;

        public int Losses(int features) => features / 2;

        public double Sum(ReadOnlySpan<T> output, ReadOnlySpan<T> target, int features, Span<T> gradient, Span<T> losses, T factor)
        {
            int targets = features / 2, width = TargetFeatures(features);
            double sum = 0, weight = double.CreateTruncating(factor);
            for (int i = 0; i < target.Length / width * targets; i++)
            {
                int position = i / targets, feature = i % targets, first = position * features + feature, second = first + targets;
                ReadOnlySpan<T> wanted = target.Slice(position * width, width);
                double z = double.CreateTruncating(wanted[feature]), size = targetHasScale ? scale * double.CreateTruncating(wanted[^1]) : scale, root = Math.Sqrt(size);
                if (z < 0 || size <= 0) z = double.NaN;
                var mean = new Softplus(double.CreateTruncating(output[first]));
                var dispersion = new Softplus(double.CreateTruncating(output[second]));
                double value = Count(z, Math.Max(size * mean.Value, Least), Math.Max(dispersion.Value / root, LeastDispersion), out double byMean, out double byDispersion);
                sum += value;
                if (!losses.IsEmpty) losses[i] = T.CreateSaturating(value);
                if (gradient.IsEmpty) continue;
                gradient[first] = T.CreateSaturating(weight * byMean * mean.RelativeSlope);
                gradient[second] = T.CreateSaturating(weight * byDispersion * (dispersion.Slope / root));
            }

            return sum;
        }

        /// <summary>The loss of a count, μ times its derivative by μ, and its derivative by α.</summary>
        private static double Count(double z, double mean, double dispersion, out double byMean, out double byDispersion)
        {
            double r = 1 / dispersion, spread = 1 + dispersion * mean;
            byMean = (mean - z) / spread;

            // ln((1 + αz) / (1 + αμ)) is ln(1 + δ).
            double delta = dispersion * (z - mean) / spread;
            double constant = GammaFunctions.LogGamma(z + 1) - (z == 0 ? 0 : z * Math.Log(mean));
            if (r < GammaFunctions.Large)
            {
                byDispersion = r * r * (GammaFunctions.Digamma(z + r) - GammaFunctions.Digamma(r) - GammaFunctions.LogOnePlus(dispersion * mean)) + r * byMean;
                return constant + GammaFunctions.LogGamma(r) - GammaFunctions.LogGamma(z + r) - z * Math.Log(dispersion) + (r + z) * GammaFunctions.LogOnePlus(dispersion * mean);
            }

            // Both gamma functions by Stirling's series, whose large terms cancel on paper: exact down to α = 0, the Poisson distribution.
            byDispersion = byMean * byMean * GammaFunctions.LogOnePlusQuotient(delta) + z / (2 * (1 + dispersion * z))
                + r * r * (GammaFunctions.DigammaCorrection(r) - GammaFunctions.DigammaCorrection(r + z));
            return constant + z + 0.5 * GammaFunctions.LogOnePlus(dispersion * z) - (r + z) * GammaFunctions.LogOnePlus(delta)
                + GammaFunctions.LogCorrection(r) - GammaFunctions.LogCorrection(r + z);
        }
    }

    /// <summary>ln(1 + eˣ) with its derivative. Below -700 it counts as at -700, so that value and quotients stay normal numbers.</summary>
    private readonly struct Softplus
    {
        public Softplus(double x)
        {
            x = Math.Max(x, -700); // NaN stays NaN
            double e = Math.Exp(-Math.Abs(x));
            Value = Math.Max(x, 0) + GammaFunctions.LogOnePlus(e);
            Slope = x > 0 ? 1 / (1 + e) : e / (1 + e);
        }

        public double Value { get; }

        public double Slope { get; }

        /// <summary>The derivative over the value.</summary>
        public double RelativeSlope => Slope / Value;
    }
}
