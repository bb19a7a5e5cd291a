namespace RnnSharp.Training;

/// <summary>How a loss and its gradient are reduced over positions.</summary>
public enum LossReduction
{
    /// <summary>The mean over the counted positions (PyTorch's default).</summary>
    Mean,

    /// <summary>The sum over the counted positions.</summary>
    Sum,
}
