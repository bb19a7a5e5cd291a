using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>
/// Copies that reverse sequences in time: each example's step t is exchanged with its step length - 1 - t, and its padding stays at the end,
/// with undefined values. A result has the batch, steps and lengths of <c>shape</c>. All values are [step][example][feature].
/// </summary>
internal static class TimeReversal
{
    /// <summary>An operation on rows of the result: <c>count</c> of them from <c>row</c> on, paired with as many from <c>reversed</c> on.</summary>
    private interface IRowWork
    {
        void Rows(int row, int reversed, int count);
    }

    /// <summary>Copies features or tokens in reverse order.</summary>
    public static void Reverse<T>(Sequence<T> source, Sequence<T> shape, Sequence<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Rows rows = Rows.Of(shape, source.Features);
        SequenceShape taken = rows.GiveTo(target);
        if (source.IsTokens) rows.ForEach(new Reversing<int>(source.TokensFor(taken), target.TokenMemoryFor(taken), 1));
        else rows.ForEach(new Reversing<T>(source.ValuesFor(taken), target.ValuesFor(taken), taken.Features));
    }

    /// <summary>Reverses a call's result and sets its padding to zero.</summary>
    public static void ReverseResult<T>(Sequence<T> source, Sequence<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Reverse(source, source, target);
        ZeroPadding(target);
    }

    /// <summary>Concatenates the features of a sequence and those of one that runs backward.</summary>
    public static void Concatenate<T>(Sequence<T> straight, Sequence<T> backward, Sequence<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int first = straight.Features, second = backward.Features;
        Rows rows = Rows.Of(straight, first + second);
        SequenceShape joined = rows.GiveTo(target);
        rows.ForEach(new Concatenating<T>(straight.ValuesFor(joined with { Features = first }), first, backward.ValuesFor(joined with { Features = second }), second, target.ValuesFor(joined)));
    }

