using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>The refusals that the losses share.</summary>
internal static class LossShapes
{
    public static void CheckScores<T>(Sequence<T> scores, Sequence<T>? gradient, LossReduction reduction, [CallerArgumentExpression(nameof(scores))] string name = "")
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(scores, name);
        if (scores.IsTokens) throw Check.Shape(name, "a sequence of features", "one of tokens");
        if (gradient is not null && gradient.IsTokens) throw Check.Shape(nameof(gradient), "a sequence of features", "one of tokens");
        if (ReferenceEquals(scores, gradient)) throw new ArgumentException($"Expected another sequence than the {name}, which it would overwrite.", nameof(gradient));
        if (reduction is not (LossReduction.Mean or LossReduction.Sum)) throw new ArgumentOutOfRangeException(nameof(reduction), reduction, $"Expected Mean or Sum, got {reduction}.");
    }

    public static void CheckLengths<T>(Sequence<T> scores, Sequence<T> targets, string name)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int j = 0; j < scores.Batch; j++)
        {
            if (scores.LengthOf(j) != targets.LengthOf(j))
                throw Check.Shape(name, $"a length of {scores.LengthOf(j)} for example {j}, as the scores have", $"{targets.LengthOf(j)}");
        }
    }

    public static T Scale<T>(LossReduction reduction, long count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        reduction == LossReduction.Sum || count == 0 ? T.One : T.One / T.CreateChecked(count);
}
