using System.Numerics;

namespace RnnSharp.Training;

/// <summary>The mean cross-entropy in bits: log₂ of the <see cref="Perplexity{T}"/>. Targets are tokens or probabilities.</summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="ignored">A target token that is left out, in addition to <see cref="Sequence{T}.ZeroToken"/>.</param>
/// <exception cref="ArgumentException">The token is out of range.</exception>
public sealed class BitsPerCharacter<T>(int ignored = SoftmaxCrossEntropy.DefaultIgnored) : IMetric<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly LossMetric<T> _loss = new(new SoftmaxCrossEntropy<T>(ignored: ignored), "bits per character");

    /// <inheritdoc/>
    public string Name => _loss.Name;

    /// <inheritdoc/>
    public double Value => _loss.Value / Math.Log(2);

    /// <inheritdoc/>
    public void Add(Sequence<T> output, Sequence<T> target, Sequence<T>? stepWeights = null) => _loss.Add(output, target, stepWeights);

    /// <inheritdoc/>
    public void Reset() => _loss.Reset();
}
