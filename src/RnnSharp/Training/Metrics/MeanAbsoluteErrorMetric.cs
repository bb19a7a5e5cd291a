using System.Numerics;

namespace RnnSharp.Training;

/// <summary>The mean of |y - target| over all features and positions, which are weighed by their step weights.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class MeanAbsoluteErrorMetric<T> : IMetric<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly LossMetric<T> _loss = new(new MeanAbsoluteError<T>(), "mean absolute error");

    /// <inheritdoc/>
    public string Name => _loss.Name;

    /// <inheritdoc/>
    public double Value => _loss.Value;

    /// <inheritdoc/>
    public void Add(Sequence<T> output, Sequence<T> target, Sequence<T>? stepWeights = null) => _loss.Add(output, target, stepWeights);

    /// <inheritdoc/>
    public void Reset() => _loss.Reset();
}
