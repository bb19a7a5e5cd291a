using System.Globalization;
using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>The errors of a forecast over steps and columns, as <see cref="ForecastMetrics"/> defines them. Missing values do not count.</summary>
public sealed record ForecastScore
{
    internal ForecastScore()
    {
    }

    /// <summary>The number of values that were compared.</summary>
    public long Count { get; internal init; }

    /// <summary>The mean absolute error of the path.</summary>
    public double Mae { get; internal init; }

    /// <summary>The root of the mean squared error of the path.</summary>
    public double Rmse { get; internal init; }

    /// <summary>The mean absolute percentage error of the path.</summary>
    public double Mape { get; internal init; }

    /// <summary>The symmetric mean absolute percentage error of the path, 0 to 200.</summary>
    public double Smape { get; internal init; }

    /// <summary>The mean absolute scaled error of the path; each column is scaled by the seasonal naive error of its history. NaN if the history is no longer than a season.</summary>
    public double Mase { get; internal init; }

    /// <summary>The mean pinball loss over <see cref="ScoreOptions.Levels"/>; NaN if the forecast lacks one of them.</summary>
    public double Pinball { get; internal init; }

    /// <summary>
    /// The continuous ranked probability score: of a normal distribution in closed form, of samples, or of all quantiles. For a forecast of points
    /// alone it is the mean absolute error.
    /// </summary>
    public double Crps { get; internal init; }

    /// <summary>The fraction of values within the interval of <see cref="ScoreOptions.Coverage"/>; NaN if the forecast has no such interval.</summary>
    public double Coverage { get; internal init; }

    /// <summary>Compares a forecast with what came.</summary>
    /// <param name="forecast">The forecast.</param>
    /// <param name="actual">The values, [step][column], for all steps of the forecast. NaN is a missing value.</param>
    /// <param name="history">What the forecast was made from, for the scale of <see cref="Mase"/>.</param>
    /// <param name="options">The season, the interval and the levels.</param>
    /// <exception cref="ArgumentException">An argument is null, or the sizes differ.</exception>
    public static ForecastScore Of(Forecast forecast, ReadOnlySpan<double> actual, TimeSeries history, ScoreOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(forecast);
        ArgumentNullException.ThrowIfNull(history);
        if (actual.Length != forecast.Points.Length) throw Check.Shape(nameof(actual), $"{forecast.Horizon} x {forecast.Columns} values, as in the forecast", $"{actual.Length}");
        if (history.Columns != forecast.Columns) throw Check.Shape(nameof(history), $"{forecast.Columns} columns, as in the forecast", $"{history.Columns}");
        ScoreSums sums = default;
        var reader = new ScoreReader(forecast, history, options ?? new ScoreOptions());
        for (int i = 0; i < actual.Length; i++) sums.Add(reader.Read(i, actual[i]));
        return sums.Result();
    }

    /// <summary>The errors in one line, such as "MAE 10.2, RMSE 13, MAPE 2.9 %, sMAPE 2.9 %, MASE 0.34, CRPS 7.3, coverage 0.83".</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"MAE {Mae:G4}, RMSE {Rmse:G4}, MAPE {Mape:G4} %, sMAPE {Smape:G4} %, MASE {Mase:G4}, CRPS {Crps:G4}, coverage {Coverage:G4}");
}
