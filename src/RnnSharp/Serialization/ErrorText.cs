using System.Globalization;
using System.Text;
using System.Text.Json;

namespace RnnSharp.Serialization;

/// <summary>Formats text from a file for exception messages: truncated, so that messages do not grow with a file, and safe to log.</summary>
internal static class ErrorText
{
    private const int MaxQuote = 60;
    private const int MaxItems = 8;
    private const int MaxPath = 260;

    /// <summary>Quotes a text, replacing characters that could corrupt a log.</summary>
    public static string Quote(ReadOnlySpan<char> text)
    {
        var shown = new StringBuilder("\"", MaxQuote + 6);
        AppendVisible(shown, text[..Math.Min(text.Length, MaxQuote)]);
        return shown.Append(text.Length > MaxQuote ? "...\"" : "\"").ToString();
    }

    /// <summary>Formats a file's path, replacing characters that could corrupt a log. A long one is cut at its start, because the name is at its end.</summary>
    public static string Path(ReadOnlySpan<char> path)
    {
        var shown = new StringBuilder(path.Length > MaxPath ? "..." : "");
        AppendVisible(shown, path[^Math.Min(path.Length, MaxPath)..]);
        return shown.ToString();
    }

    /// <summary>Quotes UTF-8 text from a file, which may be invalid.</summary>
    public static string Quote(ReadOnlySpan<byte> utf8)
    {
        const int MaxCharacterBytes = 4;
        return Quote(Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, MaxCharacterBytes * (MaxQuote + 1))]));
    }

    /// <summary>Formats a tensor's shape as [2, 3].</summary>
    public static string Shape(ReadOnlySpan<long> shape)
    {
        var text = new StringBuilder("[");
        for (int i = 0; i < Math.Min(shape.Length, MaxItems); i++) text.Append(CultureInfo.InvariantCulture, $"{(i > 0 ? ", " : "")}{shape[i]}");
        return text.Append(shape.Length > MaxItems ? $", ...: {shape.Length} sizes]" : "]").ToString();
    }

    /// <summary>Describes the type of a JSON token.</summary>
    public static string Kind(JsonTokenType type) => type switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.EndObject => "the end of the object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.EndArray => "the end of the array",
        JsonTokenType.PropertyName => "a field",
        JsonTokenType.String => "a text",
        JsonTokenType.Number => "a number",
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        JsonTokenType.Null => "null",
        _ => "nothing",
    };

    private static void AppendVisible(StringBuilder shown, ReadOnlySpan<char> text)
    {
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (IsVisible(rune)) shown.Append(rune);
            else shown.Append('?');
        }
    }

    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}

/// <summary>A list for an exception's message: the first few items and how many more there are.</summary>
internal sealed class ErrorList
{
    private const int MaxItems = 8;

    private readonly List<string> _shown = [];

    public int Count { get; private set; }

    /// <summary>Whether the next item will be shown; if not, its text need not be created.</summary>
    public bool HasRoom => _shown.Count < MaxItems;

    public void Add(string item)
    {
        Count++;
        if (HasRoom) _shown.Add(item);
    }

    public override string ToString() => string.Join("; ", _shown) + (Count > _shown.Count ? $"; and {Count - _shown.Count} more" : "");
}
