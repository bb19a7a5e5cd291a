using FluentAssertions;
using PassengerForecast;
using RnnSharp.Forecasting;
using Xunit;

namespace RnnSharp.Tests.Forecasting;

public sealed class ForecasterTests
{
    private static readonly ForecasterOptions Quick = new() { Horizon = 4, Season = 6, Seasons = 1, Lookback = 8, HiddenSize = 6, Members = 2, Epochs = 8, BatchSize = 16, LearningRate = 0.01 };

    [Fact]
    public void Airline_back_test_is_better_than_seasonal_naive_and_exponential_smoothing()
    {
        BackTestResult result = BackTest.Run(
            [new ForecasterMethod(new() { Season = 12 }), new SeasonalNaiveMethod(), new ExponentialSmoothing(new() { Trend = SmoothingTrend.Additive, Season = SmoothingSeason.Multiplicative }), new ExponentialSmoothing(new() { Trend = SmoothingTrend.Damped, Season = SmoothingSeason.Multiplicative })],
            Passengers.Series,
            new() { Horizon = 12, Season = 12, FirstOrigin = 96, Stride = 3 });
        ForecastScore own = result.Methods[0].Total;
        foreach (BackTestMethod other in result.Methods.Skip(1))
        {
            own.Mase.Should().BeLessThan(other.Total.Mase, "{0}", other.Name);
            own.Smape.Should().BeLessThan(other.Total.Smape, "{0}", other.Name);
        }

        own.Coverage.Should().BeInRange(0.7, 0.9);
    }

    [Theory]
    [InlineData(ForecastHead.Point, ForecastStrategy.Direct, ForecastCell.Gru)]
    [InlineData(ForecastHead.Gaussian, ForecastStrategy.Recursive, ForecastCell.Lstm)]
    [InlineData(ForecastHead.Quantiles, ForecastStrategy.Segment, ForecastCell.Gru)]
    [InlineData(ForecastHead.NegativeBinomial, ForecastStrategy.Direct, ForecastCell.Gru)]
    public void Every_head_and_strategy_forecasts_in_order_and_repeats(ForecastHead head, ForecastStrategy strategy, ForecastCell cell)
    {
        TimeSeries series = Counts(140, 3);
        ForecasterOptions options = Quick with { Head = head, Strategy = strategy, Cell = cell, SegmentLength = 3, Scaling = Scaling.Log(1).Then(Scaling.Standard) };
        var forecaster = Forecaster.Fit(series, options);
        Forecast forecast = forecaster.Predict();
        forecast.Horizon.Should().Be(4);
        ForecastInterval narrow = forecast.Interval(0.5), wide = forecast.Interval(0.9);
        for (int h = 0; h < 4; h++)
        {
            forecast[h].Should().BeInRange(0, 40);
            wide.Lower[h].Should().BeLessThanOrEqualTo(narrow.Lower[h]);
            wide.Upper[h].Should().BeGreaterThanOrEqualTo(narrow.Upper[h]).And.BeGreaterThan(wide.Lower[h]);
            if (head == ForecastHead.NegativeBinomial) wide.Upper[h].Should().Be(Math.Round(wide.Upper[h]));
        }

        Same(Forecaster.Fit(series, options).Predict(), forecast);
        Same(forecaster.Forecast(series, 4), forecast);
        forecaster.Forecast(series, 2).Column(0).Should().Equal(forecast.Column(0).Take(2));
    }

    [Fact]
    public void Network_learns_what_no_baseline_can()
    {
        // A noisy logistic map: its mean, last value and lines tell nothing about the next value.
        var random = new Random(5);
        var values = new double[400];
        double x = 0.4;
        for (int t = 0; t < values.Length; t++)
        {
            x = 3.8 * x * (1 - x);
            values[t] = x + 0.01 * random.NextDouble();
        }

        var series = new TimeSeries(values);
        BackTestResult result = BackTest.Run(
            [new ForecasterMethod(new() { Epochs = 80, LearningRate = 0.02, Patience = 20, Lookback = 4, AnchorSteps = 0 }), new MeanMethod(), new LinearMethod(lookback: 4)],
            series,
            new() { Horizon = 1, FirstOrigin = 360, RefitEvery = 0 });
        result.Methods[0].Total.Mae.Should().BeLessThan(0.1 * result.Methods[1].Total.Mae).And.BeLessThan(0.1 * result.Methods[2].Total.Mae);
        result.Methods[0].Total.Coverage.Should().BeInRange(0.6, 1);
    }

