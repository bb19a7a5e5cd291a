using System.Text.Json;
using FluentAssertions;
using RnnSharp.Forecasting;
using RnnSharp.Tests.References;
using Xunit;

namespace RnnSharp.Tests.Forecasting;

/// <summary>Errors of forecasts against forecasting.py, which integrates the distributions numerically, and by hand.</summary>
public sealed class ForecastMetricsTests
{
    private static readonly JsonElement Case = ForecastingReference.Root.GetProperty("scores");
    private static readonly double[] Actual = Case.Values("actual"), Points = Case.Values("forecast"), Deviations = Case.Values("deviations"), Training = Case.Values("training");

    [Fact]
    public void Errors_equal_the_reference()
    {
        Close(ForecastMetrics.Mae(Actual, Points), "mae");
        Close(ForecastMetrics.Rmse(Actual, Points), "rmse");
        Close(ForecastMetrics.Mape(Actual, Points), "mape");
        Close(ForecastMetrics.Smape(Actual, Points), "smape");
        Close(ForecastMetrics.Mase(Actual, Points, Training), "mase1");
        Close(ForecastMetrics.Mase(Actual, Points, Training, 7), "mase7");
        Close(ForecastMetrics.Coverage(Actual, Case.Values("lower"), Case.Values("upper")), "coverage");
    }

    [Fact]
    public void Scores_of_distributions_equal_the_reference()
    {
        double[] levels = Case.Values("levels"), quantiles = Case.Values("quantiles"), pinball = Case.Values("pinball");
        for (int q = 0; q < levels.Length; q++) ForecastMetrics.Pinball(Actual, quantiles.AsSpan(q * Actual.Length, Actual.Length), levels[q]).Should().BeApproximately(pinball[q], 1e-12);
        Close(ForecastMetrics.CrpsOfQuantiles(Actual, quantiles, levels), "crps_quantiles");
        Close(ForecastMetrics.CrpsOfSamples(Actual, Case.Values("samples")), "crps_samples");
        Close(ForecastMetrics.CrpsOfGaussian(Actual, Points, Deviations), "crps_gaussian", 1e-9);
        ForecastMetrics.CrpsOfGaussian([3], [1], [0]).Should().Be(2);
    }

    [Fact]
    public void Quantiles_samples_and_the_closed_form_agree_in_the_limit()
    {
        double[] levels = [.. Enumerable.Range(0, 2000).Select(i => (i + 0.5) / 2000)];
        Forecast gaussian = Forecast.OfGaussian(new TimeSeries([0]), [1], [2]);
        double[] quantiles = [.. levels.Select(level => gaussian.Quantile(level)[0])];
        double exact = ForecastMetrics.CrpsOfGaussian([2.5], [1], [2]);
        ForecastMetrics.CrpsOfQuantiles([2.5], quantiles, levels).Should().BeApproximately(exact, 1e-3);
        ForecastMetrics.CrpsOfSamples([2.5], quantiles).Should().BeApproximately(exact, 1e-3);

        // Levels that crowd at the ends do not count for more than their part.
        double[] crowded = [.. Enumerable.Range(1, 999).Select(i => 0.5 - 0.5 * Math.Cos(Math.PI * i / 1000))];
        ForecastMetrics.CrpsOfQuantiles([2.5], [.. crowded.Select(level => gaussian.Quantile(level)[0])], crowded).Should().BeApproximately(exact, 1e-3);
    }

    [Fact]
    public void A_score_reads_every_kind_of_forecast()
    {
        var history = new TimeSeries(Training);
        ForecastScore score = ForecastScore.Of(Forecast.OfGaussian(history, Points, Deviations), Actual, history, new() { Season = 7 });
        score.Count.Should().Be(8);
        Close(score.Mae, "mae");
        Close(score.Rmse, "rmse");
        Close(score.Mape, "mape");
        Close(score.Smape, "smape");
        Close(score.Mase, "mase7");
        Close(score.Pinball, "gaussian_pinball", 1e-9);
        Close(score.Crps, "crps_gaussian", 1e-9);
        Close(score.Coverage, "coverage");
        Close(ForecastScore.Of(Forecast.OfSamples(history, Case.Values("samples"), 25), Actual, history).Crps, "crps_samples");
        Forecast quantiles = Forecast.OfQuantiles(history, Case.Values("levels"), Case.Values("quantiles"), Points);
        Close(ForecastScore.Of(quantiles, Actual, history).Crps, "crps_quantiles");
        ForecastScore.Of(quantiles, Actual, history, new() { Coverage = 0.9 }).Coverage.Should().Be(double.NaN, "the levels end at 0.1 and 0.9");
        ForecastScore points = ForecastScore.Of(Forecast.OfPoints(history, Points), Actual, history);
        Close(points.Crps, "mae");
        (points.Coverage, points.Pinball).Should().Be((double.NaN, double.NaN));
    }

    [Fact]
    public void Missing_values_do_not_count()
    {
        double gap = double.NaN;
        ForecastMetrics.Mae([1, gap, 3], [2, 9, 5]).Should().Be(1.5);
        ForecastMetrics.Coverage([1, gap, 3], [0, 0, 0], [2, 2, 2]).Should().Be(0.5);
        ForecastMetrics.CrpsOfSamples([gap, 1], [5, 1, 5, 1]).Should().Be(0);
        ForecastMetrics.Mae([gap], [1]).Should().Be(double.NaN);
        ForecastMetrics.NaiveError([1, gap, 4, 6], 1).Should().Be(2);
        var history = new TimeSeries([1, 2]);
        ForecastScore.Of(Forecast.OfPoints(history, [2, 9, 5]), [1, gap, 3], history).Should().Match<ForecastScore>(score => score.Count == 2 && score.Mae == 1.5);
    }

    [Fact]
    public void Zeros_are_scored_as_documented()
    {
        ForecastMetrics.Mape([0, 1], [0, 2]).Should().Be(50);
        ForecastMetrics.Mape([0], [1]).Should().Be(double.PositiveInfinity);
        ForecastMetrics.Smape([0, 0], [0, 1]).Should().Be(100);
    }

    private static void Close(double actual, string name, double tolerance = 1e-12) => actual.Should().BeApproximately(Case.Number(name), tolerance, name);
}
