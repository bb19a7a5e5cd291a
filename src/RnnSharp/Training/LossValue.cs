namespace RnnSharp.Training;

/// <summary>A loss summed over positions, and their number; two of them add up over batches.</summary>
/// <param name="Sum">The sum over the counted positions.</param>
/// <param name="Count">The positions counted, neither ignored nor past an example's end; for a difference of numbers the features counted.</param>
public readonly record struct LossValue(double Sum, long Count)
{
    /// <summary>What the gradient is the gradient of, and <see cref="Value"/> the value.</summary>
    public LossReduction Reduction { get; init; }

    /// <summary>The loss that the <see cref="Reduction"/> names: the mean or the sum.</summary>
    public double Value => Reduction == LossReduction.Sum ? Sum : Mean;

    /// <summary>The mean over the counted positions; 0 when there are none.</summary>
    public double Mean => Count == 0 ? 0 : Sum / Count;

    /// <summary>The loss over both sets of positions, with the reduction of the first.</summary>
    public static LossValue operator +(LossValue a, LossValue b) => a with { Sum = a.Sum + b.Sum, Count = a.Count + b.Count };
}
