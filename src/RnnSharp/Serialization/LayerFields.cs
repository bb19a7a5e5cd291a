using System.Globalization;
using System.Text;
using System.Text.Json;
using Token = RnnSharp.Serialization.DescriptionText.Token;

namespace RnnSharp.Serialization;

/// <summary>
/// The fields of one layer in a model file: numbers, texts and flags by name, and the layer's parts. Every method throws an
/// <see cref="InvalidDataException"/> that names the layer and the field if the file does not have the requested value.
/// </summary>
public sealed class LayerFields
{
    private const int MaxFields = 64;
    private const int MaxTextLength = 1000;
    private const string PartsField = "layers";
    private const string TiedField = "tied";

    private readonly DescriptionText _text;
    private readonly LayerFields? _parent;
    private readonly int _index;
    private readonly int _depth;
    private readonly int _first;
    private readonly string _kind = "";
    private int _count;
    private ulong _read;
    private bool _hasParts;

    private LayerFields(DescriptionText text, LayerFields? parent, int index)
    {
        _text = text;
        _parent = parent;
        _index = index;
        _depth = parent is null ? 1 : parent._depth + 1;
        _first = text.Fields.Count;
        if (_depth > text.Limits.Nesting) throw new InvalidDataException($"The model's description: expected at most {text.Limits.Nesting} layers inside one another (ModelLimits.Nesting).");
        if (++text.Layers > text.Limits.Layers) throw new InvalidDataException($"The model's description: expected at most {text.Limits.Layers} layers (ModelLimits.Layers).");
        ReadFields();
        _kind = Text("kind");
    }

    /// <summary>The position of the layer in the model, such as model.layers[2].</summary>
    internal string Path
    {
        get
        {
            if (_parent is null) return "model";
            var path = new StringBuilder(_parent.Path);
            return path.Append(CultureInfo.InvariantCulture, $".{PartsField}[{_index}]").ToString();
        }
    }

    /// <summary>Whether there is a field with this name.</summary>
    /// <param name="field">A name in ASCII.</param>
    public bool Has(string field) => IndexOf(field) >= 0;

    /// <summary>A text of at most 1000 characters.</summary>
    /// <param name="field">The field's name.</param>
    public string Text(string field)
    {
        Token value = Value(field, JsonTokenType.String);
        if (value.Length > 6 * MaxTextLength) throw Invalid($"{field}: expected at most {MaxTextLength} characters, got {_text.Quote(value)}.");
        string text = _text.Text(value) ?? throw Invalid($"{field}: the text is not valid Unicode.");
        return text.Length <= MaxTextLength ? text : throw Invalid($"{field}: expected at most {MaxTextLength} characters, got {ErrorText.Quote(text)}.");
    }

    /// <summary>One of several texts, returned as its index, for the values of an enumeration.</summary>
    /// <param name="field">The field's name.</param>
    /// <param name="choices">The allowed texts.</param>
    public int Choice(string field, params string[] choices)
    {
        ArgumentNullException.ThrowIfNull(choices);
        Token value = Value(field, JsonTokenType.String);
        for (int i = 0; i < choices.Length; i++)
        {
            if (_text.Is(value, choices[i])) return i;
        }

        throw Invalid($"{field}: expected {string.Join(" or ", choices)}, got {_text.Quote(value)}.");
    }

    /// <summary>True or false.</summary>
    /// <param name="field">The field's name.</param>
    public bool Flag(string field) => ValueOf(field) is { Type: JsonTokenType.True or JsonTokenType.False } value
        ? value.Type == JsonTokenType.True
        : throw Invalid($"{field}: expected true or false, got {ErrorText.Kind(ValueOf(field).Type)}.");

    /// <summary>A whole number of 1 to 2,147,483,647: features or units.</summary>
    /// <param name="field">The field's name.</param>
    public int Size(string field) => Integer(field, 1, int.MaxValue);

    /// <summary>A whole number in an inclusive range.</summary>
    /// <param name="field">The field's name.</param>
    /// <param name="least">The smallest allowed value.</param>
    /// <param name="most">The largest allowed value.</param>
    public int Integer(string field, int least = int.MinValue, int most = int.MaxValue)
    {
        Token value = Value(field, JsonTokenType.Number);
        return _text.Whole(value) is { } number && number >= least && number <= most
            ? (int)number
            : throw Invalid($"{field}: expected a whole number of {least} to {most}, got {_text.Quote(value)}.");
    }

    /// <summary>A finite number.</summary>
    /// <param name="field">The field's name.</param>
    public double Number(string field)
    {
        Token value = Value(field, JsonTokenType.Number);
        return _text.Number(value) ?? throw Invalid($"{field}: expected a number within double's range, got {_text.Quote(value)}.");
    }

    /// <summary>A finite number in a range.</summary>
    /// <param name="field">The field's name.</param>
    /// <param name="expected">The range, for the exception's message: "at least 0 and below 1".</param>
    /// <param name="allows">Whether a number is in the range.</param>
    public double Number(string field, string expected, Func<double, bool> allows)
    {
        ArgumentNullException.ThrowIfNull(allows);
        double number = Number(field);
        return allows(number) ? number : throw Invalid($"{field}: expected {expected}, got {_text.Quote(ValueOf(field))}.");
    }

    /// <summary>The <see cref="TensorLayout.TiedTo"/> that the layer was saved with; null if it shares no parameter.</summary>
    public string? TiedName() => Has(TiedField) ? Text(TiedField) : null;

