using System.Numerics;
using RnnSharp.Numerics;
using RnnSharp.Training;

namespace RnnSharp.Data;

/// <summary>Which sequences a batch has, of which features: what a source can fill.</summary>
internal static class BatchKind
{
    /// <summary>Throws unless a batch is of the kind that a source creates.</summary>
    public static void Require<T>(Batch<T> batch, Batch<T> like)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(batch);
        Require("an input", batch.Input, like.Input);
        Require("a target", batch.Target, like.Target);
        Require("a source", batch.Source, like.Source);
        Require("step weights", batch.StepWeights, like.StepWeights);
    }

    private static void Require<T>(string part, Sequence<T>? actual, Sequence<T>? expected)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (actual is null ? expected is null : expected is not null && actual.IsTokens == expected.IsTokens && actual.Features == expected.Features) return;
        throw Check.Shape("batch", $"a batch of this source with {part} of {Describe(expected)}", Describe(actual));
    }

    private static string Describe<T>(Sequence<T>? sequence)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => sequence is null ? "none" : sequence.IsTokens ? $"tokens of vocabulary {sequence.Features}" : $"{sequence.Features} features";
}
