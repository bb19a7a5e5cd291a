using System.Numerics;

namespace RnnSharp.Tests.Fuzz;

internal delegate Span<TElement> SpanGetter<TElement>(object owner);

internal delegate ReadOnlySpan<TElement> ReadOnlySpanGetter<TElement>(object owner);

/// <summary>A span-valued member of an object, read anew for each call: a state's or a sequence's own memory as an argument.</summary>
internal sealed class SpanSource<TElement>(object owner, SpanGetter<TElement>? span, ReadOnlySpanGetter<TElement>? readOnly)
{
    public Span<TElement> Span => span is null ? readOnly!(owner).ToArray() : span(owner);

    public ReadOnlySpan<TElement> ReadOnly => span is null ? readOnly!(owner) : span(owner);
}

/// <summary>Spans cannot be boxed: these turn what stands for one in a list of arguments into a span, and results into objects.</summary>
internal static class Spans
{
    private const int Kept = 64;

    public static Span<TElement> ToSpan<TElement>(object? value) => value switch
    {
        null => default,
        TElement[] array => array,
        ArraySegment<TElement> part => part,
        SpanSource<TElement> source => source.Span,
        _ => throw new NotSupportedException($"{value.GetType()} stands for no span."),
    };

    public static ReadOnlySpan<TElement> ToReadOnlySpan<TElement>(object? value) => value is SpanSource<TElement> source ? source.ReadOnly : ToSpan<TElement>(value);

    public static StepInput<T> ToStepInput<T>(object? value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        value is int[] or ArraySegment<int> or SpanSource<int> ? StepInput<T>.Tokens(ToReadOnlySpan<int>(value)) : StepInput<T>.Features(ToReadOnlySpan<T>(value));

    public static object FromSpan<TElement>(Span<TElement> span) => FromReadOnlySpan<TElement>(span);

    /// <summary>Reads both ends, which would crash if the span had left its memory.</summary>
    public static object FromReadOnlySpan<TElement>(ReadOnlySpan<TElement> span)
    {
        TElement[] copy = span[..Math.Min(span.Length, Kept)].ToArray();
        if (copy.Length > 0) copy[0] = span[^1];
        return copy;
    }

    public static object FromStepInput<T>(StepInput<T> input)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        input.IsTokens ? FromReadOnlySpan(input.TokenSpan) : FromReadOnlySpan(input.FeatureSpan);
}