    [Fact]
    public void Updates_move_the_forecast_as_a_longer_history_does()
    {
        TimeSeries series = Counts(140, 3);
        var forecaster = Forecaster.Fit(series.Slice(0, 130), Quick);
        Forecast expected = forecaster.Forecast(series, 4), before = forecaster.Predict();
        forecaster.Update(series.Values.Span.Slice(130, 7));
        forecaster.Update(series.Slice(137, 3));
        Same(forecaster.Predict(), expected);
        forecaster.Predict().Column(0).Should().NotEqual(before.Column(0));
        forecaster.Predict().TimeAt(0).Should().Be(series.TimeAt(140));
        FluentActions.Invoking(() => Forecaster.Fit(Passengers.Series, Quick).Update([100, -1])).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Several_series_share_a_network_and_have_scalers_of_their_own()
    {
        TimeSeries small = Counts(120, 1), large = new([.. Counts(150, 2).Values.ToArray().Select(value => 1000 * value + 5000)]) { Id = "large", Start = new(2020, 1, 31), Step = TimeStep.Month };
        var forecaster = Forecaster.Fit([small, large], Quick);
        forecaster.Predict(0)[0].Should().BeInRange(0, 40);
        forecaster.Predict(1)[0].Should().BeInRange(5000, 45_000);
        Same(forecaster.Forecast(large, 4), forecaster.Predict(1));

        // A series that was not there: scalers are fitted to it.
        TimeSeries other = new([.. Counts(60, 7).Values.ToArray().Select(value => 1e-3 * value)]) { Id = "new" };
        forecaster.Forecast(other, 4)[0].Should().BeInRange(0, 0.04);
    }

    [Fact]
    public void Gaps_are_filled_for_reading_and_left_out_as_targets()
    {
        double[] values = Counts(140, 3).Values.ToArray();
        foreach (int gap in (int[])[20, 21, 55, 100, 139]) values[gap] = double.NaN;
        var forecaster = Forecaster.Fit(new TimeSeries(values), Quick);
        forecaster.Predict().Column(0).Should().OnlyContain(value => value > -10 && value < 40);
    }

    [Fact]
    public void Covariates_that_are_known_ahead_decide_the_forecast()
    {
        // The values are the covariate of the same step: nothing in the past tells them.
        var random = new Random(8);
        double[] known = [.. Enumerable.Range(0, 306).Select(_ => (double)random.Next(2))];
        double[] measured = [.. Enumerable.Range(0, 300).Select(_ => random.NextDouble())];
        var series = new TimeSeries([.. known.Take(300).Select(value => 10 + 5 * value + 0.1 * random.NextDouble())])
        {
            FutureCovariates = new(known),
            PastCovariates = new(measured),
        };
        foreach (ForecastStrategy strategy in Enum.GetValues<ForecastStrategy>())
        {
            Forecast forecast = Forecaster.Fit(series, new() { Horizon = 6, Lookback = 7, Strategy = strategy, AnchorSteps = 0, Members = 1, Epochs = 150, LearningRate = 0.02, HiddenSize = 24, Patience = 40 }).Predict();
            for (int h = 0; h < 6; h++) forecast[h].Should().BeApproximately(10 + 5 * known[300 + h], 1.5, "{0}", strategy);
        }

        FluentActions.Invoking(() => Forecaster.Fit(series.Slice(0, 300, 2), Quick with { Seasons = 0, Epochs = 1 }).Predict()).Should().Throw<ArgumentException>().WithMessage("Expected covariates known ahead*");
    }

    [Fact]
    public void Columns_are_forecast_together()
    {
        TimeSeries one = Counts(140, 3), two = Counts(140, 4);
        var both = TimeSeries.FromColumns([one.Column(0), [.. two.Column(0).Select(value => 100 + value)]]);
        Forecast forecast = Forecaster.Fit(both, Quick).Predict();
        forecast.Columns.Should().Be(2);
        forecast[0, 0].Should().BeInRange(-5, 40);
        forecast[0, 1].Should().BeInRange(95, 140);
    }

    [Fact]
    public void Without_a_refit_the_held_out_steps_stay_unseen()
    {
        // A jump in the held-out steps changes what a refit learns, but no scaler without it.
        double[] values = Counts(140, 3).Values.ToArray();
        for (int t = 130; t < 140; t++) values[t] += 500;
        var plain = (AffineScaler)Forecaster.Fit(new TimeSeries(values), Quick with { Refit = false, Scaling = Scaling.MinMax, Epochs = 1 }).Scalers[0];
        var again = (AffineScaler)Forecaster.Fit(new TimeSeries(values), Quick with { Scaling = Scaling.MinMax, Epochs = 1 }).Scalers[0];
        plain.Scales[0].Should().BeLessThan(20);
        again.Scales[0].Should().BeGreaterThan(400);
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        foreach (Func<ForecasterOptions> bad in (Func<ForecasterOptions>[])
        [
            () => new() { Horizon = 0 }, () => new() { Horizon = 100_001 }, () => new() { Season = 0 }, () => new() { Lookback = 0 }, () => new() { Cell = (ForecastCell)2 }, () => new() { HiddenSize = 0 },
            () => new() { Layers = 0 }, () => new() { Strategy = (ForecastStrategy)3 }, () => new() { SegmentLength = 0 }, () => new() { Scaling = null! }, () => new() { Seasons = -1 }, () => new() { AnchorSteps = -1 },
            () => new() { Head = (ForecastHead)(-1) }, () => new() { Levels = [0.1, 0.9] }, () => new() { Levels = [0.5, 0.5] }, () => new() { Epochs = 0 }, () => new() { LearningRate = 0 }, () => new() { WeightDecay = -1 },
            () => new() { BatchSize = 0 }, () => new() { ValidationShare = 0.6 }, () => new() { Patience = 0 }, () => new() { Members = 101 },
        ])
        {
            FluentActions.Invoking(bad).Should().Throw<ArgumentException>().Which.ParamName.Should().Be("value");
        }
    }

    [Fact]
    public void Cancelled_fits_throw()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        FluentActions.Invoking(() => Forecaster.Fit(Passengers.Series, Quick, source.Token)).Should().Throw<OperationCanceledException>();
    }

    internal static void Same(Forecast actual, Forecast expected)
    {
        actual.Points.ToArray().Should().Equal(expected.Points.ToArray());
        actual.Paths.ToArray().Should().Equal(expected.Paths.ToArray());
    }

    internal static TimeSeries Counts(int length, int seed)
    {
        var random = new Random(seed);
        return TimeSeries.Monthly([.. Enumerable.Range(0, length).Select(t => Math.Round(8 + 4 * Math.Sin(t * Math.PI / 3) + 4 * random.NextDouble()))], new DateTime(2000, 1, 1));
    }
}
