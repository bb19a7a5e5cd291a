namespace RnnSharp.Training;

/// <summary>How the height of a <see cref="CyclicSchedule"/>'s cycles changes.</summary>
public enum CycleScale
{
    /// <summary>All cycles are equally high (PyTorch's triangular).</summary>
    Constant,

    /// <summary>Each cycle is half as high as the one before (triangular2).</summary>
    Halving,

    /// <summary>The height is multiplied by a factor at every step (exp_range).</summary>
    Exponential,
}
