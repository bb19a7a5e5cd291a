using FluentAssertions;
using PassengerForecast;
using RnnSharp.Forecasting;
using Xunit;

namespace RnnSharp.Tests.Forecasting;

/// <summary>Back-tests with a rolling origin.</summary>
public sealed class BackTestTests
{
    private static readonly TimeSeries Count = new([.. Enumerable.Range(0, 20).Select(t => (double)t)])
    {
        PastCovariates = new TimeSeries([.. Enumerable.Range(0, 20).Select(t => 100.0 + t)]),
        FutureCovariates = new TimeSeries([.. Enumerable.Range(0, 25).Select(t => 200.0 + t)]),
    };

    [Fact]
    public void A_method_sees_nothing_after_the_origin()
    {
        var recorder = new Recorder();
        BackTestResult result = BackTest.Run(recorder, Count, new() { Horizon = 3, FirstOrigin = 8, Stride = 4, RefitEvery = 2 });
        int[] origins = [8, 12, 16];
        result.Methods[0].Folds.Select(fold => fold.Origin).Should().Equal(origins);
        result.Methods[0].Folds.Select(fold => fold.FittedAt).Should().Equal(8, 8, 16);
        recorder.Fits.Select(history => history.Length).Should().Equal(8, 16);
        recorder.Forecasts.Select(history => history.Length).Should().Equal(origins);
        foreach (TimeSeries seen in recorder.Fits.Concat(recorder.Forecasts))
        {
            seen.Values.ToArray().Should().Equal(Count.Values.ToArray()[..seen.Length]);
            seen.PastCovariates!.Values.ToArray().Should().Equal(Count.PastCovariates!.Values.ToArray()[..seen.Length]);
            seen.FutureCovariates!.Values.ToArray().Should().Equal(Count.FutureCovariates!.Values.ToArray()[..(seen.Length + 3)], "what is known ahead ends with the horizon");
        }
    }

    [Fact]
    public void Later_values_change_no_earlier_forecast()
    {
        IForecastMethod[] methods = [new SeasonalNaiveMethod(), new DriftMethod(), new MeanMethod(), new LinearMethod(12), new ExponentialSmoothing(new() { Trend = SmoothingTrend.Additive, Season = SmoothingSeason.Multiplicative })];
        double[] changed = [.. Passengers.Thousands[..130], .. Passengers.Thousands[130..].Select(value => value * 3)];
        var other = new TimeSeries(changed) { Step = TimeStep.Month };
        var options = new BackTestOptions { Horizon = 6, FirstOrigin = 100, Stride = 10, Folds = 4 };
        BackTestResult first = BackTest.Run(methods, Passengers.Series, options), second = BackTest.Run(methods, other, options);
        for (int m = 0; m < methods.Length; m++)
        {
            for (int f = 0; f < 4; f++) second.Methods[m].Folds[f].Forecast!.Points.ToArray().Should().Equal(first.Methods[m].Folds[f].Forecast!.Points.ToArray(), first.Methods[m].Name);
        }
    }

    [Theory]
    [InlineData(null, null, 3, null, new[] { 10, 13, 16 })]
    [InlineData(null, 2, 3, null, new[] { 13, 16 })]
    [InlineData(5, 2, 3, null, new[] { 5, 8 })]
    [InlineData(null, 50, 7, null, new[] { 2, 9, 16 })]
    [InlineData(null, 50, 7, 6, new[] { 9, 16 })]
    [InlineData(null, null, 1, 15, new[] { 15, 16 })]
    [InlineData(16, null, 1, 5, new[] { 16 })]
    public void Origins_follow_the_options(int? first, int? folds, int stride, int? window, int[] expected)
    {
        var recorder = new Recorder();
        BackTestResult result = BackTest.Run(recorder, Count, new() { Horizon = 4, FirstOrigin = first, Folds = folds, Stride = stride, Window = window });
        result.Methods[0].Folds.Select(fold => fold.Origin).Should().Equal(expected);
        recorder.Fits.Select(history => history[0]).Should().Equal(expected.Select(origin => window is { } length ? origin - (double)length : 0));
    }

    [Fact]
    public void Without_refits_the_first_model_forecasts_from_newer_histories()
    {
        var recorder = new Recorder();
        BackTestResult result = BackTest.Run(recorder, Count, new() { Horizon = 1, FirstOrigin = 10, RefitEvery = 0 });
        recorder.Fits.Should().ContainSingle();
        recorder.Forecasts.Should().HaveCount(10);
        result.Methods[0].Total.Mae.Should().Be(1, "it repeats the last value of each history");
    }

    [Fact]
    public void Scores_are_means_over_folds_steps_and_columns()
    {
        // Column 0 rises by 1 a step, column 1 by 2: the naive method errs by h and 2 h.
        TimeSeries series = TimeSeries.FromColumns([[.. Enumerable.Range(0, 12).Select(t => (double)t)], [.. Enumerable.Range(0, 12).Select(t => 2.0 * t)]]);
        BackTestMethod naive = BackTest.Run(new NaiveMethod(), series, new() { Horizon = 3, FirstOrigin = 4, KeepForecasts = false }).Methods[0];
        naive.Folds.Should().HaveCount(6).And.OnlyContain(fold => fold.Score.Mae == 3 && fold.Forecast == null);
        naive.Steps.Select(score => score.Mae).Should().Equal(1.5, 3, 4.5);
        naive.Columns.Select(score => score.Mae).Should().Equal(2, 4);
        naive.Columns.Select(score => score.Mase).Should().Equal(2, 2);
        (naive.Total.Mae, naive.Total.Mase, naive.Total.Count).Should().Be((3, 2, 36));
        naive.Total.Rmse.Should().BeApproximately(Math.Sqrt((1 + 4 + 9) * (1 + 4) / 6.0), 1e-12);
    }

