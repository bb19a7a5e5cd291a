using System.Text;
using RnnSharp.Numerics;

namespace RnnSharp.Text;

/// <summary>
/// The characters of a text as tokens. A character is a Unicode code point, so that surrogate pairs are never split; a letter and the combining marks
/// on it are separate tokens, which keeps the vocabulary small and every text encodable from its parts. Texts are neither normalized nor
/// changed in case: decoding what was encoded gives the same text.
/// </summary>
public sealed class CharacterVocabulary : Vocabulary
{
    private CharacterVocabulary(IReadOnlyList<string> reserved, bool unknown, string[] symbols)
        : base(reserved, unknown, symbols)
    {
    }

    private protected override string Kind => "characters";

    private protected override string UnknownText => "\uFFFD";

    /// <summary>Collects the characters of a text, in the order of their code points.</summary>
    /// <exception cref="ArgumentException">The text is null or has an unpaired surrogate, or the vocabulary would be empty.</exception>
    public static CharacterVocabulary FromText(string text, CharacterVocabularyOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return From([text], nameof(text), options);
    }

    /// <summary>Collects the characters of several texts, in the order of their code points.</summary>
    /// <exception cref="ArgumentException">The texts or one of them is null or has an unpaired surrogate, or the vocabulary would be empty.</exception>
    public static CharacterVocabulary FromTexts(IEnumerable<string> texts, CharacterVocabularyOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return From(texts, nameof(texts), options);
    }

    /// <summary>Reads a vocabulary that <see cref="ToJson"/> has written.</summary>
    /// <exception cref="ArgumentException">The text is null.</exception>
    /// <exception cref="InvalidDataException">The text is not the JSON of such a vocabulary.</exception>
    public static CharacterVocabulary FromJson(string json)
    {
        VocabularyData data = VocabularyData.Read(json, VocabularyData.Characters);
        foreach (string symbol in data.Symbols)
        {
            if (Rune.DecodeFromUtf16(symbol, out _, out int length) != System.Buffers.OperationStatus.Done || length != symbol.Length)
                throw VocabularyData.Invalid($"expected one character in each symbol, got {Serialization.ErrorText.Quote(symbol)}");
        }

        return new CharacterVocabulary(data.Reserved, data.Unknown, data.Symbols);
    }

    /// <summary>The tokens of a text, one for each code point.</summary>
    /// <exception cref="ArgumentException">The text is null, or has a character that is not in the vocabulary, which has no token for unknown ones. An unpaired surrogate is in none.</exception>
    public override int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var tokens = new int[text.Length];
        int count = 0;
        for (int at = 0, length; at < text.Length; at += length)
        {
            Rune.DecodeFromUtf16(text.AsSpan(at), out _, out length);
            int token = TokenOf(text.AsSpan(at, length));
            if (token < 0) throw Unknown(text.Substring(at, length), at);
            tokens[count++] = token;
        }

        return count == tokens.Length ? tokens : tokens[..count];
    }

    /// <summary>The text of tokens. Reserved tokens have none; the unknown one is the replacement character U+FFFD.</summary>
    /// <inheritdoc/>
    public override string Decode(ReadOnlySpan<int> tokens)
    {
        var text = new StringBuilder(tokens.Length);
        foreach (int token in tokens)
        {
            CheckToken(token, nameof(tokens));
            text.Append(TextOf(token));
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public override TokenDecoder CreateDecoder() => new Decoder(this);

    /// <inheritdoc/>
    public override string ToJson() => new VocabularyData { Kind = VocabularyData.Characters, Reserved = [.. ReservedTokens], Unknown = UnknownToken is not null, Symbols = [.. Symbols] }.Write();

    private static CharacterVocabulary From(IEnumerable<string> texts, string name, CharacterVocabularyOptions? options)
    {
        options ??= CharacterVocabularyOptions.Default;
        var characters = new SortedSet<Rune>();
        foreach (string text in texts)
        {
            if (text is null) throw Check.Shape(name, "texts", "null");
            int unpaired = UnpairedSurrogate(text);
            if (unpaired >= 0) throw Check.Shape(name, "valid Unicode", $"an unpaired surrogate at character {unpaired}");
            foreach (Rune rune in text.EnumerateRunes()) characters.Add(rune);
        }

        if (characters.Count == 0 && !options.UnknownToken && options.ReservedTokens.Count == 0) throw Check.Shape(name, "at least one character", "none");
        return new CharacterVocabulary(options.ReservedTokens, options.UnknownToken, [.. characters.Select(rune => rune.ToString())]);
    }

    private sealed class Decoder(CharacterVocabulary vocabulary) : TokenDecoder
    {
        public override string Add(int token)
        {
            vocabulary.CheckToken(token, nameof(token));
            return vocabulary.TextOf(token) ?? "";
        }

        public override string Flush() => "";
    }
}
