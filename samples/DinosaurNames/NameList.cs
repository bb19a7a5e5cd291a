using System.Text;

namespace DinosaurNames;

/// <summary>Names to learn from.</summary>
/// <param name="Names">The names, all of them different; in lower case if they are capitalized.</param>
/// <param name="IsCapitalized">Whether every name is in lower case except for a capital first letter, so that case can be ignored and restored.</param>
internal sealed record NameList(string[] Names, bool IsCapitalized)
{
    public const int LongestAllowed = 100;

    private const int MinNames = 20;

    /// <exception cref="InvalidDataException">The file is not a list of names, or has too few names.</exception>
    public static NameList Read(string path)
    {
        string[] names;
        try
        {
            names = [.. File.ReadAllLines(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true)).Select(line => line.Trim())];
        }
        catch (DecoderFallbackException exception)
        {
            throw new InvalidDataException($"{path} is not UTF-8 text.", exception);
        }

        foreach ((int i, string name) in names.Index())
        {
            if (name.EnumerateRunes().Any(Rune.IsControl)) throw new InvalidDataException($"{path}, line {i + 1}: expected a name, got a control character (is it a list with one name per line?).");
            if (name.EnumerateRunes().Count() is > LongestAllowed and var length) throw new InvalidDataException($"{path}, line {i + 1}: expected a name of at most {LongestAllowed} characters, got {length}.");
        }

        names = [.. names.Where(name => name.Length > 0).Distinct(StringComparer.Ordinal)];
        if (names.Length < MinNames) throw new InvalidDataException($"{path} has {(names.Length == 0 ? "no names" : $"too few different names ({names.Length})")}: at least {MinNames} are needed.");
        bool isCapitalized = names.All(name => string.Equals(name, Capitalized(name.ToLowerInvariant()), StringComparison.Ordinal));
        return new NameList(isCapitalized ? [.. names.Select(name => name.ToLowerInvariant())] : names, isCapitalized);
    }

    public static string Capitalized(string name)
    {
        Rune first = name.EnumerateRunes().First();
        return $"{Rune.ToUpperInvariant(first)}{name.AsSpan(first.Utf16SequenceLength)}";
    }
}
