using RnnSharp.Numerics;

namespace RnnSharp.Text;

/// <summary>How a <see cref="WordVocabulary"/> is built. By default, there is a token for unknown words.</summary>
public sealed record WordVocabularyOptions : VocabularyOptions
{
    internal static readonly WordVocabularyOptions Default = new();

    /// <summary>Creates options with the default values.</summary>
    public WordVocabularyOptions()
        : base(unknownToken: true)
    {
    }

    /// <summary>How a text is divided into words.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a value that is not defined.</exception>
    public WordSplitting Splitting
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected Punctuation or Whitespace, got {value}.");
    }

    /// <summary>Whether words are compared and kept in lower case (by the rules of the invariant culture).</summary>
    public bool LowerCase { get; init; }

    /// <summary>How often a word must occur to be in the vocabulary; 1 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int MinimumCount { get; init => field = Check.Positive(value); } = 1;

    /// <summary>The largest <see cref="Vocabulary.Size"/>, with the reserved and the unknown token. The most frequent words are kept; all when null.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int? MaximumSize { get; init => field = value is { } size ? Check.Positive(size, nameof(value)) : null; }
}
