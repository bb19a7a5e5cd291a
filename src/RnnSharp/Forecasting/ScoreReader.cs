namespace RnnSharp.Forecasting;

/// <summary>Scores single values of a forecast.</summary>
internal sealed class ScoreReader
{
    private readonly Forecast _forecast;
    private readonly double[] _scales; // by column
    private readonly IReadOnlyList<double> _levels;
    private readonly double[]?[] _quantiles; // by level; null where the forecast has none
    private readonly ForecastInterval? _interval;
    private readonly double[] _paths;
    private readonly double[] _weights; // of the levels of the forecast's quantiles

    public ScoreReader(Forecast forecast, TimeSeries history, ScoreOptions options)
    {
        _forecast = forecast;
        _levels = options.Levels;
        int season = ColumnMethod.SeasonOf(options.Season, history);
        _scales = new double[history.Columns];
        for (int c = 0; c < _scales.Length; c++) _scales[c] = history.Length > season ? ForecastMetrics.NaiveError(history.Column(c), season) : double.NaN;
        _quantiles = [.. _levels.Select(level => forecast.HasLevel(level) ? forecast.Quantile(level) : null)];
        (double lower, double upper) = Forecast.Bounds(options.Coverage);
        _interval = forecast.HasLevel(lower) && forecast.HasLevel(upper) ? forecast.Interval(options.Coverage) : null;
        _paths = new double[forecast.Paths.Length / forecast.Points.Length];
        _weights = ForecastMetrics.LevelWeights([.. forecast.Levels]);
    }

    /// <summary>The errors of a value, [step][column]; none if it is missing.</summary>
    public ScoreSums Read(int index, double actual)
    {
        if (double.IsNaN(actual)) return default;
        double pinball = 0, inside = double.NaN;
        for (int q = 0; q < _quantiles.Length; q++)
        {
            pinball += (_quantiles[q] is { } quantile ? ForecastMetrics.PinballLoss(actual, quantile[index], _levels[q]) : double.NaN) / _quantiles.Length;
        }

        if (_interval is { } interval) inside = actual >= interval.Lower[index] && actual <= interval.Upper[index] ? 1 : 0;
        return new ScoreSums(actual, _forecast.Points.Span[index], _scales[index % _scales.Length], pinball, Crps(index, actual), inside);
    }

    private double Crps(int index, double actual)
    {
        ReadOnlySpan<double> paths = _forecast.Paths.Span, points = _forecast.Points.Span;
        for (int p = 0; p < _paths.Length; p++) _paths[p] = paths[p * points.Length + index];
        switch (_forecast.Kind)
        {
            case ForecastKind.Points:
                return Math.Abs(actual - points[index]);
            case ForecastKind.Gaussian:
                return ForecastMetrics.GaussianScore(actual, points[index], _forecast.Deviations.Span[index]);
            case ForecastKind.Samples:
                return ForecastMetrics.SampleScore(actual, _paths);
            default:
                double sum = 0;
                for (int p = 0; p < _paths.Length; p++) sum += _weights[p] * ForecastMetrics.PinballLoss(actual, _paths[p], _forecast.Levels[p]);
                return 2 * sum;
        }
    }
}
