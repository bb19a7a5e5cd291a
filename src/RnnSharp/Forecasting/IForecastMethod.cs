namespace RnnSharp.Forecasting;

/// <summary>A way to forecast: a baseline, or a network with its training.</summary>
public interface IForecastMethod
{
    /// <summary>A short name for tables.</summary>
    string Name { get; }

    /// <summary>Fits a model to a history. It reads nothing else, and the same history gives the same model.</summary>
    /// <param name="history">What is known; no value may be missing unless the method says so.</param>
    /// <param name="horizon">The number of steps to forecast, at least 1.</param>
    /// <param name="cancellation">Stops the fit.</param>
    /// <exception cref="ArgumentException">The history is null, too short or has missing values, or the horizon is below 1.</exception>
    /// <exception cref="OperationCanceledException">The fit was cancelled.</exception>
    IForecastModel Fit(TimeSeries history, int horizon, CancellationToken cancellation = default);
}
