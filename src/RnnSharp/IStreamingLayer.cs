using System.Numerics;

namespace RnnSharp;

/// <summary>A layer whose output at a step needs no later input, so that it can run one step at a time.</summary>
/// <typeparam name="T">float or double.</typeparam>
public interface IStreamingLayer<T> : ILayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Runs one time step. Steps in a row equal <see cref="ILayer{T}.Predict"/> bit for bit, and allocate nothing.</summary>
    /// <param name="input">[example][feature]: InputSize · state.Batch values; must not overlap the state.</param>
    /// <param name="state">The state before the step, moved on by it.</param>
    /// <param name="output">[example][feature]: OutputSize · state.Batch values; must not overlap the input or the state.</param>
    /// <exception cref="ArgumentException">A length or the state does not fit.</exception>
    void Step(ReadOnlySpan<T> input, State<T> state, Span<T> output);

    /// <summary>Runs one time step on token numbers, which stand for one-hot columns.</summary>
    /// <param name="tokens">One token an example, 0 to InputSize - 1.</param>
    /// <param name="state">The state before the step, moved on by it.</param>
    /// <param name="output">[example][feature]: OutputSize · state.Batch values; must not overlap the state.</param>
    /// <exception cref="ArgumentException">A length, a token or the state does not fit.</exception>
    void StepTokens(ReadOnlySpan<int> tokens, State<T> state, Span<T> output);
}
