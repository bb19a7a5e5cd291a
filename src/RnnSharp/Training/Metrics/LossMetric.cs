using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>The mean of a loss over all batches, whatever the loss's own reduction: each position counts the same, in whichever batch it is.</summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="loss">Any loss.</param>
/// <param name="name">The name in histories and progress.</param>
/// <exception cref="ArgumentException">An argument is null, or the name is empty.</exception>
public sealed class LossMetric<T>(ILoss<T> loss, string name) : IMetric<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ILoss<T> _loss = Check.NotNull(loss);
    private LossValue _total;

    /// <inheritdoc/>
    public string Name { get; } = NotEmpty(name);

    /// <inheritdoc/>
    public double Value => _total.Weight == 0 ? double.NaN : _total.Mean;

    /// <inheritdoc/>
    public void Add(Sequence<T> output, Sequence<T> target, Sequence<T>? stepWeights = null) => _total += _loss.Compute(output, target, stepWeights: stepWeights);

    /// <inheritdoc/>
    public void Reset() => _total = default;

    private static string NotEmpty(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return name;
    }
}
