using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp;

/// <summary>
/// What lies past the examples' ends in the [step][example][feature] values of a ragged batch. The lengths are a caller's own copy
/// (<see cref="Sequence{T}.CopyLengths"/>), one for each example, each 0 to the number of steps; empty when the batch is not ragged.
/// </summary>
internal static class SequencePadding
{
    /// <summary>Sets the padding to zero.</summary>
    public static void Clear<T>(Span<T> values, ReadOnlySpan<int> lengths, int steps, int features)
    {
        for (int j = 0; j < lengths.Length; j++)
        {
            for (int t = lengths[j]; t < steps; t++) values.Slice((t * lengths.Length + j) * features, features).Clear();
        }
    }

    /// <summary>
    /// The values with zeros for padding, in the buffer; the values themselves when the batch is not ragged. A product needs this
    /// because padding may hold anything, and NaN times zero is not zero.
    /// </summary>
    public static unsafe ReadOnlySpan<T> Cleared<T>(ReadOnlySpan<T> values, ReadOnlySpan<int> lengths, int steps, int features, AlignedBuffer<T> buffer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (lengths.IsEmpty || values.IsEmpty) return values;
        buffer.Require((long)steps * lengths.Length * features);
        values[..buffer.Length].CopyTo(buffer.Span);
        Clear(buffer.Span, lengths, steps, features);
        return buffer.Span;
    }
}
