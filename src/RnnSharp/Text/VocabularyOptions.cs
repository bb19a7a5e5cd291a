namespace RnnSharp.Text;

/// <summary>How a <see cref="Vocabulary"/> is built.</summary>
public abstract record VocabularyOptions
{
    private protected VocabularyOptions(bool unknownToken) => UnknownToken = unknownToken;

    /// <summary>
    /// Names of tokens that stand for no text, such as a boundary or padding: "&lt;s&gt;". They are the first tokens, in this order; no text is
    /// encoded as one, and they decode to nothing.
    /// </summary>
    /// <exception cref="ArgumentException">Set to null, or a name is null, empty or occurs twice.</exception>
    public IReadOnlyList<string> ReservedTokens { get; init => field = Vocabulary.CheckNames(value); } = [];

    /// <summary>Whether there is a token for all symbols that are not in the vocabulary. Without it, a text that has one is refused.</summary>
    public bool UnknownToken { get; init; }
}
