using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>Argument checks shared by the losses.</summary>
internal static class LossShapes
{
    public static void CheckScores<T>(Sequence<T> scores, Sequence<T>? gradient, LossReduction reduction, [CallerArgumentExpression(nameof(scores))] string name = "")
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(scores, name);
        if (scores.IsTokens) throw Check.Shape(name, "a sequence of features", "one of tokens");
        if (gradient is not null && gradient.IsTokens) throw Check.Shape(nameof(gradient), "a sequence of features", "one of tokens");
        if (ReferenceEquals(scores, gradient)) throw new ArgumentException($"Expected a sequence other than the {name}, which would be overwritten.", nameof(gradient));
        CheckReduction(reduction);
    }

    /// <summary>Returns a reduction, for use in an expression such as a property's initializer, or throws if it is none.</summary>
    public static LossReduction CheckReduction(LossReduction reduction)
    {
        if (reduction is not (LossReduction.Mean or LossReduction.Sum)) throw new ArgumentOutOfRangeException(nameof(reduction), reduction, $"Expected Mean or Sum, got {reduction}.");
        return reduction;
    }

    /// <summary>Returns a target token that is left out, or throws if it can be no token.</summary>
    public static int CheckIgnored(int ignored)
    {
        if (ignored < 0 && ignored != SoftmaxCrossEntropy.DefaultIgnored) throw new ArgumentOutOfRangeException(nameof(ignored), ignored, $"Expected a token of 0 or more, or {SoftmaxCrossEntropy.DefaultIgnored}, got {ignored}.");
        return ignored;
    }

    /// <summary>Converts a list of settings to T: at least one, each finite and not negative.</summary>
    public static T[] Numbers<T>(IReadOnlyList<double> values, string what, [CallerArgumentExpression(nameof(values))] string name = "")
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(values, name);
        if (values.Count == 0) throw Check.Shape(name, $"at least one {what}", "none");
        var numbers = new T[values.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = T.CreateSaturating(values[i]);
            if (!(values[i] >= 0) || !T.IsFinite(numbers[i])) throw Check.Shape(name, $"a {what} of 0 or more within {typeof(T).Name}'s range", $"{values[i]} at {i}");
        }

        return numbers;
    }

    public static void CheckLengths<T>(in CapturedInput<T> scores, Sequence<T> targets, string name)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ReadOnlySpan<int> lengths = targets.LengthsFor(scores.Shape);
        for (int j = 0; j < scores.Batch; j++)
        {
            int length = lengths.IsEmpty ? scores.Shape.Steps : lengths[j];
            if (scores.LengthOf(j) != length)
                throw Check.Shape(name, $"a length of {scores.LengthOf(j)} for example {j} (as in the scores)", $"{length}");
        }
    }

    /// <summary>Throws if a sequence that a loss writes is also one that it reads, or if both that it writes are the same.</summary>
    public static void CheckResults<T>(Sequence<T> scores, Sequence<T> target, Sequence<T>? gradient, Sequence<T>? stepWeights, Sequence<T>? losses, string targetName)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (gradient is not null) CheckOther(gradient, target, nameof(gradient), targetName);
        if (gradient is not null && stepWeights is not null) CheckOther(gradient, stepWeights, nameof(gradient), nameof(stepWeights));
        if (losses is null) return;
        if (losses.IsTokens) throw Check.Shape(nameof(losses), "a sequence of features", "one of tokens");
        CheckOther(losses, scores, nameof(losses), "output");
        CheckOther(losses, target, nameof(losses), targetName);
        if (gradient is not null) CheckOther(losses, gradient, nameof(losses), nameof(gradient));
        if (stepWeights is not null) CheckOther(losses, stepWeights, nameof(losses), nameof(stepWeights));
    }

    /// <summary>Validates step weights and returns one for each position, in the order of the columns; empty if there are none.</summary>
    public static ReadOnlySpan<T> Weights<T>(Sequence<T>? stepWeights, scoped in CapturedInput<T> scores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (stepWeights is null) return default;
        SequenceShape shape = scores.Shape with { Features = 1 };
        if (stepWeights.IsTokens || stepWeights.Shape != shape) throw Check.Shape(nameof(stepWeights), $"{shape} (one factor for each position)", stepWeights.Describe());
        ReadOnlySpan<T> weights = stepWeights.ValuesFor(shape);
        for (int column = 0; column < weights.Length; column++)
        {
            if (scores.Counts(column) && !(weights[column] >= T.Zero && T.IsFinite(weights[column])))
                throw Check.Shape(nameof(stepWeights), "finite factors of 0 or more", $"{weights[column]} at step {column / shape.Batch} of example {column % shape.Batch}");
        }

        return weights;
    }

    /// <summary>The number of positions that are neither padding nor have a factor of 0, and the sum of their factors.</summary>
    public static (long Positions, double Weight) Count<T>(in CapturedInput<T> scores, ReadOnlySpan<T> weights)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        long positions = 0;
        double weight = 0;
        if (weights.IsEmpty)
        {
            for (int j = 0; j < scores.Batch; j++) positions += scores.LengthOf(j);
            return (positions, positions);
        }

        for (int column = 0; column < weights.Length; column++)
        {
            if (T.IsZero(weights[column]) || !scores.Counts(column)) continue;
            positions++;
            weight += double.CreateTruncating(weights[column]);
        }

        return (positions, weight);
    }

    /// <summary>Gives a gradient the shape and lengths of scores that were read earlier, and returns its memory; empty if none is requested.</summary>
    public static Span<T> Prepare<T>(Sequence<T>? gradient, in CapturedInput<T> scores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Prepare(gradient, scores, scores.Shape.Features);

    /// <summary>Gives a result the lengths of scores that were read earlier and so many features, and returns its memory; empty if none is requested.</summary>
    public static Span<T> Prepare<T>(Sequence<T>? result, in CapturedInput<T> scores, int features)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (result is null) return default;
        SequenceShape shape = scores.Shape with { Features = features };
        result.Resize(shape.Features, shape.Batch, shape.Steps);
        result.TakeLengths(scores.Lengths);
        return result.ValuesFor(shape);
    }

    /// <summary>The factor of every gradient: 1 for a sum; for a mean, one over the sum of the factors.</summary>
    public static T Scale<T>(LossReduction reduction, double weight)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        reduction == LossReduction.Sum || weight == 0 ? T.One : T.One / T.CreateChecked(weight);

    private static void CheckOther<T>(Sequence<T> written, Sequence<T> read, string name, string other)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (ReferenceEquals(written, read)) throw new ArgumentException($"Expected a sequence other than the {other}, which would be overwritten.", name);
    }
}
