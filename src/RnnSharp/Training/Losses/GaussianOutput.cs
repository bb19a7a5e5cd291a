namespace RnnSharp.Training;

/// <summary>What the second half of the features holds in an output for <see cref="GaussianLoss{T}"/>. The first half is the means.</summary>
public enum GaussianOutput
{
    /// <summary>The logarithms of the variances, which any layer can output.</summary>
    LogVariance,

    /// <summary>The variances themselves, as in PyTorch's GaussianNLLLoss.</summary>
    Variance,

    /// <summary>Numbers of any sign, of which the loss takes the softplus, ln(1 + eᵒ), as the standard deviations (DeepAR; Salinas et al. 2020, eq. 3).</summary>
    Softplus,
}
