namespace RnnSharp.Training;

/// <summary>A loss summed over positions, with the number of positions and the sum of their factors. Values of several batches can be added.</summary>
/// <param name="Sum">The sum over the counted positions, each times its factor.</param>
/// <param name="Count">The number of positions that are neither left out nor past an example's end; for losses that add over features, the number of their features.</param>
public readonly record struct LossValue(double Sum, long Count)
{
    // Null where every factor is 1, which is most of the time, so that such values are equal however they were made.
    private readonly double? _weight;

    /// <summary>How <see cref="Value"/> and the gradient are reduced.</summary>
    public LossReduction Reduction { get; init; }

    /// <summary>The sum of the factors of the counted positions (step weights and class weights), by which the mean is divided: the count if all are 1.</summary>
    public double Weight
    {
        get => _weight ?? Count;
        init => _weight = value == Count ? null : value;
    }

    /// <summary>The loss that the <see cref="Reduction"/> names: the mean or the sum.</summary>
    public double Value => Reduction == LossReduction.Sum ? Sum : Mean;

    /// <summary>The mean over the counted positions, weighted by their factors; 0 if there are none.</summary>
    public double Mean => Weight == 0 ? 0 : Sum / Weight;

    /// <summary>The loss over both sets of positions, with the reduction of the first.</summary>
    public static LossValue operator +(LossValue a, LossValue b) => a with { Sum = a.Sum + b.Sum, Count = a.Count + b.Count, Weight = a.Weight + b.Weight };
}
