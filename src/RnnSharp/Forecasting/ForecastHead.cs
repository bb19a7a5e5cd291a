namespace RnnSharp.Forecasting;

/// <summary>What the network of a <see cref="Forecaster"/> outputs for each value.</summary>
public enum ForecastHead
{
    /// <summary>A single number, trained with the Huber loss. Intervals come from the errors on held-out steps alone.</summary>
    Point,

    /// <summary>The quantiles of <see cref="ForecasterOptions.Levels"/>, trained with the pinball loss.</summary>
    Quantiles,

    /// <summary>Mean and variance of a normal distribution, trained with its likelihood.</summary>
    Gaussian,

    /// <summary>Mean and dispersion of a negative binomial distribution, for counts (Salinas et al. 2020). The values are neither differenced nor anchored, and all steps are forecast at once.</summary>
    NegativeBinomial,
}
