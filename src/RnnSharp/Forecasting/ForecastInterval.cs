namespace RnnSharp.Forecasting;

/// <summary>An interval for each step that holds the value with a probability: see <see cref="Forecast.Interval"/>.</summary>
public sealed class ForecastInterval
{
    internal ForecastInterval(double coverage, double[] lower, double[] upper, int columns = 1) => (Coverage, Lower, Upper, Columns) = (coverage, lower, upper, columns);

    /// <summary>The probability, such as 0.8.</summary>
    public double Coverage { get; }

    /// <summary>The lower bounds, [step][column].</summary>
    public IReadOnlyList<double> Lower { get; }

    /// <summary>The upper bounds, [step][column].</summary>
    public IReadOnlyList<double> Upper { get; }

    /// <summary>The number of columns.</summary>
    public int Columns { get; }

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
