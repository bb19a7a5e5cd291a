using System.Globalization;
using System.Text;
using System.Text.Json;
using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <summary>
/// A value of a JSON text, by its bytes. Members are searched for when they are asked for, so that a text takes no memory besides its bytes.
/// </summary>
internal readonly struct KerasJson
{
    private const int MaxDepth = 64;

    /// <summary>How every text is read.</summary>
    public static readonly JsonReaderOptions Options = new() { MaxDepth = MaxDepth };

    private readonly ReadOnlyMemory<byte> _json;

    // The text for exceptions is made only when one is thrown.
    private readonly object _what;
    private readonly string? _name;

    public KerasJson(ReadOnlyMemory<byte> json, object what, string? name = null)
    {
        _json = json;
        _what = what;
        _name = name;
    }

    public JsonTokenType Kind
    {
        get
        {
            Utf8JsonReader reader = Start();
            return reader.TokenType;
        }
    }

    public bool IsNull => Kind == JsonTokenType.Null;

    /// <summary>Whether the value is one that turns an option off: null, false, 0, or an empty text, object or array.</summary>
    public bool IsOff => Kind switch
    {
        JsonTokenType.Null or JsonTokenType.False => true,
        JsonTokenType.Number => Double() == 0,
        JsonTokenType.String => Text().Length == 0,
        JsonTokenType.StartArray or JsonTokenType.StartObject => IsEmpty(),
        _ => false,
    };

    /// <summary>Checks a whole text.</summary>
    /// <param name="utf8">The text; it must not change.</param>
    /// <param name="what">What it is, for exceptions.</param>
    /// <exception cref="InvalidDataException">It is not JSON, or is nested too deeply.</exception>
    public static KerasJson Parse(ReadOnlyMemory<byte> utf8, string what)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8.Span, Options);
            while (reader.Read())
            {
                // Text that is not Unicode is found here and not later.
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName) RequireUnicode(ref reader);
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{what} is not valid JSON: {exception.Message}", exception);
        }

        return new KerasJson(utf8, what);
    }

    /// <summary>The value of a member of an object; null if there is none.</summary>
    public KerasJson? Find(string name)
    {
        Utf8JsonReader reader = Start(JsonTokenType.StartObject);
        KerasJson? found = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isIt = IsName(ref reader, name);
            reader.Read();
            int start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (!isIt) continue;
            if (found is not null) throw Invalid($"has {ErrorText.Quote(name)} twice");
            found = new KerasJson(_json[start..(int)reader.BytesConsumed], _what, name);
        }

        return found;
    }

    /// <summary>The value of a member that must be there.</summary>
    public KerasJson Get(string name) => Find(name) ?? throw Invalid($"has no {ErrorText.Quote(name)}");

    /// <summary>The value of a member, unless it is missing or null.</summary>
    public KerasJson? FindSet(string name) => Find(name) is { IsNull: false } found ? found : null;

    /// <summary>The members of an object.</summary>
    /// <param name="what">What the object is; its text is used for exceptions.</param>
    public KerasMembers Members(object what)
    {
        Start(JsonTokenType.StartObject);
        return new KerasMembers(_json, what);
    }

    /// <summary>The items of an array, of which there may be as many as given.</summary>
    public IEnumerable<KerasJson> Items(int most)
    {
        Start(JsonTokenType.StartArray);
        var state = new JsonReaderState(Options);
        int position = 0;
        for (int count = 0; Next(ref state, ref position, out KerasJson item); count++)
        {
            if (count == most) throw Invalid($"has more than {most} items");
            yield return item;
        }
    }

    /// <summary>The items of a short array.</summary>
    public List<KerasJson> ShortList() => [.. Items(8)];

    public string Text()
    {
        Utf8JsonReader reader = Start(JsonTokenType.String);
        return reader.GetString()!;
    }

    public bool Boolean()
    {
        Utf8JsonReader reader = Start();
        return reader.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            _ => throw Expected("true or false", reader.TokenType),
        };
    }

    public double Double()
    {
        Utf8JsonReader reader = Start(JsonTokenType.Number);
        return reader.TryGetDouble(out double value) && double.IsFinite(value) ? value : throw Invalid("is not a finite number");
    }

    public long Int64()
    {
        Utf8JsonReader reader = Start(JsonTokenType.Number);
        return reader.TryGetInt64(out long value) ? value : throw Invalid("is not a whole number");
    }

    /// <summary>A whole number of at least 1.</summary>
    public int Size()
    {
        long value = Int64();
        return value is >= 1 and <= int.MaxValue ? (int)value : throw Invalid(string.Create(CultureInfo.InvariantCulture, $"is {value}: expected 1 to {int.MaxValue}"));
    }

    public InvalidDataException Invalid(string problem) => new(_name is null ? $"{_what} {problem}." : $"{ErrorText.Quote(_name)} of {_what} {problem}.");

    /// <summary>Whether a member has a name, of ASCII characters; most differ by their lengths.</summary>
    private static bool IsName(ref Utf8JsonReader reader, string name) => reader.ValueIsEscaped ? reader.ValueTextEquals(name) : reader.ValueSpan.Length == name.Length && Ascii.Equals(reader.ValueSpan, name);

    private static void RequireUnicode(ref Utf8JsonReader reader)
    {
        // The reader itself checks escapes only when it decodes them.
        if (reader.ValueIsEscaped) reader.GetString();
        else if (!System.Text.Unicode.Utf8.IsValid(reader.ValueSpan)) throw new JsonException("A text is not UTF-8.");
    }

    private InvalidDataException Expected(string expected, JsonTokenType actual) => Invalid($"is {ErrorText.Kind(actual)}: expected {expected}");

    private Utf8JsonReader Start()
    {
        var reader = new Utf8JsonReader(_json.Span, Options);
        reader.Read();
        return reader;
    }

    private Utf8JsonReader Start(JsonTokenType expected)
    {
        Utf8JsonReader reader = Start();
        return reader.TokenType == expected ? reader : throw Expected(ErrorText.Kind(expected), reader.TokenType);
    }

    /// <summary>Reads the next item of an array.</summary>
    private bool Next(ref JsonReaderState state, ref int position, out KerasJson item)
    {
        var reader = new Utf8JsonReader(_json.Span[position..], isFinalBlock: true, state);
        if (position == 0) reader.Read();
        reader.Read();
        item = default;
        if (reader.TokenType == JsonTokenType.EndArray) return false;
        int start = position + (int)reader.TokenStartIndex;
        reader.Skip();
        position += (int)reader.BytesConsumed;
        state = reader.CurrentState;
        item = new KerasJson(_json[start..position], _what);
        return true;
    }

    private bool IsEmpty()
    {
        Utf8JsonReader reader = Start();
        reader.Read();
        return reader.TokenType is JsonTokenType.EndArray or JsonTokenType.EndObject;
    }
}
