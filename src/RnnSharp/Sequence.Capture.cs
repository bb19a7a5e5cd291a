namespace RnnSharp;

/// <content>
/// What a call works with while it runs. Another thread may resize a sequence, or set its lengths, at any time. The call then computes
/// with undefined values or throws, but never accesses memory outside an array: it reads the shape once and resolves all memory for it.
/// </content>
public sealed partial class Sequence<T>
{
    /// <summary>The sizes, read once.</summary>
    internal SequenceShape Shape => new(Features, Batch, Steps);

    /// <summary>
    /// All values of a shape that was read earlier, [step][example][feature]; empty for tokens. The span lies within one array even if
    /// another thread resizes the sequence in the meantime; the values are then undefined.
    /// </summary>
    /// <exception cref="InvalidOperationException">Another thread has changed the sequence: its array does not hold this shape.</exception>
    internal Span<T> ValuesFor(SequenceShape shape)
    {
        if (IsTokens) return default;
        T[] values = _values;
        long length = shape.Length(shape.Features);
        return length <= values.Length ? values.AsSpan(0, (int)length) : throw Changed(shape);
    }

    /// <summary>
    /// All token numbers of a shape that was read earlier, [step][example]; empty when the sequence holds features. Each is a token of
    /// the vocabulary or <see cref="ZeroToken"/>, whatever other threads do: every write is checked, and the vocabulary of a token
    /// sequence never changes. The kernels do not rely on that, because the tokens of a streaming step are in the caller's own
    /// memory, which may be written after the check: they treat any number outside their vocabulary as a column of zeros.
    /// </summary>
    /// <exception cref="InvalidOperationException">Another thread has changed the sequence: its array does not hold this shape.</exception>
    internal ReadOnlySpan<int> TokensFor(SequenceShape shape) => TokenMemoryFor(shape);

    /// <summary>The token numbers of a shape, to be overwritten with those of a sequence of the same vocabulary.</summary>
    internal Span<int> TokenMemoryFor(SequenceShape shape)
    {
        if (!IsTokens) return default;
        int[] tokens = _tokens;
        long length = shape.Length(features: 1);
        return length <= tokens.Length ? tokens.AsSpan(0, (int)length) : throw Changed(shape);
    }

    /// <summary>
    /// The examples' lengths for a shape that was read earlier, in the sequence's own memory; empty if the sequence is not ragged. Each is at
    /// least 0, but another thread may write them at the same time, and then they may exceed the steps.
    /// </summary>
    /// <exception cref="InvalidOperationException">Another thread has changed the sequence: it has no lengths for this shape.</exception>
    internal ReadOnlySpan<int> LengthsFor(SequenceShape shape)
    {
        if (!_ragged) return default;
        int[] lengths = _lengths;
        return shape.Batch <= lengths.Length ? lengths.AsSpan(0, shape.Batch) : throw Changed(shape);
    }

    /// <summary>
    /// Copies the examples' lengths, each limited to 0 to the shape's steps, into a buffer of the caller, which no other thread writes.
    /// </summary>
    /// <param name="shape">A shape of this sequence that was read earlier.</param>
    /// <param name="lengths">At least <see cref="SequenceShape.Batch"/> elements; unchanged if the sequence is not ragged.</param>
    /// <returns>Whether the sequence is ragged.</returns>
    /// <exception cref="InvalidOperationException">Another thread has changed the sequence: it has no lengths for this shape.</exception>
    internal bool CopyLengths(SequenceShape shape, Span<int> lengths)
    {
        ReadOnlySpan<int> source = LengthsFor(shape);
        for (int j = 0; j < source.Length; j++) lengths[j] = Math.Clamp(source[j], 0, shape.Steps);
        return !source.IsEmpty;
    }

    private static InvalidOperationException Changed(SequenceShape shape) =>
        new($"Another thread resized the sequence during the call: it no longer holds {shape} (features x batch x steps).");
}
