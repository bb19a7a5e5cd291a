using System.Diagnostics;
using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Data;

/// <summary>
/// The steps of one example, or a long series: features, or tokens of a vocabulary. It refers to the memory that it is made of, which must
/// not change while a source reads it.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class Series<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private Series(ReadOnlyMemory<T> values, ReadOnlyMemory<int> tokens, int features, int steps, bool isTokens)
    {
        Values = values;
        Tokens = tokens;
        Features = features;
        Steps = steps;
        IsTokens = isTokens;
    }

    /// <summary>Number of features at each step; for tokens the size of the vocabulary.</summary>
    public int Features { get; }

    /// <summary>Number of steps, 0 or more.</summary>
    public int Steps { get; }

    /// <summary>Whether the series holds tokens instead of features.</summary>
    public bool IsTokens { get; }

    /// <summary>All values, [step][feature]; empty for tokens.</summary>
    public ReadOnlyMemory<T> Values { get; }

    /// <summary>All tokens; empty for features.</summary>
    public ReadOnlyMemory<int> Tokens { get; }

    /// <summary>A series of features.</summary>
    /// <param name="values">[step][feature]; not copied.</param>
    /// <param name="features">Number of features at each step, at least 1.</param>
    /// <exception cref="ArgumentException">The values are not whole steps, or T is neither float nor double.</exception>
    public static Series<T> FromValues(ReadOnlyMemory<T> values, int features = 1)
    {
        Check.ElementType<T>();
        Check.Positive(features);
        if (values.Length % features != 0) throw Check.Shape(nameof(values), $"whole steps of {features} features", $"{values.Length} values");
        return new Series<T>(values, default, features, values.Length / features, isTokens: false);
    }

    /// <summary>A series of features, copied from an array indexed [step, feature].</summary>
    /// <exception cref="ArgumentException">The array is null or has no feature, or T is neither float nor double.</exception>
    public static Series<T> FromArray(T[,] values)
    {
        Check.ElementType<T>();
        ArgumentNullException.ThrowIfNull(values);
        (int steps, int features) = (values.GetLength(0), values.GetLength(1));
        if (features == 0) throw Check.Shape(nameof(values), "at least one feature in [step, feature]", $"{steps} x 0");
        var copy = new T[values.Length];
        for (int t = 0, at = 0; t < steps; t++)
        {
            for (int i = 0; i < features; i++) copy[at++] = values[t, i];
        }

        return FromValues(copy, features);
    }

    /// <summary>A series of features, copied from arrays indexed [step][feature].</summary>
    /// <exception cref="ArgumentException">There is no step, one is null or empty, the numbers of features differ, or T is neither float nor double.</exception>
    public static Series<T> FromJagged(IReadOnlyList<T[]> steps)
    {
        Check.ElementType<T>();
        ArgumentNullException.ThrowIfNull(steps);
        if (steps.Count == 0) throw Check.Shape(nameof(steps), "at least one step (which determines the features)", "none");
        for (int t = 0; t < steps.Count; t++)
        {
            if (steps[t] is null) throw new ArgumentException($"Step {t} is null.", nameof(steps));
            if (steps[t].Length == 0 || steps[t].Length != steps[0].Length) throw Check.Shape(nameof(steps), $"{Math.Max(steps[0].Length, 1)} features at step {t}", $"{steps[t].Length}");
        }

        var copy = new T[Check.ArrayLength((long)steps.Count * steps[0].Length, nameof(steps))];
        for (int t = 0; t < steps.Count; t++) steps[t].CopyTo(copy, t * steps[0].Length);
        return FromValues(copy, steps[0].Length);
    }

    /// <summary>A series of tokens.</summary>
    /// <param name="tokens">Each 0 to <paramref name="vocabulary"/> - 1, or <see cref="Sequence{T}.ZeroToken"/>; not copied.</param>
    /// <param name="vocabulary">Size of the vocabulary, at least 1.</param>
    /// <exception cref="ArgumentException">A token is out of range, or T is neither float nor double.</exception>
    public static Series<T> FromTokens(ReadOnlyMemory<int> tokens, int vocabulary)
    {
        Check.ElementType<T>();
        Check.Positive(vocabulary);
        foreach (int token in tokens.Span) Sequence<T>.CheckToken(token, vocabulary, nameof(tokens));
        return new Series<T>(default, tokens, vocabulary, tokens.Length, isTokens: true);
    }

    /// <summary>A single step with the class of a whole example, the target of a classifier.</summary>
    /// <param name="label">0 to <paramref name="classes"/> - 1.</param>
    /// <param name="classes">Number of classes, at least 1.</param>
    /// <exception cref="ArgumentException">The label is out of range, or T is neither float nor double.</exception>
    public static Series<T> FromLabel(int label, int classes)
    {
        Check.ElementType<T>();
        Check.Positive(classes);
        if ((uint)label >= (uint)classes) throw new ArgumentOutOfRangeException(nameof(label), label, $"Expected a class of 0 to {classes - 1}, got {label}.");
        return new Series<T>(default, new[] { label }, classes, 1, isTokens: true);
    }

    /// <summary>A copy of one example of a sequence, up to its length.</summary>
    /// <param name="sequence">Features or tokens.</param>
    /// <param name="example">0 to <see cref="Sequence{T}.Batch"/> - 1.</param>
    /// <exception cref="ArgumentException">The sequence is null, or the example is out of range.</exception>
    public static Series<T> FromSequence(Sequence<T> sequence, int example)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        SequenceShape shape = sequence.Shape;
        int steps = sequence.LengthOf(example), width = sequence.IsTokens ? 1 : shape.Features;
        if (sequence.IsTokens)
        {
            ReadOnlySpan<int> from = sequence.TokensFor(shape);
            var tokens = new int[steps];
            for (int t = 0; t < steps; t++) tokens[t] = from[example + shape.Batch * t];
            return new Series<T>(default, tokens, shape.Features, steps, isTokens: true);
        }

        var values = new T[steps * width];
        for (int t = 0; t < steps; t++) sequence.ValuesFor(shape).Slice((example + shape.Batch * t) * width, width).CopyTo(values.AsSpan(t * width));
        return new Series<T>(values, default, width, steps, isTokens: false);
    }

    /// <summary>The shape, such as "5 steps of 3 features".</summary>
    public override string ToString() => $"{Steps} steps of {(IsTokens ? "tokens of vocabulary " : "")}{Features}{(IsTokens ? "" : " features")}";

    /// <summary>Copies steps into an example of a sequence whose shape has been checked against this series.</summary>
    /// <param name="first">The first step to copy.</param>
    /// <param name="count">The number of steps.</param>
    /// <param name="target">A sequence of the same kind and features.</param>
    /// <param name="example">The example to write, from step 0 on.</param>
    /// <param name="item">The number of the series in its source, for messages.</param>
    internal void CopyTo(int first, int count, Sequence<T> target, int example, long item)
    {
        SequenceShape shape = target.Shape;
        if (count == 0) return;
        if (IsTokens) StepCopy.Tokens(Tokens.Span.Slice(first, count), target.TokenMemoryFor(shape)[example..], shape.Batch, Features, item);
        else StepCopy.Values(Values.Span.Slice(first * Features, count * Features), Features, target.ValuesFor(shape)[(example * Features)..], shape.Batch * Features);
    }
}
