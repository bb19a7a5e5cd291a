using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// The share of positions whose correct class is among the k with the highest scores. The target is tokens, or probabilities of which the
/// largest marks the correct class; of equal scores, the lower class ranks higher. Step weights weigh the positions.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="k">How many classes count as predicted, at least 1. The output must have as many.</param>
/// <param name="ignored">A target token that is left out, in addition to <see cref="Sequence{T}.ZeroToken"/>.</param>
/// <exception cref="ArgumentException">A number is out of range.</exception>
public sealed class TopKAccuracy<T>(int k, int ignored = SoftmaxCrossEntropy.DefaultIgnored) : IMetric<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private double _correct;
    private double _weight;

    /// <summary>How many classes count as predicted.</summary>
    public int K { get; } = Check.Positive(k);

    /// <summary>The target token that is left out.</summary>
    public int Ignored { get; } = LossShapes.CheckIgnored(ignored);

    /// <inheritdoc/>
    public string Name => $"top {K} accuracy";

    /// <inheritdoc/>
    public double Value => _weight == 0 ? double.NaN : _correct / _weight;

    /// <inheritdoc/>
    public void Add(Sequence<T> output, Sequence<T> target, Sequence<T>? stepWeights = null)
    {
        var positions = new ClassPositions<T>(output, target, stepWeights, Ignored);
        if (positions.Classes < K) throw Check.Shape(nameof(output), $"at least {K} classes", $"{positions.Classes}");
        for (int column = 0; column < positions.Columns; column++)
        {
            if (!positions.TryGet(column, out ReadOnlySpan<T> scores, out int correct, out double weight)) continue;
            _weight += weight;
            if (Rank(scores, correct) < K) _correct += weight;
        }
    }

    /// <inheritdoc/>
    public void Reset() => _correct = _weight = 0;

    /// <summary>The number of classes that rank before one; all of them if its own score is NaN.</summary>
    private static int Rank(ReadOnlySpan<T> scores, int correct)
    {
        T own = scores[correct];
        if (T.IsNaN(own)) return scores.Length;
        int rank = 0;
        for (int c = 0; c < scores.Length; c++)
        {
            if (scores[c] > own || (c < correct && scores[c] == own)) rank++;
        }

        return rank;
    }
}
