using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>Walks the positions of a batch for a loss: arguments, padding, step weights, reduction.</summary>
internal static class PositionLoss
{
    /// <summary>Validates a loss's arguments and computes it at the positions that are neither padding nor have a step weight of 0.</summary>
    public static LossValue Compute<T, TLoss>(Sequence<T> output, Sequence<T> target, Sequence<T>? gradient, Sequence<T>? stepWeights, Sequence<T>? losses, LossReduction reduction, TLoss loss, string targetName = "target")
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLoss : struct, IPositionLoss<T>
    {
        LossShapes.CheckScores(output, gradient, reduction);
        ArgumentNullException.ThrowIfNull(target, targetName);
        var scores = new CapturedInput<T>(output, output.Features);
        SequenceShape shape = scores.Shape;
        CheckTarget(shape, target, loss, targetName);
        LossShapes.CheckResults(output, target, gradient, stepWeights, losses, targetName);
        LossShapes.CheckLengths(scores, target, targetName);
        SequenceShape targetShape = shape with { Features = loss.TargetFeatures(shape.Features) };
        int terms = loss.Losses(shape.Features);
        ReadOnlySpan<T> weights = LossShapes.Weights(stepWeights, scores);
        (long positions, double weight) = LossShapes.Count(scores, weights);

        ReadOnlySpan<T> y = scores.Values, wanted = target.ValuesFor(targetShape);
        Span<T> dy = LossShapes.Prepare(gradient, scores), each = LossShapes.Prepare(losses, scores, terms);
        T scale = LossShapes.Scale<T>(reduction, weight * terms);
        double sum = 0;
        for (int start = 0, end; start < scores.Columns; start = end)
        {
            end = EndOfRun(scores, weights, start, out T factor);
            Span<T> gradients = dy.IsEmpty ? default : dy[(start * shape.Features)..(end * shape.Features)];
            Span<T> terminals = each.IsEmpty ? default : each[(start * terms)..(end * terms)];
            if (T.IsZero(factor))
            {
                gradients.Clear();
                terminals.Clear();
                continue;
            }

            ReadOnlySpan<T> outputs = y[(start * shape.Features)..(end * shape.Features)], targets = wanted[(start * targetShape.Features)..(end * targetShape.Features)];
            sum += double.CreateTruncating(factor) * loss.Sum(outputs, targets, shape.Features, gradients, terminals, scale * factor);
            if (!terminals.IsEmpty && factor != T.One) Elementwise.Scale(terminals, factor);
        }

        return new LossValue(sum, positions * terms) { Reduction = reduction, Weight = weight * terms };
    }

    private static void CheckTarget<T, TLoss>(in SequenceShape shape, Sequence<T> target, TLoss loss, string targetName)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLoss : struct, IPositionLoss<T>
    {
        int features = loss.TargetFeatures(shape.Features);
        if (features == 0) throw Check.Shape("output", loss.Expected, $"{shape.Features} features");
        SequenceShape expected = shape with { Features = features };
        if (!target.IsTokens && target.Shape == expected) return;
        throw Check.Shape(targetName, features == shape.Features ? $"{expected} (the shape of the output)" : $"{expected} (for an output of {shape})", target.Describe());
    }

    /// <summary>The end of the run of positions with the same factor, which is 0 for padding.</summary>
    private static int EndOfRun<T>(in CapturedInput<T> scores, ReadOnlySpan<T> weights, int start, out T factor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        factor = Factor(scores, weights, start);
        if (!scores.IsRagged && weights.IsEmpty) return scores.Columns;
        int end = start + 1;
        while (end < scores.Columns && Factor(scores, weights, end) == factor) end++;
        return end;
    }

    private static T Factor<T>(in CapturedInput<T> scores, ReadOnlySpan<T> weights, int column)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!scores.Counts(column)) return T.Zero;
        return weights.IsEmpty ? T.One : weights[column];
    }
}
