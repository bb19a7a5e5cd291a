namespace RnnSharp.Training;

/// <summary>A loss summed over positions, with the number of positions. Values of several batches can be added.</summary>
/// <param name="Sum">The sum over the counted positions.</param>
/// <param name="Count">The number of positions that are neither ignored nor past an example's end; for losses of numeric differences, the number of their features.</param>
public readonly record struct LossValue(double Sum, long Count)
{
    /// <summary>How <see cref="Value"/> and the gradient are reduced.</summary>
    public LossReduction Reduction { get; init; }

    /// <summary>The loss that the <see cref="Reduction"/> names: the mean or the sum.</summary>
    public double Value => Reduction == LossReduction.Sum ? Sum : Mean;

    /// <summary>The mean over the counted positions; 0 if there are none.</summary>
    public double Mean => Count == 0 ? 0 : Sum / Count;

    /// <summary>The loss over both sets of positions, with the reduction of the first.</summary>
    public static LossValue operator +(LossValue a, LossValue b) => a with { Sum = a.Sum + b.Sum, Count = a.Count + b.Count };
}
