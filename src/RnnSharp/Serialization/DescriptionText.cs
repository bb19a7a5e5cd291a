using System.Globalization;
using System.Text.Json;

namespace RnnSharp.Serialization;

/// <summary>
/// Reads a model's description token by token, without building a tree in memory. Its grammar is small: a layer is an object with its kind,
/// then fields that are numbers, texts or flags, and then, if it has parts, "layers" with an array of layers.
/// </summary>
internal sealed class DescriptionText
{
    private readonly ReadOnlyMemory<byte> _utf8;
    private JsonReaderState _state;
    private int _position;

    public DescriptionText(ReadOnlyMemory<byte> utf8, LayerFormats formats, ModelLimits limits)
    {
        _utf8 = utf8;
        Formats = formats;
        Limits = limits;
        _state = new JsonReaderState(new JsonReaderOptions { MaxDepth = 2 * ModelLimits.DeepestNesting + 4 });
    }

    public LayerFormats Formats { get; }

    public ModelLimits Limits { get; }

    /// <summary>Layers read so far.</summary>
    public int Layers { get; set; }

    /// <summary>The fields of the layers that are being read, those of an inner layer after those of the layer around it.</summary>
    public List<Token> Fields { get; } = [];

    /// <summary>Reads the next token.</summary>
    /// <exception cref="InvalidDataException">The text is not valid JSON.</exception>
    public Token Next(LayerFields? layer = null)
    {
        try
        {
            var reader = new Utf8JsonReader(_utf8.Span[_position..], isFinalBlock: true, _state);
            if (!reader.Read()) throw Invalid(layer, "The text ends too early.");
            int quote = reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName ? 1 : 0;
            var token = new Token(reader.TokenType, _position + (int)reader.TokenStartIndex + quote, reader.ValueSpan.Length, reader.ValueIsEscaped);
            _position += (int)reader.BytesConsumed;
            _state = reader.CurrentState;
            return token;
        }
        catch (JsonException exception)
        {
            throw Invalid(layer, $"not valid JSON: {exception.Message}", exception);
        }
    }

    /// <summary>Reads the next token, which must be of the given type.</summary>
    public Token Next(JsonTokenType type, string what, LayerFields? layer = null)
    {
        Token token = Next(layer);
        return token.Type == type ? token : throw Invalid(layer, $"{what}: expected {ErrorText.Kind(type)}, got {ErrorText.Kind(token.Type)}.");
    }

    /// <summary>Reads the next token, which must be a property with the given name.</summary>
    public void Property(string name)
    {
        Token token = Next();
        if (token.Type != JsonTokenType.PropertyName || !Is(token, name)) throw Invalid(null, $"expected the field {name}, got {(token.Type == JsonTokenType.PropertyName ? Quote(token) : ErrorText.Kind(token.Type))}.");
    }

    /// <summary>Throws unless the text ends here.</summary>
    public void End()
    {
        try
        {
            if (new Utf8JsonReader(_utf8.Span[_position..], isFinalBlock: true, _state).Read()) throw Invalid(null, "The text has more than one value.");
        }
        catch (JsonException exception)
        {
            throw Invalid(null, $"not valid JSON: {exception.Message}", exception);
        }
    }

    /// <summary>Whether a text or property has the given characters. A text with escapes never matches, because no expected text needs any.</summary>
    public bool Is(Token token, string text)
    {
        ReadOnlySpan<byte> utf8 = Bytes(token);
        if (token.IsEscaped || utf8.Length != text.Length) return false;
        for (int i = 0; i < utf8.Length; i++)
        {
            if (utf8[i] != text[i]) return false;
        }

        return true;
    }

    public bool HasSameText(Token first, Token second) => Bytes(first).SequenceEqual(Bytes(second));

    public string Quote(Token token) => ErrorText.Quote(Bytes(token));

    /// <summary>The characters of a text; null if it is not valid Unicode.</summary>
    public string? Text(Token token)
    {
        try
        {
            var reader = new Utf8JsonReader(_utf8.Span.Slice(token.Start - 1, token.Length + 2));
            reader.Read();
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    public long? Whole(Token token) => long.TryParse(Bytes(token), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value : null;

    public double? Number(Token token) => double.TryParse(Bytes(token), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null;

    public static InvalidDataException Invalid(LayerFields? layer, string problem, Exception? inner = null) => new($"The model's description{(layer is null ? "" : $", {layer.Path}")}: {problem}", inner);

    private ReadOnlySpan<byte> Bytes(Token token) => _utf8.Span.Slice(token.Start, token.Length);

    /// <summary>The position of a token in the text, without quotation marks.</summary>
    internal readonly record struct Token(JsonTokenType Type, int Start, int Length, bool IsEscaped);
}
