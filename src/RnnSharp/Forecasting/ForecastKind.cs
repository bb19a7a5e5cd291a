namespace RnnSharp.Forecasting;

/// <summary>How a forecast expresses its uncertainty.</summary>
public enum ForecastKind
{
    /// <summary>A value for each step, and nothing else.</summary>
    Points,

    /// <summary>A normal distribution for each step.</summary>
    Gaussian,

    /// <summary>Quantiles for each step.</summary>
    Quantiles,

    /// <summary>Sample paths, which also tell how the steps depend on each other.</summary>
    Samples,
}
