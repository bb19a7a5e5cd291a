using System.Text.Json;

namespace RnnSharp.Serialization;

/// <summary>Reads the fields of one object of a model's description, and refuses those that nobody asked for.</summary>
internal sealed class DescriptionReader(JsonElement element, string where)
{
    private readonly Dictionary<string, JsonElement> _fields = StrictJson.Members(element, where).ToDictionary(StringComparer.Ordinal);

    /// <summary>The object's place, for messages.</summary>
    public string Where => where;

    public string Text(string field) => StrictJson.Text(Take(field), $"{where}, {field}");

    /// <summary>Whether a field that may be left out is there.</summary>
    public bool Has(string field) => _fields.ContainsKey(field);

    /// <summary>A flag that is left out where it is off.</summary>
    public bool OptionalFlag(string field) => Has(field) && Flag(field);

    /// <summary>A number that is left out where it is 0.</summary>
    public double OptionalNumber(string field) => Has(field) ? Number(field) : 0;

    public bool Flag(string field) => StrictJson.Flag(Take(field), $"{where}, {field}");

    /// <summary>A whole number of 0 or more.</summary>
    public long Natural(string field) => StrictJson.Natural(Take(field), $"{where}, {field}");

    /// <summary>A whole number of 1 or more that fits an int.</summary>
    public int Size(string field)
    {
        long value = Natural(field);
        if (value is < 1 or > int.MaxValue) throw new InvalidDataException($"{where}, {field}: expected 1 to {int.MaxValue}, got {value}.");
        return (int)value;
    }

    /// <summary>A whole number that fits an int.</summary>
    public int Integer(string field) => StrictJson.Integer(Take(field), $"{where}, {field}");

    /// <summary>A number within a double's range.</summary>
    public double Number(string field) => StrictJson.Number(Take(field), $"{where}, {field}");

    public DescriptionReader Object(string field) => new(Take(field), $"{where}, {field}");

    public IEnumerable<DescriptionReader> List(string field) =>
        StrictJson.Items(Take(field), $"{where}, {field}").Select((item, i) => new DescriptionReader(item, $"{where}, {field}[{i}]"));

    /// <summary>A field of another version could change the meaning of those that are known.</summary>
    public void End()
    {
        if (_fields.Count > 0) throw new InvalidDataException($"{where}: unknown fields: {string.Join(", ", _fields.Keys.Select(StrictJson.Quote))}.");
    }

    private JsonElement Take(string field)
    {
        if (!_fields.Remove(field, out JsonElement value)) throw new InvalidDataException($"{where}: the field {field} is missing.");
        return value;
    }
}
