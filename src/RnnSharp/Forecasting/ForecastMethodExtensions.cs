namespace RnnSharp.Forecasting;

/// <summary>What every method of forecasting can do.</summary>
public static class ForecastMethodExtensions
{
    /// <summary>Fits a model to a history and forecasts the steps that follow it.</summary>
    /// <param name="method">The method.</param>
    /// <param name="history">What is known.</param>
    /// <param name="horizon">The number of steps, at least 1.</param>
    /// <param name="cancellation">Stops the fit.</param>
    /// <exception cref="ArgumentException">An argument is null, the history is too short or has missing values, or the horizon is below 1.</exception>
    /// <exception cref="OperationCanceledException">The fit was cancelled.</exception>
    public static Forecast Forecast(this IForecastMethod method, TimeSeries history, int horizon, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(method);
        return method.Fit(history, horizon, cancellation).Forecast(history, horizon, cancellation);
    }
}
