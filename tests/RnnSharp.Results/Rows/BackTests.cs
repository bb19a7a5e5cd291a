using RnnSharp.Forecasting;
using RnnSharp.Results.Files;

namespace RnnSharp.Results.Rows;

/// <summary>The forecaster beside baselines over a rolling origin. There is no published figure: the same run computes those to surpass.</summary>
internal static class BackTests
{
    private const string Scaled = "MASE, of the best baseline's", Symmetric = "sMAPE, of the best baseline's", Coverage = "80 % intervals: points off 80 %";

    private const string Wanted = "The errors are divided by the lowest of exponential smoothing and seasonal naive, and are to be below 1; 80 % intervals are to hold 70 to 90 % of the values. Other baselines are shown beside them.";

    private static readonly Figure[] AllFigures = [new(Scaled, "1.00") { Strictly = true }, new(Symmetric, "1.00") { Strictly = true }, new(Coverage, "10.0")];

    public static ResultRow Passengers { get; } = new("passengers", "Airline passengers, a year ahead")
    {
        Figures = AllFigures,
        Source = "Box and Jenkins 1976, series G",
        Protocol = "Origins every three months from 1957-01 on, 12 months each; all methods are fitted anew at each origin. The forecaster has its defaults, "
            + "which were the best of five settings in a back-test of the origins before 1957. " + Wanted,
        IsResumable = false,
        Run = static run => Run(
            run,
            new ForecasterMethod(new() { Season = 12, Seed = run.Seed }),
            [Smoothing(SmoothingTrend.Additive, SmoothingSeason.Multiplicative), Smoothing(SmoothingTrend.Damped, SmoothingSeason.Multiplicative), new SeasonalNaiveMethod()],
            [new DriftMethod()],
            PassengerForecast.Passengers.Series,
            new() { Horizon = 12, Season = 12, FirstOrigin = 96, Stride = 3 }),
    };

    public static ResultRow OilTemperature { get; } = new("oil-temperature", "ETTh1's oil temperature, a day ahead, GRU")
    {
        Figures = AllFigures,
        Source = "Zhou et al. 2021, ETTh1",
        Protocol = "Fitted once to the 16 months of training and validation, then a day ahead from every midnight of the 4 months of test. The settings were the best of six "
            + "in a back-test of the months of validation. " + Wanted,
        Data = "ETTh1.csv (zhouhaoyi/ETDataset).",
        IsResumable = false,
        Run = static run => Run(
            run,
            new ForecasterMethod(new() { Season = 24, Seasons = 0, Lookback = 48, AnchorSteps = 24, HiddenSize = 32, BatchSize = 128, Epochs = run.Count(30, 1), Patience = 5, Refit = false, Seed = run.Seed }),
            [Smoothing(SmoothingTrend.None, SmoothingSeason.Additive), Smoothing(SmoothingTrend.Additive, SmoothingSeason.Additive), new SeasonalNaiveMethod()],
            [new NaiveMethod(), new LinearMethod(lookback: 96)],
            EttFile.OilTemperature(run.Data),
            new() { Horizon = 24, Season = 24, FirstOrigin = EttFile.TestStart, Stride = 24, RefitEvery = 0 }),
    };

    private static void Run(RowRun run, IForecastMethod method, IForecastMethod[] rivals, IForecastMethod[] others, TimeSeries series, BackTestOptions options)
    {
        BackTestResult result = run.BackTest([method, .. rivals, .. others], series, options);
        ForecastScore own = result.Methods[0].Total;
        ForecastScore[] best = [.. result.Methods.Skip(1).Take(rivals.Length).Select(rival => rival.Total)];
        run.Report(Scaled, own.Mase / best.Min(score => score.Mase));
        run.Report(Symmetric, own.Smape / best.Min(score => score.Smape));
        run.Report(Coverage, 100 * Math.Abs(own.Coverage - options.Coverage));
    }

    private static ExponentialSmoothing Smoothing(SmoothingTrend trend, SmoothingSeason season) => new(new() { Trend = trend, Season = season });
}
