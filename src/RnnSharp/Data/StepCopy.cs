using System.Numerics;

namespace RnnSharp.Data;

/// <summary>Copies the steps of one example between contiguous memory and a batch, whose steps lie a stride apart.</summary>
internal static class StepCopy
{
    /// <summary>Copies [step][feature] to the steps of a batch, each <paramref name="stride"/> elements after the last.</summary>
    public static void Values<T>(ReadOnlySpan<T> from, int features, Span<T> to, int stride)
        where T : unmanaged
    {
        if (stride == features)
        {
            from.CopyTo(to);
            return;
        }

        if (features == 1)
        {
            for (int t = 0, at = 0; t < from.Length; t++, at += stride) to[at] = from[t];
            return;
        }

        for (int t = 0, at = 0; t < from.Length; t += features, at += stride) from.Slice(t, features).CopyTo(to[at..]);
    }

    /// <summary>Copies some of the features of each step.</summary>
    public static void Columns<T>(ReadOnlySpan<T> from, int features, ReadOnlySpan<int> columns, Span<T> to, int stride)
        where T : unmanaged
    {
        for (int t = 0, at = 0; t < from.Length; t += features, at += stride)
        {
            ReadOnlySpan<T> step = from.Slice(t, features);
            Span<T> target = to.Slice(at, columns.Length);
            for (int i = 0; i < columns.Length; i++) target[i] = step[columns[i]];
        }
    }

    /// <summary>Copies tokens to the steps of a batch, each of which is checked: their memory belongs to the user.</summary>
    /// <exception cref="InvalidDataException">A token is out of range.</exception>
    public static void Tokens(ReadOnlySpan<int> from, Span<int> to, int stride, int vocabulary, long item)
    {
        for (int t = 0, at = 0; t < from.Length; t++, at += stride)
        {
            int token = from[t];
            if ((uint)token >= (uint)vocabulary && token != Sequence<float>.ZeroToken) throw WrongToken(token, vocabulary, item);
            to[at] = token;
        }
    }

    /// <summary>Changes batch and steps.</summary>
    /// <exception cref="InvalidDataException">The batch is larger than an array can be.</exception>
    public static void Resize<T>(Sequence<T> sequence, int batch, int steps)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        long length = new SequenceShape(sequence.Features, batch, steps).Length(sequence.IsTokens ? 1 : sequence.Features);
        if (length > Array.MaxLength) throw new InvalidDataException($"Expected a batch of at most {Array.MaxLength} values, got {sequence.Features} x {batch} x {steps} (features x batch x steps).");
        sequence.Resize(batch, steps);
    }

    /// <summary>
    /// Sets the lengths of a batch that has been filled, unless all are its number of steps, and writes zeros, or tokens that are ignored,
    /// past them: equal batches are then equal to the last bit, whatever the memory held before.
    /// </summary>
    public static void SetLengths<T>(Sequence<T> sequence, ReadOnlySpan<int> lengths)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        SequenceShape shape = sequence.Shape;
        if (!lengths.ContainsAnyExcept(shape.Steps)) return;
        sequence.SetLengths(lengths);
        sequence.ClearPadding();
        if (!sequence.IsTokens) return;
        Span<int> tokens = sequence.TokenMemoryFor(shape);
        for (int j = 0; j < lengths.Length; j++)
        {
            for (int t = lengths[j]; t < shape.Steps; t++) tokens[j + shape.Batch * t] = Sequence<T>.ZeroToken;
        }
    }

    private static InvalidDataException WrongToken(int token, int vocabulary, long item) =>
        new($"Expected tokens of 0 to {vocabulary - 1}, or {Sequence<float>.ZeroToken} (a column of zeros), got {token} in item {item}.");
}
