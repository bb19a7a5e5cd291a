using System.Globalization;

namespace RnnSharp.Forecasting;

/// <summary>
/// Forecasts the mean of the history. The variance is 1 + 1 / T times that of the values, for a history of T steps (Hyndman and
/// Athanasopoulos, Forecasting: Principles and Practice, section 5.5).
/// </summary>
public sealed class MeanMethod : ColumnMethod
{
    /// <inheritdoc/>
    public override string Name => "Mean";

    private protected override int Shortest(TimeSeries history, int horizon) => 2;

    private protected override ColumnFit FitColumn(TimeSeries history, int column, int horizon) => new MeanFit(history.Column(column));

    private sealed class MeanFit : ColumnFit
    {
        private readonly double _deviation;

        public MeanFit(ReadOnlySpan<double> values)
        {
            double mean = Mean(values), squares = 0;
            foreach (double value in values) squares += (value - mean) * (value - mean);
            _deviation = Deviation(squares, values.Length, parameters: 1) * Math.Sqrt(1 + 1.0 / values.Length);
        }

        public override int Shortest => 1;

        public override void Forecast(ReadOnlySpan<double> history, Span<double> means, Span<double> deviations)
        {
            means.Fill(Mean(history));
            deviations.Fill(_deviation);
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"deviation {_deviation:G4}");

        private static double Mean(ReadOnlySpan<double> values)
        {
            double sum = 0;
            foreach (double value in values) sum += value;
            return sum / values.Length;
        }
    }
}
