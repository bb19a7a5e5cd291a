namespace RnnSharp.Forecasting;

/// <summary>An interval for each step that holds the value with a probability.</summary>
/// <param name="Coverage">The probability, such as 0.8.</param>
/// <param name="Lower">The lower bounds, [step][column].</param>
/// <param name="Upper">The upper bounds, [step][column].</param>
/// <param name="Columns">The number of columns.</param>
public sealed record ForecastInterval(double Coverage, IReadOnlyList<double> Lower, IReadOnlyList<double> Upper, int Columns = 1)
{
    /// <summary>Whether a value is in the interval, its bounds included.</summary>
    /// <param name="value">The value.</param>
    /// <param name="step">The step, 0 for the first.</param>
    /// <param name="column">0 to <see cref="Columns"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step or column is out of range.</exception>
    public bool Contains(double value, int step, int column = 0)
    {
        if ((uint)column >= (uint)Columns) throw new ArgumentOutOfRangeException(nameof(column), column, $"Expected 0 to {Columns - 1}, got {column}.");
        if ((uint)step >= (uint)(Lower.Count / Columns)) throw new ArgumentOutOfRangeException(nameof(step), step, $"Expected 0 to {Lower.Count / Columns - 1}, got {step}.");
        return value >= Lower[step * Columns + column] && value <= Upper[step * Columns + column];
    }
}