    /// <summary>The layer's parts, one for each given name.</summary>
    /// <param name="names">The parts' names, as in <see cref="ILayer{T}.Parts"/>.</param>
    public IReadOnlyList<PartDescription> Parts(params string[] names)
    {
        ArgumentNullException.ThrowIfNull(names);
        IReadOnlyList<PartDescription> parts = ReadParts(i => i < names.Length ? names[i] : throw Invalid($"{PartsField}: expected {names.Length}, got more."));
        return parts.Count == names.Length ? parts : throw Invalid($"{PartsField}: expected {names.Length}, got {parts.Count}.");
    }

    /// <summary>The layer's parts, at least one, named by their indices from 0 on.</summary>
    public IReadOnlyList<PartDescription> NumberedParts()
    {
        IReadOnlyList<PartDescription> parts = ReadParts(i => i.ToString(CultureInfo.InvariantCulture));
        return parts.Count > 0 ? parts : throw Invalid($"{PartsField}: expected at least one layer.");
    }

    /// <summary>Creates an exception for an invalid field. Its message names the layer.</summary>
    /// <param name="problem">What was expected, and what the file contains.</param>
    public InvalidDataException Invalid(string problem) => DescriptionText.Invalid(this, problem);

    /// <summary>Reads a whole model.</summary>
    internal static LayerDescription ReadModel(DescriptionText text) => Read(text, parent: null, index: 0);

    /// <summary>Writes the field that <see cref="TiedName"/> reads.</summary>
    internal static void WriteTied(Utf8JsonWriter writer, string? tied)
    {
        if (tied is not null) writer.WriteString(TiedField, tied);
    }

    /// <summary>Writes a layer with its parts.</summary>
    internal static void Write(Utf8JsonWriter writer, LayerDescription layer)
    {
        writer.WriteStartObject();
        writer.WriteString("kind", layer.Kind);
        layer.Write(writer);
        if (layer.Parts.Count > 0)
        {
            writer.WriteStartArray(PartsField);
            foreach (PartDescription part in layer.Parts) Write(writer, part.Layer);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static LayerDescription Read(DescriptionText text, LayerFields? parent, int index)
    {
        var fields = new LayerFields(text, parent, index);
        LayerFormat format = text.Formats.OfKind(fields._kind) ?? throw fields.Invalid($"the kind of layer {ErrorText.Quote(fields._kind)} is unknown.");
        LayerDescription description;
        try
        {
            description = format.Read(fields);
        }
        catch (ArgumentException exception)
        {
            throw DescriptionText.Invalid(fields, exception.Message, exception);
        }

        description.Kind = format.Kind;
        fields.End();
        return description;
    }

    private void ReadFields()
    {
        while (true)
        {
            Token name = _text.Next(this);
            if (name.Type == JsonTokenType.EndObject) return;
            if (name.IsEscaped) throw Invalid($"expected field names without escapes, got {_text.Quote(name)}.");
            if (_text.Is(name, PartsField))
            {
                _hasParts = true;
                _text.Next(JsonTokenType.StartArray, PartsField, this);
                return;
            }

            Token value = _text.Next(this);
            if (value.Type is JsonTokenType.StartObject or JsonTokenType.StartArray) throw Invalid($"{_text.Quote(name)}: expected a number, a text or a flag, got {ErrorText.Kind(value.Type)}.");
            if (_count == MaxFields) throw Invalid($"expected at most {MaxFields} fields.");
            for (int i = 0; i < _count; i++)
            {
                if (_text.HasSameText(_text.Fields[_first + 2 * i], name)) throw Invalid($"the field {_text.Quote(name)} occurs twice.");
            }

            _text.Fields.Add(name);
            _text.Fields.Add(value);
            _count++;
        }
    }

    private PartDescription[] ReadParts(Func<int, string> nameOf)
    {
        if (!_hasParts) throw Invalid($"the field {PartsField} is missing.");
        _hasParts = false;
        var parts = new List<PartDescription>();
        while (true)
        {
            Token token = _text.Next(this);
            if (token.Type == JsonTokenType.EndArray) break;
            if (token.Type != JsonTokenType.StartObject) throw Invalid($"{PartsField}[{parts.Count}]: expected an object, got {ErrorText.Kind(token.Type)}.");
            parts.Add(new PartDescription(nameOf(parts.Count), Read(_text, this, parts.Count)));
        }

        Token end = _text.Next(this);
        return end.Type == JsonTokenType.EndObject ? [.. parts] : throw Invalid($"expected {PartsField} to be the last field, got {_text.Quote(end)} after it.");
    }

    private void End()
    {
        if (_hasParts) throw Invalid($"the field {PartsField} is unknown.");
        for (int i = 0; i < _count; i++)
        {
            if ((_read >> i & 1) == 0) throw Invalid($"the field {_text.Quote(_text.Fields[_first + 2 * i])} is unknown.");
        }

        _text.Fields.RemoveRange(_first, 2 * _count);
    }

    private Token Value(string field, JsonTokenType type)
    {
        Token value = ValueOf(field);
        return value.Type == type ? value : throw Invalid($"{field}: expected {ErrorText.Kind(type)}, got {ErrorText.Kind(value.Type)}.");
    }

    private Token ValueOf(string field)
    {
        int index = IndexOf(field);
        if (index < 0) throw Invalid($"the field {field} is missing.");
        _read |= 1UL << index;
        return _text.Fields[_first + 2 * index + 1];
    }

    private int IndexOf(string field)
    {
        ArgumentException.ThrowIfNullOrEmpty(field);
        for (int i = 0; i < _count; i++)
        {
            if (_text.Is(_text.Fields[_first + 2 * i], field)) return i;
        }

        return -1;
    }
}
