using System.Globalization;
using System.Text;

namespace DinosaurNames;

/// <summary>
/// The characters of a list of names as token numbers. Token 0 is the boundary, which stands before and after every name. Characters
/// are Unicode scalar values, so nothing is cut in two.
/// </summary>
internal sealed class Vocabulary
{
    public const int Boundary = 0;

    public const int LongestAllowed = 100;

    private const string CharactersKey = "characters";
    private const string CapitaliseKey = "capitalise";
    private const string LongestKey = "longest_name";

    private readonly Rune[] _characters;
    private readonly Dictionary<Rune, int> _tokens = [];
    private readonly bool _capitalise;

    private Vocabulary(Rune[] characters, bool capitalise, int longestName)
    {
        _characters = characters;
        _capitalise = capitalise;
        LongestName = longestName;
        foreach (Rune character in characters) _tokens.Add(character, _tokens.Count + 1);
    }

    /// <summary>Characters and the boundary.</summary>
    public int Size => _characters.Length + 1;

    /// <summary>Characters of the longest name: names are not written any longer.</summary>
    public int LongestName { get; }

    /// <summary>What <see cref="FromMetadata"/> needs, to be kept with a model.</summary>
    public Dictionary<string, string> Metadata => new(StringComparer.Ordinal)
    {
        [CharactersKey] = string.Concat(_characters),
        [CapitaliseKey] = _capitalise ? "true" : "false",
        [LongestKey] = LongestName.ToString(CultureInfo.InvariantCulture),
    };

    public static Vocabulary Of(IReadOnlyList<string> names)
    {
        // Case is dropped only where it can be put back: Mcdonald would be no McDonald.
        bool capitalise = names.All(name => string.Equals(name, Capitalised(name.ToLowerInvariant()), StringComparison.Ordinal));
        IEnumerable<Rune> characters = names.SelectMany(name => Runes(name, capitalise));
        return new Vocabulary([.. characters.Distinct().Order()], capitalise, names.Max(name => name.EnumerateRunes().Count()));
    }

    /// <exception cref="InvalidDataException">The metadata holds no vocabulary, or a broken one.</exception>
    public static Vocabulary FromMetadata(IReadOnlyDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue(CharactersKey, out string? characters)) throw new InvalidDataException("it has no vocabulary, so this sample did not save it");
        Rune[] runes = [.. characters.EnumerateRunes()];
        if (runes.Length == 0 || runes.Distinct().Count() < runes.Length || runes.Any(Rune.IsControl)) throw new InvalidDataException("its vocabulary is broken: expected characters, each of them once");
        if (!metadata.TryGetValue(CapitaliseKey, out string? capitalise) || capitalise is not ("true" or "false")) throw new InvalidDataException($"its vocabulary is broken: {CapitaliseKey} is neither true nor false");
        if (!metadata.TryGetValue(LongestKey, out string? text) || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int longest) || longest is < 1 or > LongestAllowed)
            throw new InvalidDataException($"its vocabulary is broken: {LongestKey} is no number of 1 to {LongestAllowed}");
        return new Vocabulary(runes, capitalise is "true", longest);
    }

    public int[] Encode(string name) => [.. Runes(name, _capitalise).Select(character => _tokens[character])];

    public string Decode(IReadOnlyList<int> tokens)
    {
        string name = string.Concat(tokens.Select(token => _characters[token - 1]));
        return _capitalise ? Capitalised(name) : name;
    }

    private static IEnumerable<Rune> Runes(string name, bool lower) => (lower ? name.ToLowerInvariant() : name).EnumerateRunes();

    private static string Capitalised(string name)
    {
        Rune first = name.EnumerateRunes().First();
        return $"{Rune.ToUpperInvariant(first)}{name.AsSpan(first.Utf16SequenceLength)}";
    }
}
