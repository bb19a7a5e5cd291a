using System.Numerics;

namespace RnnSharp;

/// <summary>
/// The input of a call: its shape, memory and lengths, each read once. A thread that changes the sequence during the call can make the
/// results wrong, but cannot make the call read or write outside its memory.
/// </summary>
internal readonly ref struct CapturedInput<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Captures a sequence that must have a given number of features, without copying its lengths. Each is at least 0, whatever another thread does.</summary>
    /// <exception cref="InvalidOperationException">Another thread resized the sequence during the call.</exception>
    public CapturedInput(Sequence<T> input, int features)
        : this(input, ShapeOf(input, features))
    {
    }

    /// <summary>Captures a sequence that must have a given number of features, and copies its lengths.</summary>
    /// <exception cref="InvalidOperationException">Another thread resized the sequence during the call.</exception>
    public CapturedInput(Sequence<T> input, int features, LengthBuffer lengths)
        : this(input, ShapeOf(input, features), default) => Lengths = lengths.Copy(input, Shape);

    /// <summary>Captures a sequence whose shape and lengths were read earlier.</summary>
    /// <exception cref="InvalidOperationException">The sequence no longer holds the shape.</exception>
    public CapturedInput(Sequence<T> input, SequenceShape shape, ReadOnlySpan<int> lengths)
    {
        Shape = shape;
        Values = input.ValuesFor(shape);
        Tokens = input.TokensFor(shape);
        IsTokens = input.IsTokens;
        Lengths = lengths;
    }

    /// <summary>A shape alone, without values, all of whose columns count.</summary>
    public CapturedInput(SequenceShape shape) => Shape = shape;

    private CapturedInput(Sequence<T> input, SequenceShape shape)
        : this(input, shape, input.LengthsFor(shape))
    {
    }

    public readonly SequenceShape Shape;

    public int Batch => Shape.Batch;

    /// <summary>Examples times steps, which an array has held.</summary>
    public int Columns => (int)Shape.Columns;

    public readonly bool IsTokens;

    /// <summary>[step][example][feature]; empty for tokens.</summary>
    public readonly ReadOnlySpan<T> Values;

    /// <summary>[step][example]; empty for features.</summary>
    public readonly ReadOnlySpan<int> Tokens;

    /// <summary>[example]; empty when not ragged.</summary>
    public readonly ReadOnlySpan<int> Lengths;

    public bool IsRagged => !Lengths.IsEmpty;

    /// <summary>The length of the longest example; steps beyond it are not computed.</summary>
    public int LongestLength()
    {
        if (!IsRagged) return Shape.Steps;
        int longest = 0;
        foreach (int length in Lengths) longest = Math.Max(longest, length);
        return longest;
    }

    /// <summary>The number of steps of one example.</summary>
    public int LengthOf(int example) => IsRagged ? Math.Min(Lengths[example], Shape.Steps) : Shape.Steps;

    /// <summary>Whether a column is one of its example's own steps.</summary>
    public bool Counts(int column) => !IsRagged || column / Batch < Lengths[column % Batch];

    private static SequenceShape ShapeOf(Sequence<T> input, int features)
    {
        SequenceShape shape = input.Shape;
        return shape.Features == features ? shape : throw new InvalidOperationException($"Another thread resized the input during the call: it has {shape.Features} features instead of {features}.");
    }
}

/// <summary>A call's own copy of the lengths of a ragged batch, which no other thread writes.</summary>
internal sealed class LengthBuffer
{
    private int[] _lengths = [];
    private int _count;

    /// <summary>The lengths copied last; empty if the batch was not ragged.</summary>
    public ReadOnlySpan<int> Lengths => _lengths.AsSpan(0, _count);

    /// <summary>Copies the lengths of a sequence for a shape that was read earlier.</summary>
    public ReadOnlySpan<int> Copy<T>(Sequence<T> input, SequenceShape shape)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        _count = 0;
        if (!input.IsRagged) return default;
        if (_lengths.Length < shape.Batch) _lengths = new int[shape.Batch];
        _count = input.CopyLengths(shape, _lengths) ? shape.Batch : 0;
        return Lengths;
    }
}
