using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Data;

/// <summary>Examples for an encoder-decoder that maps one sequence of tokens to another, such as a translation.</summary>
public static class TokenPairs
{
    /// <summary>
    /// Makes an example of each pair for teacher forcing: the source, the decoder's input (the start token followed by the target) and what it
    /// is to predict (the target followed by the end token).
    /// </summary>
    /// <param name="pairs">Source and target of each pair; a source has at least one token.</param>
    /// <param name="sourceVocabulary">The encoder's vocabulary, at least 1.</param>
    /// <param name="vocabulary">The decoder's vocabulary, at least 1, with the start and the end token.</param>
    /// <param name="start">The first input of the decoder: 0 to <paramref name="vocabulary"/> - 1, or <see cref="Sequence{T}.ZeroToken"/>.</param>
    /// <param name="end">The token that ends a target: 0 to <paramref name="vocabulary"/> - 1.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The pairs or a part of one are null, a source is empty, or a token or another argument is out of range.</exception>
    public static IReadOnlyList<Example<T>> ToExamples<T>(IEnumerable<(int[] Source, int[] Target)> pairs, int sourceVocabulary, int vocabulary, int start, int end)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(pairs);
        Check.ElementType<T>();
        Check.Positive(sourceVocabulary);
        Check.Positive(vocabulary);
        Sequence<T>.CheckToken(start, vocabulary, nameof(start));
        if ((uint)end >= (uint)vocabulary) throw new ArgumentOutOfRangeException(nameof(end), end, $"Expected a token of 0 to {vocabulary - 1}, got {end}.");
        var examples = new List<Example<T>>();
        foreach ((int[] source, int[] target) in pairs)
        {
            if (source is null || target is null) throw new ArgumentException($"The {(source is null ? "source" : "target")} of pair {examples.Count} is null.", nameof(pairs));
            if (source.Length == 0) throw Check.Shape(nameof(pairs), "at least one token in each source", $"none in pair {examples.Count}");
            RequireTokens(source, sourceVocabulary, examples.Count);
            RequireTokens(target, vocabulary, examples.Count);
            examples.Add(new Example<T>(Series<T>.FromTokens((int[])[start, .. target], vocabulary), Series<T>.FromTokens((int[])[.. target, end], vocabulary)) { Source = Series<T>.FromTokens((int[])[.. source], sourceVocabulary) });
        }

        return examples;
    }

    private static void RequireTokens(int[] tokens, int vocabulary, int pair)
    {
        foreach (int token in tokens)
        {
            if ((uint)token >= (uint)vocabulary) throw Check.Shape("pairs", $"tokens of 0 to {vocabulary - 1}", $"{token} in pair {pair}");
        }
    }
}
