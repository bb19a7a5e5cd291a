using System.Numerics;

namespace RnnSharp.Training;

/// <summary>The root of the mean of (y - target)² over all features and positions, which are weighed by their step weights.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class RootMeanSquaredError<T> : IMetric<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly LossMetric<T> _loss = new(new MeanSquaredError<T>(), "root mean squared error");

    /// <inheritdoc/>
    public string Name => _loss.Name;

    /// <inheritdoc/>
    public double Value => Math.Sqrt(_loss.Value);

    /// <inheritdoc/>
    public void Add(Sequence<T> output, Sequence<T> target, Sequence<T>? stepWeights = null) => _loss.Add(output, target, stepWeights);

    /// <inheritdoc/>
    public void Reset() => _loss.Reset();
}
