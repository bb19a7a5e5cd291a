namespace RnnSharp.Forecasting;

/// <summary>What a baseline has learned from a column.</summary>
internal abstract class ColumnFit
{
    /// <summary>The length of the shortest history that it can continue.</summary>
    public abstract int Shortest { get; }

    /// <summary>The most steps that it can forecast.</summary>
    public virtual int Longest => int.MaxValue;

    /// <summary>Writes the means and the standard deviations of the steps that follow a history.</summary>
    public abstract void Forecast(ReadOnlySpan<double> history, Span<double> means, Span<double> deviations);

    /// <summary>The square root of a sum of squared residuals, divided by their number less that of the parameters they were fitted by.</summary>
    public static double Deviation(double squares, int residuals, int parameters = 0) => Math.Sqrt(squares / Math.Max(residuals - parameters, 1));
}
