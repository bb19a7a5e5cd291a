namespace RnnSharp.Forecasting;

/// <summary>The errors of single values, summed; what a <see cref="ForecastScore"/> is the mean of.</summary>
internal struct ScoreSums
{
    private long _count;
    private double _absolute;
    private double _squares;
    private double _relative;
    private double _symmetric;
    private double _scaled;
    private double _pinball;
    private double _crps;
    private double _inside;

    /// <summary>The errors of one value.</summary>
    public ScoreSums(double actual, double point, double scale, double pinball, double crps, double inside)
    {
        double error = Math.Abs(actual - point);
        _count = 1;
        _absolute = error;
        _squares = error * error;
        _relative = ForecastMetrics.RelativeError(actual, point);
        _symmetric = ForecastMetrics.SymmetricError(actual, point);
        _scaled = error / scale;
        _pinball = pinball;
        _crps = crps;
        _inside = inside;
    }

    public void Add(in ScoreSums other)
    {
        _count += other._count;
        _absolute += other._absolute;
        _squares += other._squares;
        _relative += other._relative;
        _symmetric += other._symmetric;
        _scaled += other._scaled;
        _pinball += other._pinball;
        _crps += other._crps;
        _inside += other._inside;
    }

    public readonly ForecastScore Result() => new()
    {
        Count = _count,
        Mae = _absolute / _count,
        Rmse = Math.Sqrt(_squares / _count),
        Mape = 100 * _relative / _count,
        Smape = 100 * _symmetric / _count,
        Mase = _scaled / _count,
        Pinball = _pinball / _count,
        Crps = _crps / _count,
        Coverage = _inside / _count,
    };
}
