using RnnSharp.Forecasting;

namespace RnnSharp.Tests;

/// <summary>Errors, baselines and back-tests.</summary>
public sealed partial class BadArgumentTests
{
    private static IEnumerable<Row> ForecastMetricRows()
    {
        yield return Bad("ForecastMetrics.Mae(actual, forecast)", "forecast", "2 values, as in actual", "1", _ => ForecastMetrics.Mae([1, 2], [1]));
        yield return Bad("ForecastMetrics.Rmse(actual, forecast)", "forecast", "2 values, as in actual", "1", _ => ForecastMetrics.Rmse([1, 2], [1]));
        yield return Bad("ForecastMetrics.Mape(actual, forecast)", "forecast", "2 values, as in actual", "1", _ => ForecastMetrics.Mape([1, 2], [1]));
        yield return Bad("ForecastMetrics.Smape(actual, forecast)", "forecast", "2 values, as in actual", "1", _ => ForecastMetrics.Smape([1, 2], [1]));
        const string Mase = "ForecastMetrics.Mase(actual, forecast, training, season)", Naive = "ForecastMetrics.NaiveError(values, season)";
        yield return Bad(Mase, "forecast", "2 values, as in actual", "1", _ => ForecastMetrics.Mase([1, 2], [1], [1, 2, 3]));
        yield return Bad(Mase, "training", "more than 3 values", "3", _ => ForecastMetrics.Mase([1], [1], [1, 2, 3], 3));
        yield return Bad(Mase, "season", "at least 1", "0", _ => ForecastMetrics.Mase([1], [1], [1, 2, 3], 0));
        yield return Bad(Naive, "values", "more than 3 values", "3", _ => ForecastMetrics.NaiveError([1, 2, 3], 3));
        yield return Bad(Naive, "season", "at least 1", "0", _ => ForecastMetrics.NaiveError([1, 2, 3], 0));
        yield return Bad("ForecastMetrics.Pinball(actual, quantile, level)", "quantile", "2 values, as in actual", "1", _ => ForecastMetrics.Pinball([1, 2], [1], 0.5));
        yield return Bad("ForecastMetrics.Pinball(actual, quantile, level)", "level", "above 0 and below 1", "1", _ => ForecastMetrics.Pinball([1], [1], 1));
        const string Gaussian = "ForecastMetrics.CrpsOfGaussian(actual, means, deviations)", Quantiles = "ForecastMetrics.CrpsOfQuantiles(actual, quantiles, levels)";
        yield return Bad(Gaussian, "means", "2 values, as in actual", "1", _ => ForecastMetrics.CrpsOfGaussian([1, 2], [1], [1, 1]));
        yield return Bad(Gaussian, "deviations", "2 values, as in actual", "1", _ => ForecastMetrics.CrpsOfGaussian([1, 2], [1, 2], [1]));
        yield return Bad(Gaussian, "deviations", "0 or more", "-1", _ => ForecastMetrics.CrpsOfGaussian([1], [1], [-1]));
        yield return Bad("ForecastMetrics.CrpsOfSamples(actual, samples)", "samples", "one path of 2 values", "3 values", _ => ForecastMetrics.CrpsOfSamples([1, 2], [1, 2, 3]));
        yield return Bad(Quantiles, "quantiles", "one path of 2 values", "3 values", _ => ForecastMetrics.CrpsOfQuantiles([1, 2], [1, 2, 3], [0.5]));
        yield return Bad(Quantiles, "levels", "2 levels, one for each path", "1", _ => ForecastMetrics.CrpsOfQuantiles([1], [1, 2], [0.5]));
        yield return Bad(Quantiles, "levels", "ascending", "0.4 after 0.5", _ => ForecastMetrics.CrpsOfQuantiles([1], [1, 2], [0.5, 0.4]));
        yield return Bad(Quantiles, "levels", "above 0 and below 1", "2", _ => ForecastMetrics.CrpsOfQuantiles([1], [1], [2]));
        yield return Bad("ForecastMetrics.Coverage(actual, lower, upper)", "lower", "2 values, as in actual", "1", _ => ForecastMetrics.Coverage([1, 2], [1], [1, 2]));
        yield return Bad("ForecastMetrics.Coverage(actual, lower, upper)", "upper", "2 values, as in actual", "3", _ => ForecastMetrics.Coverage([1, 2], [1, 2], [1, 2, 3]));
        const string Score = "ForecastScore.Of(forecast, actual, history, options)";
        Forecast forecast = Forecast.OfPoints(Daily(), [1, 2]);
        yield return Null(Score, "forecast", _ => ForecastScore.Of(null!, [1], Daily()));
        yield return Bad(Score, "actual", "2 x 1 values", "1", _ => ForecastScore.Of(forecast, [1], Daily()));
        yield return Null(Score, "history", _ => ForecastScore.Of(forecast, [1, 2], null!));
        yield return Bad(Score, "history", "1 columns", "2", _ => ForecastScore.Of(forecast, [1, 2], new TimeSeries([1, 2], 2)));
    }

