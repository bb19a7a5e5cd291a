using System.Numerics;

namespace RnnSharp.Data;

/// <summary>What a step of a stream is.</summary>
public enum StreamStep
{
    /// <summary>The step after the last one.</summary>
    Continues,

    /// <summary>A step that starts from a zero state, unrelated to the last one.</summary>
    Restarts,

    /// <summary>There is no such step: the stream has ended.</summary>
    Ends,
}

/// <summary>
/// Writes one step of a stream. The same arguments must give the same step: a source asks again after a failure, and for the position that
/// a state has been restored to.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="stream">The number of the stream.</param>
/// <param name="step">0 or more.</param>
/// <param name="input">Receives the features of the input; zeros at first.</param>
/// <param name="target">Receives the features of the target; zeros at first.</param>
/// <returns>What the step is; when the stream has ended, nothing needs to be written. The first step restarts in any case.</returns>
public delegate StreamStep StreamReader<T>(int stream, long step, Span<T> input, Span<T> target)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;
