namespace RnnSharp.Training;

/// <summary>What a loss's gradient is the gradient of.</summary>
public enum LossReduction
{
    /// <summary>The mean over the counted positions (PyTorch's default).</summary>
    Mean,

    /// <summary>The sum over the counted positions.</summary>
    Sum,
}