    /// <summary>The inverse of <see cref="Concatenate{T}"/>; the parts already have the right features.</summary>
    public static void Split<T>(Sequence<T> source, Sequence<T> shape, Sequence<T> straight, Sequence<T> backward)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int first = straight.Features, second = backward.Features;
        Rows rows = Rows.Of(shape, first + second);
        SequenceShape joined = rows.Shape;
        rows.GiveTo(straight, first);
        rows.GiveTo(backward, second);
        rows.ForEach(new Splitting<T>(source.ValuesFor(joined), straight.ValuesFor(joined with { Features = first }), first, backward.ValuesFor(joined with { Features = second }), second));
    }

    /// <summary>Adds, averages or multiplies a sequence and one that runs backward; the target may be the first.</summary>
    public static void Combine<T>(BidirectionalMerge merge, Sequence<T> straight, Sequence<T> backward, Sequence<T> shape, Sequence<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Rows rows = Rows.Of(shape, straight.Features);
        SequenceShape taken = rows.Shape;
        if (!ReferenceEquals(target, straight)) rows.GiveTo(target);
        rows.ForEach(new Combining<T>(merge, straight.ValuesFor(taken), backward.ValuesFor(taken), target.ValuesFor(taken), taken.Features));
    }

    /// <summary>Sets the padding of a call's result to zero.</summary>
    public static void ZeroPadding<T>(Sequence<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        SequenceShape shape = result.Shape;
        SequencePadding.Clear(result.ValuesFor(shape), result.LengthsFor(shape), shape.Steps, shape.Features);
    }

    /// <summary>The rows of a result: its shape and lengths, each read once, so that a thread that changes them cannot mix two shapes.</summary>
    private readonly ref struct Rows
    {
        private readonly ReadOnlySpan<int> _lengths;

        private Rows(SequenceShape shape, ReadOnlySpan<int> lengths)
        {
            Shape = shape;
            _lengths = lengths;
        }

        public SequenceShape Shape { get; }

        public static Rows Of<T>(Sequence<T> shape, int features)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            SequenceShape taken = shape.Shape;
            return new Rows(taken with { Features = features }, shape.LengthsFor(taken));
        }

        /// <summary>Gives a sequence the shape and the lengths.</summary>
        public SequenceShape GiveTo<T>(Sequence<T> target)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            GiveTo(target, Shape.Features);
            return Shape;
        }

        /// <summary>Gives a sequence with other features the shape and the lengths.</summary>
        public void GiveTo<T>(Sequence<T> target, int features)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            target.Resize(features, Shape.Batch, Shape.Steps);
            target.TakeLengths(_lengths);
        }

        public void ForEach<TWork>(TWork work)
            where TWork : struct, IRowWork, allows ref struct
        {
            int batch = Shape.Batch, steps = Shape.Steps;
            for (int t = 0; t < steps; t++)
            {
                if (_lengths.IsEmpty) work.Rows(t * batch, (steps - 1 - t) * batch, batch);
                for (int j = 0; j < _lengths.Length; j++)
                {
                    int length = Math.Min(_lengths[j], steps);
                    if (t < length) work.Rows(t * batch + j, (length - 1 - t) * batch + j, 1);
                }
            }
        }
    }

    private readonly ref struct Reversing<TElement>(ReadOnlySpan<TElement> source, Span<TElement> target, int features) : IRowWork
    {
        private readonly ReadOnlySpan<TElement> _source = source;
        private readonly Span<TElement> _target = target;

        public void Rows(int row, int reversed, int count) => _source.Slice(reversed * features, count * features).CopyTo(_target[(row * features)..]);
    }

    private readonly ref struct Concatenating<T>(ReadOnlySpan<T> straight, int first, ReadOnlySpan<T> backward, int second, Span<T> target) : IRowWork
    {
        private readonly ReadOnlySpan<T> _straight = straight;
        private readonly ReadOnlySpan<T> _backward = backward;
        private readonly Span<T> _target = target;

        public void Rows(int row, int reversed, int count)
        {
            for (int k = 0; k < count; k++)
            {
                Span<T> to = _target.Slice((row + k) * (first + second), first + second);
                _straight.Slice((row + k) * first, first).CopyTo(to);
                _backward.Slice((reversed + k) * second, second).CopyTo(to[first..]);
            }
        }
    }

    private readonly ref struct Splitting<T>(ReadOnlySpan<T> source, Span<T> straight, int first, Span<T> backward, int second) : IRowWork
    {
        private readonly ReadOnlySpan<T> _source = source;
        private readonly Span<T> _straight = straight;
        private readonly Span<T> _backward = backward;

        public void Rows(int row, int reversed, int count)
        {
            for (int k = 0; k < count; k++)
            {
                ReadOnlySpan<T> from = _source.Slice((row + k) * (first + second), first + second);
                from[..first].CopyTo(_straight[((row + k) * first)..]);
                from[first..].CopyTo(_backward[((reversed + k) * second)..]);
            }
        }
    }

    private readonly ref struct Combining<T>(BidirectionalMerge merge, ReadOnlySpan<T> straight, ReadOnlySpan<T> backward, Span<T> target, int features) : IRowWork
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly ReadOnlySpan<T> _straight = straight;
        private readonly ReadOnlySpan<T> _backward = backward;
        private readonly Span<T> _target = target;

        public void Rows(int row, int reversed, int count)
        {
            ReadOnlySpan<T> x = _straight.Slice(row * features, count * features), y = _backward.Slice(reversed * features, count * features);
            Span<T> to = _target.Slice(row * features, count * features);
            if (merge == BidirectionalMerge.Sum) Elementwise.Add(x, y, to);
            else if (merge == BidirectionalMerge.Average) Elementwise.Average(x, y, to);
            else Elementwise.Multiply(x, y, to);
        }
    }
}

/// <summary>A copy of a sequence in reverse order, in reused memory.</summary>
internal sealed class ReversedSequence<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private Sequence<T>? _features;
    private Sequence<T>? _tokens;

    public Sequence<T> Of(Sequence<T> source)
    {
        Sequence<T> target = source.IsTokens ? Tokens(source.Features) : _features ??= new Sequence<T>(source.Features, 1, 0);
        TimeReversal.Reverse(source, source, target);
        return target;
    }

    /// <summary>A token sequence never changes its vocabulary, so that it never holds a token that its reader cannot look up.</summary>
    private Sequence<T> Tokens(int vocabulary)
    {
        Sequence<T>? tokens = _tokens;
        if (tokens is null || tokens.Features != vocabulary) _tokens = tokens = Sequence<T>.ForTokens(vocabulary, 1, 0);
        return tokens;
    }
}
