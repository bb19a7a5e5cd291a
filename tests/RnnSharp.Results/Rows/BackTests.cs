using PassengerForecast;
using RnnSharp.Forecasting;
using RnnSharp.Results.Files;

namespace RnnSharp.Results.Rows;

/// <summary>The forecaster beside baselines over a rolling origin.</summary>
internal static class BackTests
{
    private const string Wanted = "The figures in place of published ones are those of exponential smoothing in the same back-test, which are below those of seasonal naive, and 10 points for the 80 % intervals, which are to hold 70 to 90 % of the values.";

    public static ResultRow Passengers { get; } = new("passengers", "Airline passengers, a year ahead, GRU")
    {
        Figures = BackTestFigures.Of("0.551", "4.02"),
        Source = "Box and Jenkins 1976, series G; baselines of this library, checked against R's HoltWinters",
        Protocol = "Origins every three months from 1957-01 on, 12 months each; all methods are fitted anew at each origin. " + Wanted,
        Run = static run => run.BackTest(
            new ForecasterMethod(new() { Season = 12, Seed = run.Seed - 1 }),
            [Smoothing(SmoothingTrend.Additive, SmoothingSeason.Multiplicative), Smoothing(SmoothingTrend.Damped, SmoothingSeason.Multiplicative), new SeasonalNaiveMethod()],
            PassengerForecast.Passengers.Series,
            new() { Horizon = 12, Season = 12, FirstOrigin = 96, Stride = 3 }),
    };

    public static ResultRow OilTemperature { get; } = new("oil-temperature", "ETTh1's oil temperature, a day ahead, GRU")
    {
        Figures = BackTestFigures.Of("0.529", "39.2"),
        Source = "baselines of this library in the same back-test",
        Protocol = "Fitted once to the 16 months of training and validation, then from every midnight of the 4 months of test a day ahead. Settings were chosen by a back-test of the months of validation after those of training. " + Wanted,
        Data = "ETTh1.csv (zhouhaoyi/ETDataset).",
        Run = static run => run.BackTest(
            new ForecasterMethod(new() { Season = 24, Seasons = 0, Lookback = 48, AnchorSteps = 24, HiddenSize = 32, BatchSize = 128, Epochs = run.Count(30, 1), Patience = 5, Refit = false, Seed = run.Seed - 1 }),
            [Smoothing(SmoothingTrend.None, SmoothingSeason.Additive), Smoothing(SmoothingTrend.Additive, SmoothingSeason.Additive), new SeasonalNaiveMethod(), new NaiveMethod(), new LinearMethod(lookback: 96)],
            EttFile.OilTemperature(run.Data),
            new() { Horizon = 24, Season = 24, FirstOrigin = EttFile.TestStart, Stride = 24, RefitEvery = 0 }),
    };

    private static ExponentialSmoothing Smoothing(SmoothingTrend trend, SmoothingSeason season) => new(new() { Trend = trend, Season = season });
}