    [Fact]
    public void Gaps_are_filled_from_the_history_alone_and_not_scored()
    {
        double[] values = Count.Values.ToArray();
        values[9] = values[12] = double.NaN;
        var series = new TimeSeries(values);
        var recorder = new Recorder();
        BackTestResult result = BackTest.Run(recorder, series, new() { Horizon = 2, FirstOrigin = 10, Stride = 2, Folds = 2, Filling = GapFilling.Linear });
        recorder.Fits[0][9].Should().Be(8, "the value after the gap is not known yet");
        recorder.Fits[1][9].Should().Be(9);
        result.Methods[0].Folds.Select(fold => fold.Score.Count).Should().Equal(2, 1);
        FluentActions.Invoking(() => BackTest.Run(new NaiveMethod(), series)).Should().Throw<ArgumentException>().WithMessage("*missing*");
    }

    [Fact]
    public void Seasonal_methods_beat_the_others_on_the_airline_series()
    {
        BackTestResult result = BackTest.Run(
            [new NaiveMethod(), new SeasonalNaiveMethod(), new DriftMethod(), new MeanMethod(), new LinearMethod(13), new ExponentialSmoothing(new() { Trend = SmoothingTrend.Additive, Season = SmoothingSeason.Multiplicative })],
            Passengers.Series,
            new() { Horizon = 12, Folds = 10, Stride = 6 });
        BackTestMethod smoothing = result["Holt-Winters (multiplicative)"], seasonal = result["Seasonal naive"];
        smoothing.Total.Mase.Should().BeLessThan(seasonal.Total.Mase).And.BeLessThan(0.7);
        smoothing.Total.Crps.Should().BeLessThan(seasonal.Total.Crps);
        seasonal.Total.Mase.Should().BeLessThan(result["Mean"].Total.Mase);
        foreach (BackTestMethod method in result.Methods) method.Total.Coverage.Should().BeInRange(0, 1);
        string[] lines = result.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Should().HaveCount(7).And.OnlyContain(line => line.Length == lines[0].Length);
        lines[0].Should().EndWith("in 80 %");
        result.StepTable(score => score.Mae).Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().HaveCount(13);
        BackTest.Run(new SeasonalNaiveMethod(), Passengers.Series, new() { Horizon = 12, Folds = 10, Stride = 6 }).Methods[0].Total.Should().Be(seasonal.Total, "each method is tested by itself, and again with the same result");
    }

    [Fact]
    public void A_test_can_be_cancelled_and_refuses_forecasts_of_another_size()
    {
        using var source = new CancellationTokenSource();
        var recorder = new Recorder { AtFit = source.Cancel };
        FluentActions.Invoking(() => BackTest.Run(recorder, Count, cancellation: source.Token)).Should().Throw<OperationCanceledException>();
        recorder.Fits.Should().ContainSingle();
        FluentActions.Invoking(() => BackTest.Run(new Recorder { Extra = 1 }, Count)).Should().Throw<InvalidOperationException>().WithMessage("*1 steps of 1 columns from Recorder, got 2*");
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        Refused(() => new BackTestOptions { Horizon = 0 }, "at least 1");
        Refused(() => new BackTestOptions { FirstOrigin = 0 }, "at least 1");
        Refused(() => new BackTestOptions { Stride = 0 }, "at least 1");
        Refused(() => new BackTestOptions { Folds = 0 }, "at least 1");
        Refused(() => new BackTestOptions { Window = 0 }, "at least 1");
        Refused(() => new BackTestOptions { RefitEvery = -1 }, "0 or more");
        Refused(() => new BackTestOptions { Filling = (GapFilling)3 }, "Previous, Linear or Seasonal");
        Refused(() => new ScoreOptions { Season = 0 }, "at least 1");
        Refused(() => new ScoreOptions { Coverage = 1 }, "above 0 and below 1");
        Refused(() => new ScoreOptions { Levels = [] }, "at least one level");
        Refused(() => new ScoreOptions { Levels = [0] }, "above 0 and below 1");

        static void Refused(Func<object> create, string words) => create.Should().Throw<ArgumentException>().WithParameterName("value").WithMessage($"*{words}*");
    }

    /// <summary>Repeats the last value, and keeps what it has seen.</summary>
    private sealed class Recorder : IForecastMethod, IForecastModel
    {
        public List<TimeSeries> Fits { get; } = [];

        public List<TimeSeries> Forecasts { get; } = [];

        public Action? AtFit { get; init; }

        public int Extra { get; init; }

        public string Name => "Recorder";

        public IForecastModel Fit(TimeSeries history, int horizon, CancellationToken cancellation = default)
        {
            Fits.Add(history);
            AtFit?.Invoke();
            return this;
        }

        public Forecast Forecast(TimeSeries history, int horizon, CancellationToken cancellation = default)
        {
            Forecasts.Add(history);
            return RnnSharp.Forecasting.Forecast.OfPoints(history, [.. Enumerable.Repeat(history[history.Length - 1], horizon + Extra)]);
        }
    }
}
