namespace RnnSharp.Forecasting;

/// <summary>What an <see cref="IForecastMethod"/> has learned from a history.</summary>
public interface IForecastModel
{
    /// <summary>Forecasts the steps that follow a history: the one of the fit, or one that goes on or is another with the same columns.</summary>
    /// <param name="history">What is known; with covariates that are known ahead, for all steps of the forecast.</param>
    /// <param name="horizon">The number of steps, at least 1; some models forecast no more than they were fitted for.</param>
    /// <param name="cancellation">Stops the forecast.</param>
    /// <exception cref="ArgumentException">The history is null, too short, has missing values or other columns, or the horizon is out of range.</exception>
    /// <exception cref="OperationCanceledException">The forecast was cancelled.</exception>
    Forecast Forecast(TimeSeries history, int horizon, CancellationToken cancellation = default);
}
