namespace RnnSharp.Forecasting;

/// <summary>
/// Repeats the last value, the best forecast of a random walk. The variance of the h-th step is h times that of the differences (Hyndman and
/// Athanasopoulos, Forecasting: Principles and Practice, section 5.5).
/// </summary>
public sealed class NaiveMethod : ColumnMethod
{
    /// <inheritdoc/>
    public override string Name => "Naive";

    private protected override int Shortest(TimeSeries history, int horizon) => 2;

    private protected override ColumnFit FitColumn(TimeSeries history, int column, int horizon) => new NaiveFit(history.Column(column), 1);
}
