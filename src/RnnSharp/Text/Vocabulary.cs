using System.Diagnostics;
using System.Text;
using RnnSharp.Numerics;
using RnnSharp.Serialization;

namespace RnnSharp.Text;

/// <summary>
/// A list of symbols, each of which is a token: the reserved tokens first, then the one for unknown symbols, if there is one, then the symbols of
/// texts. It never changes.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public abstract class Vocabulary : ITokenizer
{
    private readonly string[] _reserved;
    private readonly string[] _symbols;
    private readonly Dictionary<string, int> _tokens;

    private protected Vocabulary(IReadOnlyList<string> reserved, bool unknown, string[] symbols)
    {
        _reserved = [.. reserved];
        _symbols = symbols;
        UnknownToken = unknown ? _reserved.Length : null;
        FirstSymbol = _reserved.Length + (unknown ? 1 : 0);
        _tokens = new Dictionary<string, int>(symbols.Length, StringComparer.Ordinal);
        foreach (string symbol in symbols) _tokens.Add(symbol, FirstSymbol + _tokens.Count);
    }

    /// <inheritdoc/>
    public int Size => FirstSymbol + _symbols.Length;

    /// <summary>The names of the reserved tokens, which are the tokens 0, 1 and so on.</summary>
    public IReadOnlyList<string> ReservedTokens => _reserved;

    /// <summary>The token that stands for every symbol that is not in the vocabulary; null if a text with one is refused.</summary>
    public int? UnknownToken { get; }

    /// <summary>The symbols, in the order of their tokens, of which the first is <see cref="FirstSymbol"/>.</summary>
    public IReadOnlyList<string> Symbols => _symbols;

    /// <summary>The token of the first symbol.</summary>
    public int FirstSymbol { get; }

    /// <summary>The token of a reserved name.</summary>
    /// <exception cref="ArgumentException">The name is null or not one of <see cref="ReservedTokens"/>.</exception>
    public int ReservedToken(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        int token = Array.IndexOf(_reserved, name);
        return token >= 0 ? token : throw Check.Shape(nameof(name), _reserved.Length == 0 ? "no name, because no token is reserved" : $"one of {Listed(_reserved)}", ErrorText.Quote(name));
    }

    /// <inheritdoc/>
    public abstract int[] Encode(string text);

    /// <inheritdoc/>
    public abstract string Decode(ReadOnlySpan<int> tokens);

    /// <inheritdoc/>
    public abstract TokenDecoder CreateDecoder();

    /// <summary>The vocabulary as JSON, such as for the metadata of a model file.</summary>
    public abstract string ToJson();

    /// <summary>The number of tokens.</summary>
    public override string ToString() => $"{Size} tokens, {_symbols.Length} of them {Kind}";

    private protected abstract string Kind { get; }

    /// <summary>What an unknown symbol decodes to.</summary>
    private protected abstract string UnknownText { get; }

    /// <summary>Returns a copy of names that are all different, and none of them empty.</summary>
    internal static string[] CheckNames(IReadOnlyList<string> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in value)
        {
            if (string.IsNullOrEmpty(name)) throw Check.Shape(nameof(value), "a name for each token", name is null ? "null" : "an empty one");
            if (!IsText(name)) throw Check.Shape(nameof(value), "names of valid Unicode", ErrorText.Quote(name));
            if (!names.Add(name)) throw Check.Shape(nameof(value), "names that are all different", $"{ErrorText.Quote(name)} twice");
        }

        return [.. value];
    }

    /// <summary>Whether every surrogate of a text is one of a pair.</summary>
    internal static bool IsText(string text) => UnpairedSurrogate(text) < 0;

    /// <summary>The index of the first surrogate that is not one of a pair, or -1.</summary>
    internal static int UnpairedSurrogate(ReadOnlySpan<char> text)
    {
        for (int at = 0; at < text.Length;)
        {
            if (Rune.DecodeFromUtf16(text[at..], out _, out int length) != System.Buffers.OperationStatus.Done) return at;
            at += length;
        }

        return -1;
    }

    /// <summary>Throws unless a token is in the vocabulary.</summary>
    private protected void CheckToken(int token, string name) => CheckToken(token, Size, name);

    internal static void CheckToken(int token, int size, string name)
    {
        if ((uint)token >= (uint)size) throw new ArgumentOutOfRangeException(name, token, $"Expected tokens of 0 to {size - 1}, got {token}.");
    }

    /// <summary>The token of a symbol; -1 if it is unknown and there is no token for that.</summary>
    private protected int TokenOf(ReadOnlySpan<char> symbol) => _tokens.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(symbol, out int token) ? token : UnknownToken ?? -1;

    /// <summary>The text of a token; null for a reserved one, which has none.</summary>
    private protected string? TextOf(int token) => token >= FirstSymbol ? _symbols[token - FirstSymbol] : token == UnknownToken ? UnknownText : null;

    private protected ArgumentException Unknown(string symbol, int at) =>
        Check.Shape("text", $"symbols of the vocabulary ({ToString()}, none of which stands for unknown ones)", $"{ErrorText.Quote(symbol)} at character {at}");

    private static string Listed(string[] names) => string.Join(", ", names.Take(8).Select(name => ErrorText.Quote(name))) + (names.Length > 8 ? " and others" : "");
}
