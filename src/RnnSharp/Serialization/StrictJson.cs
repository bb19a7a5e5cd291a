using System.Text.Json;

namespace RnnSharp.Serialization;

/// <summary>JSON from outside: every way in which it can be wrong ends in an <see cref="InvalidDataException"/> that says where.</summary>
internal static class StrictJson
{
    private const int LongestQuote = 120;

    /// <summary>Parses an object. Duplicate names are refused, because readers disagree about which one counts.</summary>
    public static JsonDocument ParseObject(ReadOnlyMemory<byte> utf8, int maxDepth, string where)
    {
        JsonDocument? document = null;
        try
        {
            document = JsonDocument.Parse(utf8, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = maxDepth });
            Require(document.RootElement, JsonValueKind.Object, where);
            return document;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a name that is no Unicode text.
            throw new InvalidDataException($"{where}: no valid JSON: {exception.Message}", exception);
        }
        catch
        {
            document?.Dispose();
            throw;
        }
    }

    /// <summary>The members of an object.</summary>
    public static IEnumerable<(string Name, JsonElement Value)> Members(JsonElement element, string where)
    {
        Require(element, JsonValueKind.Object, where);
        return element.EnumerateObject().Select(member => (Unicode(() => member.Name, where), member.Value));
    }

    public static JsonElement.ArrayEnumerator Items(JsonElement element, string where)
    {
        Require(element, JsonValueKind.Array, where);
        return element.EnumerateArray();
    }

    public static string Text(JsonElement element, string where)
    {
        Require(element, JsonValueKind.String, where);
        return Unicode(() => element.GetString()!, where);
    }

    /// <summary>A whole number of 0 or more that fits a long.</summary>
    public static long Natural(JsonElement element, string where)
    {
        Require(element, JsonValueKind.Number, where);
        if (!element.TryGetInt64(out long value) || value < 0)
            throw new InvalidDataException($"{where}: expected a whole number of 0 to {long.MaxValue}, got {Quote(element.GetRawText())}.");
        return value;
    }

    /// <summary>A whole number that fits an int.</summary>
    public static int Integer(JsonElement element, string where)
    {
        Require(element, JsonValueKind.Number, where);
        if (!element.TryGetInt32(out int value)) throw new InvalidDataException($"{where}: expected a whole number of {int.MinValue} to {int.MaxValue}, got {Quote(element.GetRawText())}.");
        return value;
    }

    /// <summary>A number within a double's range.</summary>
    public static double Number(JsonElement element, string where)
    {
        Require(element, JsonValueKind.Number, where);
        if (!element.TryGetDouble(out double value) || !double.IsFinite(value)) throw new InvalidDataException($"{where}: expected a number within double's range, got {Quote(element.GetRawText())}.");
        return value;
    }

    public static bool Flag(JsonElement element, string where) => element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw new InvalidDataException($"{where}: expected true or false, got {element.ValueKind}."),
    };

    /// <summary>A text from outside for a message: cut short, and without characters that would change what a log shows.</summary>
    public static string Quote(string text)
    {
        string shown = text.Length <= LongestQuote ? text : $"{text[..LongestQuote]}...";
        return $"\"{string.Create(shown.Length, shown, static (span, source) =>
        {
            for (int i = 0; i < span.Length; i++) span[i] = char.IsControl(source[i]) ? '?' : source[i];
        })}\"";
    }

    private static void Require(JsonElement element, JsonValueKind kind, string where)
    {
        if (element.ValueKind != kind) throw new InvalidDataException($"{where}: expected {kind}, got {element.ValueKind}.");
    }

    private static string Unicode(Func<string> read, string where)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidDataException($"{where}: a string is no Unicode text.", exception);
        }
    }
}
