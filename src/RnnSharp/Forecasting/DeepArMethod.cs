namespace RnnSharp.Forecasting;

/// <summary>Fits a <see cref="DeepAr"/> to each history, so that <see cref="BackTest"/> compares it with other methods.</summary>
public sealed class DeepArMethod : IForecastMethod
{
    /// <summary>Creates the method.</summary>
    /// <param name="options">The settings; the horizon is that of the call. The defaults when null.</param>
    /// <param name="name">The name in tables; "DeepAR" when null.</param>
    public DeepArMethod(DeepArOptions? options = null, string? name = null)
    {
        Options = options ?? new DeepArOptions();
        Name = name ?? "DeepAR";
    }

    /// <summary>The settings.</summary>
    public DeepArOptions Options { get; }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    /// <remarks>Missing values are allowed: the network reads the value before them in their place, and is not trained to forecast them.</remarks>
    public IForecastModel Fit(TimeSeries history, int horizon, CancellationToken cancellation = default)
    {
        HorizonChecks.RequireFit(history, horizon);
        return DeepAr.Fit(history, Options with { Horizon = horizon }, cancellation);
    }
}
