using System.Text;
using RnnSharp.Numerics;

namespace RnnSharp.Text;

/// <summary>
/// Words as tokens, the most frequent first. Decoding puts one space between words, so that it gives back the words of a text and not its white space.
/// </summary>
public sealed class WordVocabulary : Vocabulary
{
    private WordVocabulary(IReadOnlyList<string> reserved, bool unknown, string[] symbols, WordSplitting splitting, bool lowerCase)
        : base(reserved, unknown, symbols) => (Splitting, LowerCase) = (splitting, lowerCase);

    /// <summary>How a text is divided into words.</summary>
    public WordSplitting Splitting { get; }

    /// <summary>Whether words are compared and kept in lower case.</summary>
    public bool LowerCase { get; }

    private protected override string Kind => "words";

    private protected override string UnknownText => "<unk>";

    /// <summary>Counts the words of texts and keeps the most frequent; of equally frequent ones, those that come first by their UTF-16 code units.</summary>
    /// <exception cref="ArgumentException">The texts or one of them is null or has an unpaired surrogate, the maximum size has no room for the reserved tokens, or the vocabulary would be empty.</exception>
    public static WordVocabulary FromTexts(IEnumerable<string> texts, WordVocabularyOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(texts);
        options ??= WordVocabularyOptions.Default;
        int others = options.ReservedTokens.Count + (options.UnknownToken ? 1 : 0);
        int room = (options.MaximumSize ?? int.MaxValue) - others;
        if (room < 0) throw Check.Shape(nameof(options), $"a maximum size of at least {others} (the reserved tokens and the unknown one)", $"{options.MaximumSize}");
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (string text in texts)
        {
            if (text is null) throw Check.Shape(nameof(texts), "texts", "null");
            int unpaired = UnpairedSurrogate(text);
            if (unpaired >= 0) throw Check.Shape(nameof(texts), "valid Unicode", $"an unpaired surrogate at character {unpaired}");
            foreach (string word in WordSplitter.Split(text, options.Splitting, options.LowerCase)) counts[word] = counts.GetValueOrDefault(word) + 1;
        }

        string[] words = [.. counts.Where(pair => pair.Value >= options.MinimumCount)
            .OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Take(room).Select(pair => pair.Key)];
        if (words.Length + others == 0) throw Check.Shape(nameof(texts), $"at least one word that occurs {options.MinimumCount} times", "none");
        return new WordVocabulary(options.ReservedTokens, options.UnknownToken, words, options.Splitting, options.LowerCase);
    }

    /// <summary>Reads a vocabulary that <see cref="ToJson"/> has written.</summary>
    /// <exception cref="ArgumentException">The text is null.</exception>
    /// <exception cref="InvalidDataException">The text is not the JSON of such a vocabulary.</exception>
    public static WordVocabulary FromJson(string json)
    {
        VocabularyData data = VocabularyData.Read(json, VocabularyData.Words);
        WordSplitting splitting = data.Splitting switch
        {
            VocabularyData.Punctuation => WordSplitting.Punctuation,
            VocabularyData.Whitespace => WordSplitting.Whitespace,
            _ => throw VocabularyData.Invalid($"expected a splitting of {VocabularyData.Punctuation} or {VocabularyData.Whitespace}"),
        };
        bool lowerCase = data.LowerCase ?? throw VocabularyData.Invalid("expected lowerCase");
        foreach (string symbol in data.Symbols)
        {
            // Otherwise no text could have the word.
            string[] words = [.. WordSplitter.Split(symbol, splitting, lowerCase).Take(2)];
            if (words.Length != 1 || !string.Equals(words[0], symbol, StringComparison.Ordinal))
                throw VocabularyData.Invalid($"expected one word in each symbol{(lowerCase ? ", in lower case" : "")}, got {Serialization.ErrorText.Quote(symbol)}");
        }

        return new WordVocabulary(data.Reserved, data.Unknown, data.Symbols, splitting, lowerCase);
    }

    /// <summary>The words of a text, as they are counted and encoded.</summary>
    /// <exception cref="ArgumentException">The text is null.</exception>
    public IEnumerable<string> Split(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return WordSplitter.Split(text, Splitting, LowerCase);
    }

    /// <summary>The tokens of a text, one for each word.</summary>
    /// <exception cref="ArgumentException">The text is null, or has a word that is not in the vocabulary, which has no token for unknown ones.</exception>
    public override int[] Encode(string text)
    {
        var tokens = new List<int>();
        foreach (string word in Split(text))
        {
            int token = TokenOf(word);
            if (token < 0) throw Check.Shape(nameof(text), $"words of the vocabulary ({ToString()}, none of which stands for unknown ones)", $"{Serialization.ErrorText.Quote(word)} as word {tokens.Count}");
            tokens.Add(token);
        }

        return [.. tokens];
    }

    /// <summary>The text of tokens, with a space between words. Reserved tokens have none; the unknown one is "&lt;unk&gt;".</summary>
    /// <inheritdoc/>
    public override string Decode(ReadOnlySpan<int> tokens)
    {
        var text = new StringBuilder();
        foreach (int token in tokens)
        {
            CheckToken(token, nameof(tokens));
            if (TextOf(token) is not { } word) continue;
            if (text.Length > 0) text.Append(' ');
            text.Append(word);
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public override TokenDecoder CreateDecoder() => new Decoder(this);

    /// <inheritdoc/>
    public override string ToJson() => new VocabularyData
    {
        Kind = VocabularyData.Words,
        Reserved = [.. ReservedTokens],
        Unknown = UnknownToken is not null,
        Symbols = [.. Symbols],
        Splitting = Splitting == WordSplitting.Whitespace ? VocabularyData.Whitespace : VocabularyData.Punctuation,
        LowerCase = LowerCase,
    }.Write();

    private sealed class Decoder(WordVocabulary vocabulary) : TokenDecoder
    {
        private bool _started;

        public override string Add(int token)
        {
            vocabulary.CheckToken(token, nameof(token));
            if (vocabulary.TextOf(token) is not { } word) return "";
            string text = _started ? $" {word}" : word;
            _started = true;
            return text;
        }

        public override string Flush()
        {
            _started = false;
            return "";
        }
    }
}
