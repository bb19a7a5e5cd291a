using System.Globalization;
using System.Text;

namespace DinosaurNames;

/// <summary>
/// The characters of a list of names as token numbers. Token 0 is the boundary, which precedes and follows every name. Characters are Unicode
/// scalar values, so surrogate pairs are never split.
/// </summary>
internal sealed class Vocabulary
{
    public const int Boundary = 0;

    public const int LongestAllowed = 100;

    private const string CharactersKey = "characters";
    private const string CapitalizeKey = "capitalize";
    private const string LongestKey = "longest_name";

    private readonly Rune[] _characters;
    private readonly Dictionary<Rune, int> _tokens = [];
    private readonly bool _capitalize;

    private Vocabulary(Rune[] characters, bool capitalize, int longestName)
    {
        _characters = characters;
        _capitalize = capitalize;
        LongestName = longestName;
        foreach (Rune character in characters) _tokens.Add(character, _tokens.Count + 1);
    }

    /// <summary>The number of characters plus the boundary.</summary>
    public int Size => _characters.Length + 1;

    /// <summary>The length of the longest name, which limits the names that are written.</summary>
    public int LongestName { get; }

    /// <summary>The metadata from which <see cref="FromMetadata"/> restores the vocabulary, to be saved with a model.</summary>
    public Dictionary<string, string> Metadata => new(StringComparer.Ordinal)
    {
        [CharactersKey] = string.Concat(_characters),
        [CapitalizeKey] = _capitalize ? "true" : "false",
        [LongestKey] = LongestName.ToString(CultureInfo.InvariantCulture),
    };

    public static Vocabulary Of(IReadOnlyList<string> names)
    {
        // Case is ignored only if it can be restored: McDonald would become Mcdonald.
        bool capitalize = names.All(name => string.Equals(name, Capitalized(name.ToLowerInvariant()), StringComparison.Ordinal));
        IEnumerable<Rune> characters = names.SelectMany(name => Runes(name, capitalize));
        return new Vocabulary([.. characters.Distinct().Order()], capitalize, names.Max(name => name.EnumerateRunes().Count()));
    }

    /// <exception cref="InvalidDataException">The metadata contains no vocabulary or an invalid one.</exception>
    public static Vocabulary FromMetadata(IReadOnlyDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue(CharactersKey, out string? characters)) throw new InvalidDataException("it has no vocabulary, so it was not saved by this sample");
        Rune[] runes = [.. characters.EnumerateRunes()];
        if (runes.Length == 0 || runes.Distinct().Count() < runes.Length || runes.Any(Rune.IsControl)) throw new InvalidDataException("its vocabulary is invalid: expected characters, each of them once");
        if (!metadata.TryGetValue(CapitalizeKey, out string? capitalize) || capitalize is not ("true" or "false")) throw new InvalidDataException($"its vocabulary is invalid: {CapitalizeKey} is neither true nor false");
        if (!metadata.TryGetValue(LongestKey, out string? text) || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int longest) || longest is < 1 or > LongestAllowed)
            throw new InvalidDataException($"its vocabulary is invalid: {LongestKey} is not a number from 1 to {LongestAllowed}");
        return new Vocabulary(runes, capitalize is "true", longest);
    }

    public int[] Encode(string name) => [.. Runes(name, _capitalize).Select(character => _tokens[character])];

    public string Decode(IReadOnlyList<int> tokens)
    {
        string name = string.Concat(tokens.Select(token => _characters[token - 1]));
        return _capitalize ? Capitalized(name) : name;
    }

    private static IEnumerable<Rune> Runes(string name, bool lower) => (lower ? name.ToLowerInvariant() : name).EnumerateRunes();

    private static string Capitalized(string name)
    {
        Rune first = name.EnumerateRunes().First();
        return $"{Rune.ToUpperInvariant(first)}{name.AsSpan(first.Utf16SequenceLength)}";
    }
}
