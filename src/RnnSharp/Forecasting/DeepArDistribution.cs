namespace RnnSharp.Forecasting;

/// <summary>The distribution of a value whose parameters a <see cref="DeepAr"/> outputs.</summary>
public enum DeepArDistribution
{
    /// <summary>A normal distribution, for real values.</summary>
    Gaussian,

    /// <summary>A negative binomial distribution, for counts: values of 0 or more, which are forecast as whole numbers.</summary>
    NegativeBinomial,
}
