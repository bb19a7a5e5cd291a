using System.Globalization;
using System.Text;
using System.Text.Json;

namespace RnnSharp.Serialization;

/// <summary>Text from a file in an exception's message: cut short, so that no message grows with a file, and safe to log.</summary>
internal static class ErrorText
{
    private const int LongestQuote = 60;
    private const int MostItems = 8;

    /// <summary>A text in quotation marks, without characters that could change what a log shows.</summary>
    public static string Quote(ReadOnlySpan<char> text)
    {
        var shown = new StringBuilder("\"", LongestQuote + 6);
        foreach (Rune rune in text[..Math.Min(text.Length, LongestQuote)].EnumerateRunes())
        {
            if (IsVisible(rune)) shown.Append(rune);
            else shown.Append('?');
        }

        return shown.Append(text.Length > LongestQuote ? "...\"" : "\"").ToString();
    }

    /// <summary>UTF-8 text from a file, which may be invalid, in quotation marks.</summary>
    public static string Quote(ReadOnlySpan<byte> utf8)
    {
        const int LongestCharacter = 4;
        return Quote(Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, LongestCharacter * (LongestQuote + 1))]));
    }

    /// <summary>A tensor's shape as [2, 3].</summary>
    public static string Shape(ReadOnlySpan<long> shape)
    {
        var text = new StringBuilder("[");
        for (int i = 0; i < Math.Min(shape.Length, MostItems); i++) text.Append(CultureInfo.InvariantCulture, $"{(i > 0 ? ", " : "")}{shape[i]}");
        return text.Append(shape.Length > MostItems ? $", ...: {shape.Length} sizes]" : "]").ToString();
    }

    /// <summary>A kind of JSON token in words.</summary>
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

    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}

/// <summary>A list for an exception's message: the first few items and how many more there are.</summary>
internal sealed class ErrorList
{
    private const int MostItems = 8;

    private readonly List<string> _shown = [];

    public int Count { get; private set; }

    /// <summary>Whether another item's text will be shown; of one that will not, no text need be made.</summary>
    public bool HasRoom => _shown.Count < MostItems;

    public void Add(string item)
    {
        Count++;
        if (HasRoom) _shown.Add(item);
    }

    public override string ToString() => string.Join("; ", _shown) + (Count > _shown.Count ? $"; and {Count - _shown.Count} more" : "");
}
