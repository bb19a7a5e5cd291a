using System.Text.Json;
using FluentAssertions;
using RnnSharp.Numerics;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

/// <summary>The tails of the negative binomial loss, its limit, and the gamma functions that it needs; PyTorch's cases are in <see cref="TorchLossCasesTests"/>.</summary>
public sealed class NegativeBinomialLossTests
{
    [Theory]
    [InlineData(1, 0, -0.57721566490153286061)]
    [InlineData(0.5, 0.57236494292470008707, -1.96351002602142347944)]
    [InlineData(2, 0, 0.42278433509846713939)]
    [InlineData(11.999, 17.49986522764610438531, 2.44257477432911920077)]
    [InlineData(100, 359.13420536957539878, 4.60016185273808740020)]
    [InlineData(1e-8, 18.42068073818020890, -100000000.57721564845)]
    public void Gamma_functions_have_all_digits(double x, double logGamma, double digamma)
    {
        GammaFunctions.LogGamma(x).Should().BeApproximately(logGamma, 4e-15 * Math.Max(1, logGamma));
        GammaFunctions.Digamma(x).Should().BeApproximately(digamma, 4e-15 * Math.Max(1, Math.Abs(digamma)));
    }

    [Fact]
    public void Values_and_gradients_keep_their_digits_where_the_gamma_functions_cancel()
    {
        using var cases = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", "negative_binomial.json")));
        foreach (JsonElement item in cases.RootElement.EnumerateArray())
        {
            double[] numbers = [.. item.EnumerateArray().Select(number => number.GetDouble())];
            var gradient = new Sequence<double>(1, 1, 0);
            double value = new NegativeBinomialLoss<double>(numbers[0]).Compute(Sequence<double>.FromArray(new[, ,] { { { numbers[1] } }, { { numbers[2] } } }), Sequence<double>.FromArray(new[, ,] { { { numbers[3] } } }), gradient).Value;
            value.Should().BeApproximately(numbers[4], 1e-13 * Math.Max(1, Math.Max(numbers[3], Math.Abs(numbers[4]))), "{0}", item);
            gradient[0, 0, 0].Should().BeApproximately(numbers[5], 1e-14 * Math.Max(1, numbers[3]), "{0}", item);

            // Half of (z - μ)² and of z are subtracted, whose difference may be small; and the rounding of a digamma counts 1/α² times, up to 144.
            double rounding = 1e-14 * (1 + numbers[3]) * Math.Exp(Math.Min(numbers[2], 0));
            gradient[1, 0, 0].Should().BeApproximately(numbers[6], 1e-12 * Math.Abs(numbers[6]) + rounding, "{0}", item);
        }
    }

    [Fact]
    public void Probabilities_of_all_counts_sum_to_one_with_the_stated_mean_and_variance()
    {
        var loss = new NegativeBinomialLoss<double>(4, LossReduction.Sum);
        (double mean, double dispersion) = loss.Parameters(0.7, -0.4);
        double sum = 0, first = 0, second = 0;
        for (int z = 0; z < 2000; z++)
        {
            double p = Math.Exp(-Value(loss, 0.7, -0.4, z));
            sum += p;
            first += z * p;
            second += (z - mean) * (z - mean) * p;
        }

        sum.Should().BeApproximately(1, 1e-12);
        first.Should().BeApproximately(mean, 1e-11);
        second.Should().BeApproximately(mean + dispersion * mean * mean, 1e-9);
    }

    [Fact]
    public void Series_for_small_dispersions_continue_the_direct_formula()
    {
        // The two formulas meet at 1/α = 12; the second difference of a smooth function is small there.
        var loss = new NegativeBinomialLoss<double>();
        double border = Math.Log(Math.Exp(1 / 12d) - 1);
        foreach (double z in (double[])[0, 1, 2.5, 40])
        {
            (double value, double slope) = Both(loss, 1.3, border - 1e-9, z);
            (double after, double slopeAfter) = Both(loss, 1.3, border + 1e-9, z);
            after.Should().BeApproximately(value + 2e-9 * slope, 1e-13 * Math.Max(1, Math.Abs(value)));
            slopeAfter.Should().BeApproximately(slope, 1e-7 * Math.Max(1, Math.Abs(slope)));
        }
    }

    [Fact]
    public void Limit_of_no_dispersion_is_the_Poisson_distribution()
    {
        var loss = new NegativeBinomialLoss<double>();
        (double mean, _) = loss.Parameters(2, 0);
        foreach (double dispersion in (double[])[-40, -300, -1e6])
        {
            Value(loss, 2, dispersion, 3).Should().BeApproximately(mean - 3 * Math.Log(mean) + Math.Log(6), 1e-13);
            (_, double slope) = Both(loss, 2, dispersion, 3);
            double byDispersion = -((mean - 3) * (mean - 3) - 3) / 2;
            slope.Should().BeApproximately(byDispersion * Math.Exp(Math.Max(dispersion, -700)), Math.Exp(Math.Max(dispersion, -700)) * 1e-12);
        }
    }

    [Fact]
    public void Extreme_outputs_and_counts_give_finite_losses_and_gradients()
    {
        foreach (double scale in (double[])[1e-6, 1, 1e9])
        {
            var loss = new NegativeBinomialLoss<double>(scale);
            foreach (double mean in (double[])[-1e5, -800, -30, 0, 30, 1e5])
            {
                foreach (double dispersion in (double[])[-1e5, -800, -30, 0, 30, 1e5])
                {
                    foreach (double z in (double[])[0, 1, 1e3, 1e9]) Both(loss, mean, dispersion, z).Should().Match<(double, double)>(pair => double.IsFinite(pair.Item1) && double.IsFinite(pair.Item2), "{0} {1} {2} {3}", scale, mean, dispersion, z);
                }
            }
        }

        Value(new NegativeBinomialLoss<double>(), 0, 0, -1).Should().Be(double.NaN);
        Value(new NegativeBinomialLoss<double>(), double.NaN, 0, 1).Should().Be(double.NaN);
    }

    private static double Value(ILoss<double> loss, double mean, double dispersion, double target) => loss.Compute(Sequence<double>.FromArray(new[, ,] { { { mean } }, { { dispersion } } }), Sequence<double>.FromArray(new[, ,] { { { target } } })).Value;

    private static (double Value, double ByDispersion) Both(ILoss<double> loss, double mean, double dispersion, double target)
    {
        var gradient = new Sequence<double>(1, 1, 0);
        double value = loss.Compute(Sequence<double>.FromArray(new[, ,] { { { mean } }, { { dispersion } } }), Sequence<double>.FromArray(new[, ,] { { { target } } }), gradient).Value;
        double.IsFinite(gradient[0, 0, 0]).Should().BeTrue();
        return (value, gradient[1, 0, 0]);
    }
}
