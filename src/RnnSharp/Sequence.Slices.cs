using RnnSharp.Numerics;

namespace RnnSharp;

/// <content>
/// Parts of a sequence, copied into another one. A call with a sequence to reuse allocates nothing once that is large enough. They support
/// features, tokens and ragged sequences.
/// </content>
public sealed partial class Sequence<T>
{
    /// <summary>Copies some of the time steps, of all examples. The lengths of a ragged sequence are those of the remaining steps.</summary>
    /// <param name="first">The first step, 0 to <see cref="Steps"/>.</param>
    /// <param name="count">Number of steps, 0 to <see cref="Steps"/> - <paramref name="first"/>.</param>
    /// <param name="reuse">A sequence to write to, of features or of tokens of the same vocabulary, like this one; a new one when null.</param>
    /// <exception cref="ArgumentException">The steps are out of range, or the sequence to reuse is this one or of another kind.</exception>
    public Sequence<T> SliceSteps(int first, int count, Sequence<T>? reuse = null)
    {
        SequenceShape shape = Shape;
        if (first < 0 || first > shape.Steps) throw new ArgumentOutOfRangeException(nameof(first), first, $"Expected 0 to {shape.Steps} (the number of steps), got {first}.");
        if (count < 0 || count > shape.Steps - first) throw new ArgumentOutOfRangeException(nameof(count), count, $"Expected 0 to {shape.Steps - first} (the steps from {first} on), got {count}.");
        CheckReuse(shape, reuse, nameof(reuse));
        Sequence<T> target = Target(shape, reuse, shape.Batch, count);
        SequenceShape part = shape with { Steps = count };
        int at = shape.Batch * first, columns = shape.Batch * count;
        if (IsTokens) TokensFor(shape).Slice(at, columns).CopyTo(target.TokenMemoryFor(part));
        else ValuesFor(shape).Slice(at * shape.Features, columns * shape.Features).CopyTo(target.ValuesFor(part));
        ReadOnlySpan<int> lengths = LengthsFor(shape);
        if (lengths.IsEmpty) return target;
        Span<int> left = target.LengthMemory(shape.Batch);
        for (int j = 0; j < left.Length; j++) left[j] = Math.Clamp(lengths[j] - first, 0, count);
        return target;
    }

    /// <summary>Copies some of the examples, in the order given; an example may be taken more than once.</summary>
    /// <param name="examples">Indices of examples, at least one, each 0 to <see cref="Batch"/> - 1.</param>
    /// <param name="reuse">A sequence to write to, of features or of tokens of the same vocabulary, like this one; a new one when null.</param>
    /// <exception cref="ArgumentException">There is no example, one is out of range, or the sequence to reuse is this one or of another kind.</exception>
    public Sequence<T> Gather(ReadOnlySpan<int> examples, Sequence<T>? reuse = null)
    {
        SequenceShape shape = Shape;
        if (examples.IsEmpty) throw Check.Shape(nameof(examples), "at least one example", "none");
        foreach (int example in examples) CheckIndex(example, shape.Batch, nameof(examples));
        CheckSize(IsTokens ? 1 : shape.Features, examples.Length, shape.Steps, nameof(examples));
        CheckReuse(shape, reuse, nameof(reuse));
        Sequence<T> target = Target(shape, reuse, examples.Length, shape.Steps);
        for (int j = 0; j < examples.Length; j++) CopySteps(shape, examples[j], 0, target, shape with { Batch = examples.Length }, j);
        if (LengthsFor(shape).IsEmpty) return target;
        Span<int> lengths = target.LengthMemory(examples.Length);
        for (int j = 0; j < lengths.Length; j++) lengths[j] = LengthOf(shape, examples[j]);
        return target;
    }

    /// <summary>Copies some of the examples, whose indices are valid, up to the end of the longest of them. The target has no lengths.</summary>
    internal void GatherTo(ReadOnlySpan<int> examples, Sequence<T> target)
    {
        SequenceShape shape = Shape;
        int steps = 0;
        foreach (int example in examples) steps = Math.Max(steps, LengthOf(shape, example));
        target.Resize(shape.Features, examples.Length, steps);
        SequenceShape targetShape = target.Shape;
        for (int j = 0; j < examples.Length; j++) CopySteps(shape, examples[j], 0, target, targetShape, j);
    }

    /// <summary>
    /// Cuts a series into windows, which become the examples of a batch: step t of window w is step w·stride + t of the series. The
    /// series is an example of this sequence; the windows of example 0 come first, then those of example 1, and so on. No window
    /// reaches past the length of its example.
    /// </summary>
    /// <param name="length">Number of steps of a window, at least 1.</param>
    /// <param name="stride">Steps from the start of a window to that of the next, at least 1.</param>
    /// <param name="reuse">A sequence to write to, of features or of tokens of the same vocabulary, like this one; a new one when null.</param>
    /// <exception cref="ArgumentException">An argument is out of range, no window fits, or the sequence to reuse is this one or of another kind.</exception>
    public Sequence<T> Windows(int length, int stride = 1, Sequence<T>? reuse = null)
    {
        SequenceShape shape = Shape;
        int windows = CountWindows(shape, length, stride, horizon: 0);
        CheckReuse(shape, reuse, nameof(reuse));
        return CopyWindows(shape, windows, length, stride, horizon: 0, offset: 0, reuse);
    }

