using FluentAssertions;
using RnnSharp.Forecasting;
using Xunit;

namespace RnnSharp.Tests.Forecasting;

public sealed class ForecasterFitTests
{
    private static readonly ForecasterOptions Brief = new() { HiddenSize = 4, Members = 1, Epochs = 1 };

    [Fact]
    public void Each_step_of_a_long_horizon_reads_its_covariates()
    {
        // The values are the covariate of the same step; the horizon is longer than the lookback would be without covariates.
        var random = new Random(8);
        double[] known = [.. Enumerable.Range(0, 212).Select(_ => (double)random.Next(2))];
        var values = new double[200];
        for (int t = 0; t < values.Length; t++) values[t] = 10 + 5 * known[t] + 0.1 * random.NextDouble();
        var forecaster = Forecaster.Fit(With(known), Brief with { Horizon = 12, AnchorSteps = 0, Epochs = 5, LearningRate = 0.02 });
        double[] path = forecaster.Predict().Column(0);
        for (int h = 0; h < 12; h++)
        {
            double[] changed = [.. known];
            changed[200 + h] = 1 - known[200 + h];
            forecaster.Forecast(With(changed), 12).Column(0).Should().NotEqual(path, "of step {0}", h);
        }

        FluentActions.Invoking(() => Forecaster.Fit(With(known), Brief with { Horizon = 12, Lookback = 11 })).Should().Throw<ArgumentException>().WithParameterName("options").WithMessage("*Lookback of at least 12*got 11*");
        FluentActions.Invoking(() => Forecaster.Fit(With(known).Slice(0, 36), Brief with { Horizon = 12 })).Should().Throw<ArgumentException>().WithParameterName("series").WithMessage("*at least*a lookback of 12*");

        TimeSeries With(double[] covariates) => new(values) { FutureCovariates = new(covariates) };
    }

    [Theory]
    [InlineData(120, true)]
    [InlineData(100, false)]
    public void Horizon_may_be_longer_than_the_validation_share(int length, bool monthly)
    {
        TimeSeries series = ForecasterTests.Counts(length, 3);
        if (!monthly) series = new TimeSeries(series.Values.Span);
        Forecaster.Fit(series, Brief with { Horizon = 36 }).Predict().Horizon.Should().Be(36);
    }

    [Fact]
    public void Series_too_short_for_horizon_and_validation_is_refused()
    {
        FluentActions.Invoking(() => Forecaster.Fit(new TimeSeries(ForecasterTests.Counts(60, 3).Values.Span), Brief with { Horizon = 36 }))
            .Should().Throw<ArgumentException>().WithParameterName("series").WithMessage("*at least * steps*Horizon of 36*ValidationShare of 0.2*got 60*");
    }

    [Fact]
    public void First_zero_among_the_held_out_steps_keeps_automatic_scaling_from_the_logarithm()
    {
        var random = new Random(4);
        double[] sales = [.. Enumerable.Range(0, 100).Select(_ => Math.Exp(2 + random.NextDouble() * 2))];
        Forecaster.Fit(new TimeSeries(sales), Brief).Scalers[0].Should().BeOfType<ComposedScaler>();
        var logarithm = Forecaster.Fit(new TimeSeries(sales), Brief);
        Forecast before = logarithm.Predict();
        FluentActions.Invoking(() => logarithm.Update([0d])).Should().Throw<ArgumentException>();
        ForecasterTests.Same(logarithm.Predict(), before);
        sales[95] = 0;
        var forecaster = Forecaster.Fit(new TimeSeries(sales), Brief with { Refit = false });
        forecaster.Scalers[0].Should().BeOfType<AffineScaler>();
        forecaster.Update([0d]);
        forecaster.Predict()[0].Should().BeInRange(0, 60);
    }

    [Fact]
    public void Intervals_of_few_values_are_calibrated_or_refused()
    {
        TimeSeries yearly = new(ForecasterTests.Counts(39, 3).Values.Span);
        ForecastInterval interval = Forecaster.Fit(yearly, Brief).Predict().Interval(0.8);
        interval.Upper[0].Should().BeGreaterThan(interval.Lower[0]);
        FluentActions.Invoking(() => Forecaster.Fit(yearly.Slice(0, 9), Brief)).Should().Throw<ArgumentException>().WithParameterName("series").WithMessage("*Calibrate*got 9*");
        Forecaster.Fit(yearly.Slice(0, 9), Brief with { Calibrate = false }).Predict().Kind.Should().Be(ForecastKind.Points);

        double[] gaps = yearly.Values.ToArray();
        Array.Fill(gaps, double.NaN, 33, 5);
        FluentActions.Invoking(() => Forecaster.Fit(new TimeSeries(gaps), Brief)).Should().Throw<ArgumentException>().WithParameterName("series").WithMessage("*8 values*Calibrate*got 3*");
    }

    [Fact]
    public void Counts_whose_low_quantiles_are_zero_are_forecast_with_the_default_scaling()
    {
        int[] pattern = [1, 1, 2, 1, 5, 1, 12, 1, 1, 3];
        var series = new TimeSeries([.. Enumerable.Range(0, 100).Select(t => (double)pattern[t % 10])]);
        var forecaster = Forecaster.Fit(series, Brief with { Horizon = 2, Head = ForecastHead.NegativeBinomial });
        forecaster.Scalers[0].Should().BeOfType<ComposedScaler>("the logarithm has no zero");
        ForecastInterval interval = forecaster.Predict().Interval(0.95);
        interval.Lower.Should().Equal(0, 0);
        interval.Upper.Should().OnlyContain(value => value > 1 && value == Math.Round(value));
    }

    [Theory]
    [InlineData(ForecastHead.NegativeBinomial, ForecastStrategy.Recursive, true)]
    [InlineData(ForecastHead.NegativeBinomial, ForecastStrategy.Segment, true)]
    [InlineData(ForecastHead.Gaussian, ForecastStrategy.Recursive, false)]
    [InlineData(ForecastHead.Quantiles, ForecastStrategy.Segment, false)]
    public void Intervals_that_would_not_widen_are_refused(ForecastHead head, ForecastStrategy strategy, bool calibrate)
    {
        ForecasterOptions options = Brief with { Horizon = 5, Head = head, Strategy = strategy, Calibrate = calibrate };
        FluentActions.Invoking(() => Forecaster.Fit(ForecasterTests.Counts(100, 3), options)).Should().Throw<ArgumentException>().WithParameterName("options").WithMessage($"*{head}*{strategy}*");
    }

    [Fact]
    public void Uncalibrated_intervals_of_one_segment_and_points_without_intervals_are_allowed()
    {
        TimeSeries series = ForecasterTests.Counts(100, 3);
        Forecaster.Fit(series, Brief with { Horizon = 4, Head = ForecastHead.Gaussian, Strategy = ForecastStrategy.Segment, Calibrate = false }).Predict().Interval(0.8).Lower.Should().HaveCount(4);
        Forecaster.Fit(series, Brief with { Horizon = 4, Strategy = ForecastStrategy.Recursive, Calibrate = false }).Predict().Kind.Should().Be(ForecastKind.Points);
    }
}
