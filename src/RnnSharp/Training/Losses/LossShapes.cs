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
        if (reduction is not (LossReduction.Mean or LossReduction.Sum)) throw new ArgumentOutOfRangeException(nameof(reduction), reduction, $"Expected Mean or Sum, got {reduction}.");
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

    /// <summary>Gives a gradient the shape and lengths of scores that were read earlier, and returns its memory; empty if none is requested.</summary>
    public static Span<T> Prepare<T>(Sequence<T>? gradient, in CapturedInput<T> scores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (gradient is null) return default;
        gradient.Resize(scores.Shape.Features, scores.Shape.Batch, scores.Shape.Steps);
        gradient.TakeLengths(scores.Lengths);
        return gradient.ValuesFor(scores.Shape);
    }

    public static T Scale<T>(LossReduction reduction, long count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        reduction == LossReduction.Sum || count == 0 ? T.One : T.One / T.CreateChecked(count);
}
