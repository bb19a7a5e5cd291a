using System.Globalization;
using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>
/// Repeats the last season. The variance of a step in the k-th season ahead is k times that of the differences over a season (Hyndman and
/// Athanasopoulos, Forecasting: Principles and Practice, section 5.5).
/// </summary>
public sealed class SeasonalNaiveMethod : ColumnMethod
{
    private readonly int? _season;

    /// <summary>Creates the method.</summary>
    /// <param name="season">The steps of a season, at least 1; null for <see cref="TimeStep.Season"/> of the history's step, or 1 without it.</param>
    /// <exception cref="ArgumentOutOfRangeException">The season is below 1.</exception>
    public SeasonalNaiveMethod(int? season = null) => _season = season is { } steps ? Check.Positive(steps, nameof(season)) : null;

    /// <inheritdoc/>
    public override string Name => "Seasonal naive";

    private protected override int Shortest(TimeSeries history, int horizon) => SeasonOf(_season, history) + 1;

    private protected override ColumnFit FitColumn(TimeSeries history, int column, int horizon) => new NaiveFit(history.Column(column), SeasonOf(_season, history));
}

/// <summary>The naive methods: a season of one step repeats the last value.</summary>
internal sealed class NaiveFit : ColumnFit
{
    private readonly int _season;
    private readonly double _deviation;

    public NaiveFit(ReadOnlySpan<double> values, int season)
    {
        _season = season;
        double squares = 0;
        for (int t = season; t < values.Length; t++) squares += (values[t] - values[t - season]) * (values[t] - values[t - season]);
        _deviation = Deviation(squares, values.Length - season);
    }

    public override int Shortest => _season;

    public override void Forecast(ReadOnlySpan<double> history, Span<double> means, Span<double> deviations)
    {
        for (int h = 0; h < means.Length; h++)
        {
            means[h] = history[history.Length - _season + h % _season];
            deviations[h] = _deviation * Math.Sqrt(1 + h / _season);
        }
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"season {_season}, deviation {_deviation:G4}");
}