    /// <summary>
    /// Cuts a series into windows as <see cref="Windows"/> does, each with its targets: the window that starts <paramref name="horizon"/>
    /// steps later. With tokens and a horizon of 1 the target of each step is the next token.
    /// </summary>
    /// <param name="length">Number of steps of a window, at least 1.</param>
    /// <param name="horizon">Steps from an input to its target, at least 1.</param>
    /// <param name="stride">Steps from the start of a window to that of the next, at least 1.</param>
    /// <param name="reuseInputs">A sequence to write the inputs to, of features or of tokens of the same vocabulary, like this one; a new one when null.</param>
    /// <param name="reuseTargets">Likewise for the targets.</param>
    /// <exception cref="ArgumentException">
    /// An argument is out of range, no window fits, or a sequence to reuse is this one, the other one, or of another kind.
    /// </exception>
    public (Sequence<T> Inputs, Sequence<T> Targets) WindowsWithTargets(int length, int horizon = 1, int stride = 1, Sequence<T>? reuseInputs = null, Sequence<T>? reuseTargets = null)
    {
        Check.Positive(horizon);
        SequenceShape shape = Shape;
        int windows = CountWindows(shape, length, stride, horizon);
        CheckReuse(shape, reuseInputs, nameof(reuseInputs));
        CheckReuse(shape, reuseTargets, nameof(reuseTargets));
        if (reuseInputs is not null && ReferenceEquals(reuseInputs, reuseTargets)) throw new ArgumentException("Expected a sequence other than that of the inputs, which would be overwritten.", nameof(reuseTargets));
        return (CopyWindows(shape, windows, length, stride, horizon, offset: 0, reuseInputs), CopyWindows(shape, windows, length, stride, horizon, offset: horizon, reuseTargets));
    }

    private void CheckReuse(SequenceShape shape, Sequence<T>? reuse, string name)
    {
        if (reuse is null) return;
        if (ReferenceEquals(reuse, this)) throw new ArgumentException("Expected a sequence other than the one that is copied, which would be overwritten.", name);
        if (reuse.IsTokens != IsTokens || (IsTokens && reuse.Features != shape.Features))
            throw Check.Shape(name, IsTokens ? $"tokens of a vocabulary of {shape.Features}" : "a sequence of features", reuse.Describe());
    }

    private Sequence<T> Target(SequenceShape shape, Sequence<T>? reuse, int batch, int steps)
    {
        if (reuse is null) return new Sequence<T>(shape.Features, batch, steps, IsTokens);
        reuse.Resize(shape.Features, batch, steps);
        return reuse;
    }

    /// <summary>Copies steps of an example to all steps of an example of the target.</summary>
    private void CopySteps(SequenceShape shape, int example, int firstStep, Sequence<T> target, SequenceShape targetShape, int targetExample)
    {
        if (IsTokens) Copy<int>(TokensFor(shape), shape, 1, example, firstStep, target.TokenMemoryFor(targetShape), targetShape, targetExample);
        else Copy<T>(ValuesFor(shape), shape, shape.Features, example, firstStep, target.ValuesFor(targetShape), targetShape, targetExample);

        static void Copy<TElement>(ReadOnlySpan<TElement> from, SequenceShape shape, int width, int example, int firstStep, Span<TElement> to, SequenceShape targetShape, int targetExample)
        {
            for (int t = 0; t < targetShape.Steps; t++)
                from.Slice((example + shape.Batch * (firstStep + t)) * width, width).CopyTo(to[((targetExample + targetShape.Batch * t) * width)..]);
        }
    }

    /// <summary>Number of windows of one example that end, with the targets, within its length.</summary>
    private int CountWindows(SequenceShape shape, int example, int length, int stride, int horizon) =>
        (int)Math.Max(0, ((long)LengthOf(shape, example) - length - horizon + stride) / stride);

    /// <summary>Number of windows of all examples. Throws if there is none, or if they are too many for a batch.</summary>
    private int CountWindows(SequenceShape shape, int length, int stride, int horizon)
    {
        Check.Positive(length);
        Check.Positive(stride);
        long windows = 0;
        int longest = 0;
        for (int j = 0; j < shape.Batch; j++)
        {
            windows += CountWindows(shape, j, length, stride, horizon);
            longest = Math.Max(longest, LengthOf(shape, j));
        }

        if (windows == 0)
            throw Check.Shape(nameof(length), horizon == 0 ? $"at most {longest} (the number of steps)" : $"a window and a horizon of at most {longest} steps together", horizon == 0 ? $"{length}" : $"{length} and {horizon}");
        return CheckSize(IsTokens ? 1 : shape.Features, length, Check.ArrayLength(windows, nameof(length)), nameof(length));
    }

    private Sequence<T> CopyWindows(SequenceShape shape, int windows, int length, int stride, int horizon, int offset, Sequence<T>? reuse)
    {
        Sequence<T> target = Target(shape, reuse, windows, length);
        var targetShape = new SequenceShape(shape.Features, windows, length);
        int window = 0;
        for (int j = 0; j < shape.Batch; j++)
        {
            int count = Math.Min(CountWindows(shape, j, length, stride, horizon), windows - window);
            for (int w = 0; w < count; w++) CopySteps(shape, j, w * stride + offset, target, targetShape, window++);
        }

        return target;
    }
}
