using System.Numerics;

namespace RnnSharp.Training;

/// <summary>e to the mean cross-entropy in nats: the number of equally likely choices that would be as hard to predict. Targets are tokens or probabilities.</summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="ignored">A target token that is left out, in addition to <see cref="Sequence{T}.ZeroToken"/>.</param>
/// <exception cref="ArgumentException">The token is out of range.</exception>
public sealed class Perplexity<T>(int ignored = SoftmaxCrossEntropy.DefaultIgnored) : IMetric<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly LossMetric<T> _loss = new(new SoftmaxCrossEntropy<T>(ignored: ignored), "perplexity");

    /// <inheritdoc/>
    public string Name => _loss.Name;

    /// <inheritdoc/>
    public double Value => Math.Exp(_loss.Value);

    /// <inheritdoc/>
    public void Add(Sequence<T> output, Sequence<T> target, Sequence<T>? stepWeights = null) => _loss.Add(output, target, stepWeights);

    /// <inheritdoc/>
    public void Reset() => _loss.Reset();
}
