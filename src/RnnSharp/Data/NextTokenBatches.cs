using System.Numerics;
using RnnSharp.Numerics;
using RnnSharp.Training;

namespace RnnSharp.Data;

/// <summary>
/// Batches of short texts, such as names or sentences, for a model that predicts the next token. The input of a text is a start token
/// followed by the text, its target the text followed by an end token.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class NextTokenBatches<T> : IndexedBatches<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int[][] _texts;
    private readonly int _vocabulary;
    private readonly int _end;
    private readonly int _start;
    private readonly double _wordDropout;
    private int[] _lengths = [];

    /// <summary>Creates a source.</summary>
    /// <param name="texts">The tokens of each text, 0 to <paramref name="vocabulary"/> - 1, without boundaries; not copied.</param>
    /// <param name="vocabulary">Size of the vocabulary, at least 1.</param>
    /// <param name="boundary">The token that ends each text and, unless <paramref name="start"/> is given, starts it: 0 to <paramref name="vocabulary"/> - 1.</param>
    /// <param name="options">How the texts are put into batches; the defaults when null.</param>
    /// <param name="wordDropout">
    /// The fraction of the input's tokens, after the first, that are replaced by the start token, so that a model learns not to rely on
    /// every single one: 0 or more, below 1 (word dropout; Bowman et al. 2016, "Generating Sentences from a Continuous Space").
    /// </param>
    /// <param name="start">The first token of each input, such as <see cref="Sequence{T}.ZeroToken"/>; the boundary when null.</param>
    /// <exception cref="ArgumentException">There is no text, one is null or has a token out of range, another argument is out of range, or the options do not fit.</exception>
    public NextTokenBatches(IReadOnlyList<int[]> texts, int vocabulary, int boundary, BatchOptions? options = null, double wordDropout = 0, int? start = null)
        : base(CountOf(texts), options)
    {
        _vocabulary = Check.Positive(vocabulary);
        if ((uint)boundary >= (uint)vocabulary) throw new ArgumentOutOfRangeException(nameof(boundary), boundary, $"Expected a token of 0 to {vocabulary - 1}, got {boundary}.");
        if (start is { } given) Sequence<T>.CheckToken(given, vocabulary, nameof(start));
        if (!(wordDropout >= 0 && wordDropout < 1)) throw new ArgumentOutOfRangeException(nameof(wordDropout), wordDropout, $"Expected at least 0 and below 1, got {wordDropout}.");
        _texts = [.. texts];
        for (int i = 0; i < _texts.Length; i++)
        {
            if (_texts[i] is null) throw new ArgumentException($"Text {i} is null.", nameof(texts));
            foreach (int token in _texts[i])
            {
                if ((uint)token >= (uint)vocabulary) throw Check.Shape(nameof(texts), $"tokens of 0 to {vocabulary - 1}", $"{token} in text {i}");
            }
        }

        (_end, _start, _wordDropout) = (boundary, start ?? boundary, wordDropout);
    }

    private protected override string Settings => $"{base.Settings}, word dropout {FormattableString.Invariant($"{_wordDropout:r}")}";

    /// <inheritdoc/>
    public override Batch<T> CreateBatch() => new(Sequence<T>.ForTokens(_vocabulary, 1, 0), Sequence<T>.ForTokens(_vocabulary, 1, 0));

    /// <inheritdoc/>
    protected override void Fill(Batch<T> batch, ReadOnlySpan<int> items, FastRandom random)
    {
        if (_lengths.Length < items.Length) _lengths = new int[items.Length];
        Span<int> lengths = _lengths.AsSpan(0, items.Length);
        int steps = 0;
        for (int j = 0; j < items.Length; j++) steps = Math.Max(steps, lengths[j] = LengthOf(items[j]));
        StepCopy.Resize(batch.Input, items.Length, steps);
        StepCopy.Resize(batch.Target, items.Length, steps);
        SequenceShape shape = batch.Input.Shape;
        Span<int> input = batch.Input.TokenMemoryFor(shape), target = batch.Target.TokenMemoryFor(shape);
        for (int j = 0; j < items.Length; j++)
        {
            int[] text = _texts[items[j]];
            StepCopy.Tokens(text, target[j..], shape.Batch, _vocabulary, items[j]);
            target[j + shape.Batch * text.Length] = _end;
            input[j] = _start;
            if (text.Length > 0) StepCopy.Tokens(text, input[(j + shape.Batch)..], shape.Batch, _vocabulary, items[j]);
            for (int t = 1; _wordDropout > 0 && t < lengths[j]; t++)
            {
                if (random.NextDouble() < _wordDropout) input[j + shape.Batch * t] = _start;
            }
        }

        StepCopy.SetLengths(batch.Input, lengths);
        StepCopy.SetLengths(batch.Target, lengths);
    }

    /// <inheritdoc/>
    protected override int LengthOf(int item) => _texts[item].Length + 1;

    private static int CountOf(IReadOnlyList<int[]> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return texts.Count > 0 ? texts.Count : throw Check.Shape(nameof(texts), "at least one text", "none");
    }
}