    private static IEnumerable<Row> ForecastMethodRows()
    {
        const string Fit = "ColumnMethod.Fit(history, horizon, cancellation)", Extension = "ForecastMethodExtensions.Forecast(method, history, horizon, cancellation)";
        yield return Null(Fit, "history", _ => new NaiveMethod().Fit(null!, 1));
        yield return Bad(Fit, "history", "at least 3 steps", "2 steps", _ => new DriftMethod().Fit(new TimeSeries([1, 2]), 1));
        yield return Bad(Fit, "history", "no missing values", "NaN at step 1, column 1", _ => new MeanMethod().Fit(new TimeSeries([1, 2, 3, double.NaN, 5, 6], 2), 1));
        yield return Bad(Fit, "history", "at least 8 steps", "7 steps", _ => new SeasonalNaiveMethod(7).Fit(new TimeSeries([1, 2, 3, 4, 5, 6, 7]), 1));
        yield return Bad(Fit, "history", "a step with a season", "3 steps", _ => new ExponentialSmoothing(new() { Season = SmoothingSeason.Additive }).Fit(new TimeSeries([1, 2, 3]), 1));
        yield return Bad(Fit, "history", "above 0 for a multiplicative season", "-3 at step 2", _ => new ExponentialSmoothing(new() { Season = SmoothingSeason.Multiplicative, SeasonLength = 2 }).Fit(new TimeSeries([1, 2, -3, 4]), 1));
        yield return Bad(Fit, "history", "at least 7 steps", "6 steps", _ => new LinearMethod(4).Fit(new TimeSeries([1, 2, 3, 4, 5, 6]), 2));
        yield return Bad(Fit, "horizon", "at least 1", "0", _ => new NaiveMethod().Fit(Daily(), 0));
        yield return Null(Extension, "method", _ => ((IForecastMethod)null!).Forecast(Daily(), 1));
        yield return Null(Extension, "history", _ => new NaiveMethod().Forecast(null!, 1));
        yield return Bad(Extension, "horizon", "at least 1", "0", _ => new NaiveMethod().Forecast(Daily(), 0));
        yield return Bad("SeasonalNaiveMethod.new(season)", "season", "at least 1", "0", _ => new SeasonalNaiveMethod(0));
        yield return Bad("LinearMethod.new(lookback, ridge)", "lookback", "at least 1", "0", _ => new LinearMethod(0));
        yield return Bad("LinearMethod.new(lookback, ridge)", "lookback", "1 to 10000", "10001", _ => new LinearMethod(10_001));
        yield return Bad("LinearMethod.new(lookback, ridge)", "ridge", "1e-9 to 1e9", "0", _ => new LinearMethod(1, 0));
        yield return Bad("ExponentialSmoothing.new(options)", "options", "a trend for Beta", "none", _ => new ExponentialSmoothing(new() { Beta = 0.1 }));
        yield return Bad("ExponentialSmoothing.new(options)", "options", "a damped trend for Phi", "Additive", _ => new ExponentialSmoothing(new() { Trend = SmoothingTrend.Additive, Phi = 0.9 }));
        yield return Bad("ExponentialSmoothing.new(options)", "options", "a season for Gamma", "none", _ => new ExponentialSmoothing(new() { Gamma = 0.1 }));
        yield return Bad("ExponentialSmoothing.new(options)", "options", "a season for SeasonLength", "none", _ => new ExponentialSmoothing(new() { SeasonLength = 12 }));
        const string One = "BackTest.Run(method, series, options, cancellation)", Many = "BackTest.Run(methods, series, options, cancellation)";
        var naive = new NaiveMethod();
        yield return Null(One, "method", _ => BackTest.Run((IForecastMethod)null!, Daily()));
        yield return Null(One, "series", _ => BackTest.Run(naive, null!));
        yield return Bad(One, "series", "at least 5 steps: a history of 1 and a horizon of 4", "3 steps", _ => BackTest.Run(naive, Daily(), new() { Horizon = 4 }));
        yield return Bad(One, "options", "a FirstOrigin of at least the Window, 3", "2", _ => BackTest.Run(naive, Daily(), new() { FirstOrigin = 2, Window = 3 }));
        yield return Null(Many, "methods", _ => BackTest.Run((IReadOnlyList<IForecastMethod>)null!, Daily()));
        yield return Bad(Many, "methods", "at least one method", "none", _ => BackTest.Run([], Daily()));
        yield return Bad(Many, "methods", "Method 1", "null", _ => BackTest.Run([naive, null!], Daily()));
        yield return Bad(Many, "methods", "different names", "two named Naive", _ => BackTest.Run([naive, naive], Daily()));
        yield return Null(Many, "series", _ => BackTest.Run([naive], null!));
        yield return Bad(Many, "series", "a history of 3 and a horizon of 1", "3 steps", _ => BackTest.Run([naive], Daily(), new() { FirstOrigin = 3 }));
        yield return Bad("BackTestResult.get_Item(name)", "name", "one of Naive", "Drift", f => _ = BackTest.Run(naive, Wide(), new() { FirstOrigin = 2 })["Drift"]);
        yield return Null("BackTestResult.StepTable(error)", "error", _ => BackTest.Run(naive, Wide(), new() { FirstOrigin = 2 }).StepTable(null!));

        static TimeSeries Wide() => new([1, 2, 3, 4, 5, 6], 2);
    }
}
