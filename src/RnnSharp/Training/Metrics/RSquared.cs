using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// The coefficient of determination R² = 1 - Σ w (y - t)² / Σ w (t - t̄)², where t̄ is the weighted mean of the targets t and w are the step
/// weights: 1 for a perfect output, 0 for one that is no better than the mean. For several features, the mean of their coefficients; one whose
/// targets are all equal counts as 1 if it is perfect, else as 0 (both as in scikit-learn's r2_score).
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class RSquared<T> : IMetric<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private FeatureSums[] _features = [];
    private double _weight;

    /// <inheritdoc/>
    public string Name => "R2";

    /// <inheritdoc/>
    public double Value
    {
        get
        {
            double sum = 0;
            foreach (FeatureSums feature in _features) sum += feature.Coefficient;
            return _weight == 0 ? double.NaN : sum / _features.Length;
        }
    }

    /// <inheritdoc/>
    public void Add(Sequence<T> output, Sequence<T> target, Sequence<T>? stepWeights = null)
    {
        LossShapes.CheckScores(output, null, LossReduction.Sum);
        ArgumentNullException.ThrowIfNull(target);
        var scores = new CapturedInput<T>(output, output.Features);
        SequenceShape shape = scores.Shape;
        if (_weight > 0 && shape.Features != _features.Length) throw Check.Shape(nameof(output), $"{_features.Length} features, as in the batches before", $"{shape.Features}");
        if (target.IsTokens || target.Shape != shape) throw Check.Shape(nameof(target), $"{shape} (the shape of the output)", target.Describe());
        LossShapes.CheckLengths(scores, target, nameof(target));
        ReadOnlySpan<T> weights = LossShapes.Weights(stepWeights, scores), y = scores.Values, t = target.ValuesFor(shape);
        if (shape.Features != _features.Length) _features = new FeatureSums[shape.Features];
        for (int column = 0; column < scores.Columns; column++)
        {
            double weight = weights.IsEmpty ? 1 : double.CreateTruncating(weights[column]);
            if (weight == 0 || !scores.Counts(column)) continue;
            _weight += weight;
            for (int i = 0; i < _features.Length; i++)
            {
                int at = column * shape.Features + i;
                _features[i].Add(double.CreateTruncating(y[at]), double.CreateTruncating(t[at]), weight, _weight);
            }
        }
    }

    /// <inheritdoc/>
    public void Reset()
    {
        _weight = 0;
        Array.Clear(_features);
    }

    /// <summary>The sums of one feature, updated so that no digits cancel (West 1979).</summary>
    private struct FeatureSums
    {
        private double _mean;
        private double _deviations;
        private double _errors;

        public readonly double Coefficient => _deviations == 0 ? _errors == 0 ? 1 : 0 : 1 - _errors / _deviations;

        public void Add(double output, double target, double weight, double total)
        {
            double difference = target - _mean;
            _mean += difference * weight / total;
            _deviations += weight * difference * (target - _mean);
            _errors += weight * (output - target) * (output - target);
        }
    }
}
