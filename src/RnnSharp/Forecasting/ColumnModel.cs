using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>The fitted columns of a baseline.</summary>
internal sealed class ColumnModel(ColumnMethod method, ColumnFit[] fits) : IForecastModel
{
    public IReadOnlyList<ColumnFit> Fits => fits;

    public Forecast Forecast(TimeSeries history, int horizon, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(history);
        Check.Positive(horizon);
        if (horizon > fits[0].Longest) throw new ArgumentOutOfRangeException(nameof(horizon), horizon, $"Expected at most {fits[0].Longest} steps, for which the model was fitted, got {horizon}.");
        if (history.Columns != fits.Length) throw Check.Shape(nameof(history), $"{fits.Length} columns, as in the fit", $"{history.Columns}");
        ColumnMethod.CheckHistory(history, fits[0].Shortest);
        double[] means = new double[Check.ArrayLength((long)horizon * fits.Length, nameof(horizon))], deviations = new double[means.Length];
        double[] mean = new double[horizon], deviation = new double[horizon];
        for (int c = 0; c < fits.Length; c++)
        {
            cancellation.ThrowIfCancellationRequested();
            fits[c].Forecast(history.Column(c), mean, deviation);
            for (int t = 0; t < horizon; t++)
            {
                means[t * fits.Length + c] = mean[t];
                deviations[t * fits.Length + c] = deviation[t];
            }
        }

        return Forecasting.Forecast.OfGaussian(history, means, deviations);
    }

    /// <summary>The method and what it has fitted, such as "Holt-Winters: alpha 0.2756, beta 0.0327, gamma 0.8707".</summary>
    public override string ToString() => $"{method.Name}: {string.Join("; ", fits.Select(fit => fit.ToString()))}";
}
