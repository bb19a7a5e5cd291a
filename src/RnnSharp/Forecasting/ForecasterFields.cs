using System.Text.Json;
using RnnSharp.Serialization;

namespace RnnSharp.Forecasting;

/// <summary>The fields of an object in a forecaster's text. Each method throws an <see cref="InvalidDataException"/> if the text does not have what is asked for.</summary>
internal sealed class ForecasterFields
{
    private readonly Dictionary<string, JsonElement> _fields = new(StringComparer.Ordinal);
    private readonly string _name;

    public ForecasterFields(JsonElement element, string name)
    {
        _name = name;
        if (element.ValueKind != JsonValueKind.Object) throw Invalid("", $"expected an object, got {element.ValueKind}");
        foreach (JsonProperty field in element.EnumerateObject())
        {
            if (!_fields.TryAdd(field.Name, field.Value)) throw Invalid(field.Name, "occurs twice");
        }
    }

    public int Integer(string field, int least = int.MinValue, int most = int.MaxValue)
    {
        JsonElement value = Take(field, JsonValueKind.Number);
        return value.TryGetInt32(out int number) && number >= least && number <= most ? number : throw Invalid(field, $"expected a whole number of {least} to {most}");
    }

    public bool Has(string field) => _fields.ContainsKey(field);

    public int? OptionalInteger(string field) => _fields.ContainsKey(field) ? Integer(field) : null;

    public long Long(string field) => Take(field, JsonValueKind.Number).TryGetInt64(out long number) ? number : throw Invalid(field, "expected a whole number");

    public double Number(string field) => Finite(Take(field, JsonValueKind.Number), field);

    public string? Text(string field) => _fields.ContainsKey(field) ? TextOf(Take(field, JsonValueKind.String), field) : null;

    public string[]? Texts(string field) =>
        _fields.ContainsKey(field) ? [.. Take(field, JsonValueKind.Array).EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? TextOf(item, field) : throw Invalid(field, "expected texts"))] : null;

    public double[] Numbers(string field, bool allowMissing = false)
    {
        JsonElement list = Take(field, JsonValueKind.Array);
        var numbers = new double[list.GetArrayLength()];
        int i = 0;
        foreach (JsonElement item in list.EnumerateArray())
        {
            numbers[i++] = allowMissing && item.ValueKind == JsonValueKind.Null ? double.NaN
                : item.ValueKind == JsonValueKind.Number ? Finite(item, field)
                : throw Invalid(field, $"expected numbers, got {item.ValueKind} at {i - 1}");
        }

        return numbers;
    }

    public ForecasterFields Object(string field) => new(Take(field, JsonValueKind.Object), field);

    public IEnumerable<ForecasterFields> Objects(string field) => Take(field, JsonValueKind.Array).EnumerateArray().Select(item => new ForecasterFields(item, field));

    /// <summary>All fields, which must be numbers.</summary>
    public Dictionary<string, double> AllNumbers()
    {
        Dictionary<string, double> numbers = new(StringComparer.Ordinal);
        foreach (string field in _fields.Keys.ToArray()) numbers.Add(field, Number(field));
        return numbers;
    }

    /// <summary>Throws unless all fields have been read.</summary>
    public void End()
    {
        foreach (string field in _fields.Keys) throw Invalid(field, "is unknown");
    }

    private static string? Unicode(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private string TextOf(JsonElement value, string field) => Unicode(value) ?? throw Invalid(field, "expected valid Unicode");

    private double Finite(JsonElement value, string field) => value.TryGetDouble(out double number) && double.IsFinite(number) ? number : throw Invalid(field, "expected a finite number");

    private JsonElement Take(string field, JsonValueKind kind)
    {
        if (!_fields.Remove(field, out JsonElement value)) throw Invalid(field, "is missing");
        return value.ValueKind == kind ? value : throw Invalid(field, $"expected {kind}, got {value.ValueKind}");
    }

    private InvalidDataException Invalid(string field, string problem) => new($"The forecaster's text, {_name}: {(field.Length == 0 ? "" : $"{ErrorText.Quote(field)}: ")}{problem}.");
}
