using System.Numerics;
using RnnSharp.Layers;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>The counted positions of a batch for metrics of classes: the scores, the correct class and the factor of each.</summary>
internal readonly ref struct ClassPositions<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CapturedInput<T> _scores;
    private readonly CapturedInput<T> _target;
    private readonly ReadOnlySpan<T> _weights;
    private readonly int _ignored;

    /// <summary>Validates the arguments of a metric: tokens of a vocabulary of the classes, or a probability for each class.</summary>
    public ClassPositions(Sequence<T> output, Sequence<T> target, Sequence<T>? stepWeights, int ignored)
    {
        LossShapes.CheckScores(output, null, LossReduction.Sum);
        ArgumentNullException.ThrowIfNull(target);
        _scores = new CapturedInput<T>(output, output.Features);
        if (target.Shape != _scores.Shape) throw Check.Shape(nameof(target), $"tokens or probabilities of {_scores.Shape} (the shape of the output)", target.Describe());
        LossShapes.CheckLengths(_scores, target, nameof(target));
        _target = new CapturedInput<T>(target, _scores.Shape, _scores.Lengths);
        _weights = LossShapes.Weights(stepWeights, _scores);
        _ignored = ignored;
    }

    public int Classes => _scores.Shape.Features;

    public int Columns => _scores.Columns;

    /// <summary>The scores, the correct class and the factor of a position, or false if it is not counted.</summary>
    public bool TryGet(int column, out ReadOnlySpan<T> scores, out int target, out double weight)
    {
        scores = default;
        target = 0;
        weight = 0;
        if (!_scores.Counts(column)) return false;
        weight = _weights.IsEmpty ? 1 : double.CreateTruncating(_weights[column]);
        target = _target.IsTokens ? _target.Tokens[column] : FreeRunning.IndexOfLargest(_target.Values.Slice(column * Classes, Classes));
        scores = _scores.Values.Slice(column * Classes, Classes);
        return weight != 0 && (uint)target < (uint)Classes && !(_target.IsTokens && target == _ignored);
    }
}
