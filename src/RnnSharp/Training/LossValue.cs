namespace RnnSharp.Training;

/// <summary>A loss summed over positions, and their number; two of them add up over batches.</summary>
/// <param name="Sum">The sum over the counted positions.</param>
/// <param name="Count">The positions counted, neither ignored nor past an example's end; for a squared error the features counted.</param>
public readonly record struct LossValue(double Sum, long Count)
{
    /// <summary>The mean over the counted positions; 0 when there are none.</summary>
    public double Mean => Count == 0 ? 0 : Sum / Count;

    /// <summary>e to the mean cross-entropy in nats: the number of equally likely choices that would be as hard. Of no meaning for a squared error.</summary>
    public double Perplexity => Math.Exp(Mean);

    /// <summary>The loss over both sets of positions.</summary>
    public static LossValue operator +(LossValue a, LossValue b) => new(a.Sum + b.Sum, a.Count + b.Count);
}
