using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp;

/// <summary>
/// Padding: the [step][example][feature] values of a ragged batch past the ends of its examples. The lengths are a caller's own copy
/// (<see cref="Sequence{T}.CopyLengths"/>), one per example, each 0 to the number of steps; empty if the batch is not ragged.
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
    /// Returns the values with zeros for padding, in the buffer, or the values themselves if the batch is not ragged. A product needs this
    /// because padding may hold NaN, and NaN times zero is not zero.
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
