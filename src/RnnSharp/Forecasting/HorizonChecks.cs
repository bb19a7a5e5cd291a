using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>What all networks ask of the arguments of a fit and of a forecast.</summary>
internal static class HorizonChecks
{
    /// <summary>Checks the arguments of <see cref="IForecastMethod.Fit"/>.</summary>
    public static void RequireFit(TimeSeries history, int horizon)
    {
        ArgumentNullException.ThrowIfNull(history);
        Check.Positive(horizon);
        if (horizon > ForecasterOptions.LongestHorizon) throw new ArgumentOutOfRangeException(nameof(horizon), horizon, $"Expected at most {ForecasterOptions.LongestHorizon}, got {horizon}.");
    }

    /// <summary>Checks the horizon of a forecast against that of the fit.</summary>
    public static void RequireHorizon(int horizon, int fitted)
    {
        if (horizon < 1 || horizon > fitted) throw new ArgumentOutOfRangeException(nameof(horizon), horizon, $"Expected 1 to {fitted}, the horizon of the fit, got {horizon}.");
    }

    /// <summary>Checks that covariates known ahead, if a history has any, reach to the end of the horizon.</summary>
    public static void RequireCovariates(TimeSeries history, int horizon)
    {
        if (history.FutureCovariates is { } future && future.Length < history.Length + horizon)
            throw Check.Shape(nameof(history), $"covariates known ahead up to step {history.Length + horizon}, the end of the horizon", $"up to {future.Length}");
    }
}
