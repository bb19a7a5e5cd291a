using System.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// The share of positions whose correct class has the highest score. The target is tokens, or probabilities of which the largest marks the
/// correct class; of equal scores, the lowest class is the prediction. Step weights weigh the positions.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="ignored">A target token that is left out, in addition to <see cref="Sequence{T}.ZeroToken"/>.</param>
/// <exception cref="ArgumentException">The token is out of range.</exception>
public sealed class Accuracy<T>(int ignored = SoftmaxCrossEntropy.DefaultIgnored) : IMetric<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly TopKAccuracy<T> _top = new(1, ignored);

    /// <summary>The target token that is left out.</summary>
    public int Ignored => _top.Ignored;

    /// <inheritdoc/>
    public string Name => "accuracy";

    /// <inheritdoc/>
    public double Value => _top.Value;

    /// <inheritdoc/>
    public void Add(Sequence<T> output, Sequence<T> target, Sequence<T>? stepWeights = null) => _top.Add(output, target, stepWeights);

    /// <inheritdoc/>
    public void Reset() => _top.Reset();
}
