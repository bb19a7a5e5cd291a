namespace RnnSharp.Forecasting;

/// <summary>Fits a <see cref="Forecaster"/> to each history, so that <see cref="BackTest"/> compares it with other methods.</summary>
public sealed class ForecasterMethod : IForecastMethod
{
    /// <summary>Creates the method.</summary>
    /// <param name="options">The settings; the horizon is that of the call. The defaults when null.</param>
    /// <param name="name">The name in tables; "Forecaster" when null.</param>
    public ForecasterMethod(ForecasterOptions? options = null, string? name = null)
    {
        Options = options ?? new ForecasterOptions();
        Name = name ?? nameof(Forecaster);
    }

    /// <summary>The settings.</summary>
    public ForecasterOptions Options { get; }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    /// <remarks>Missing values are allowed: the network sees them filled, and is not trained to forecast them.</remarks>
    public IForecastModel Fit(TimeSeries history, int horizon, CancellationToken cancellation = default)
    {
        HorizonChecks.RequireFit(history, horizon);
        return Forecaster.Fit(history, Options with { Horizon = horizon }, cancellation);
    }
}
