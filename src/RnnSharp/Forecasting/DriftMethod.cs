using System.Globalization;

namespace RnnSharp.Forecasting;

/// <summary>
/// Continues the line through the first and the last value. The variance of the h-th step is h (1 + h / (T - 1)) times that of the
/// differences around their mean, for a history of T steps (Hyndman and Athanasopoulos, Forecasting: Principles and Practice, section 5.5).
/// </summary>
public sealed class DriftMethod : ColumnMethod
{
    /// <inheritdoc/>
    public override string Name => "Drift";

    private protected override int Shortest(TimeSeries history, int horizon) => 3;

    private protected override ColumnFit FitColumn(TimeSeries history, int column, int horizon) => new DriftFit(history.Column(column));

    private sealed class DriftFit : ColumnFit
    {
        private readonly double _deviation;
        private readonly int _differences;

        public DriftFit(ReadOnlySpan<double> values)
        {
            _differences = values.Length - 1;
            double slope = Slope(values), squares = 0;
            for (int t = 1; t < values.Length; t++) squares += Math.Pow(values[t] - values[t - 1] - slope, 2);
            _deviation = Deviation(squares, _differences, parameters: 1);
        }

        public override int Shortest => 2;

        public override void Forecast(ReadOnlySpan<double> history, Span<double> means, Span<double> deviations)
        {
            double slope = Slope(history);
            for (int h = 1; h <= means.Length; h++)
            {
                means[h - 1] = history[^1] + h * slope;
                deviations[h - 1] = _deviation * Math.Sqrt(h * (1 + (double)h / _differences));
            }
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"deviation {_deviation:G4}");

        private static double Slope(ReadOnlySpan<double> values) => (values[^1] - values[0]) / (values.Length - 1);
    }
}
