using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using RnnSharp.Numerics;

namespace RnnSharp;

/// <summary>
/// Named numbers, texts and arrays that together describe the state of a training run (PyTorch's state_dict). Parts have the names of the
/// whole, separated by a dot: "optimizer.0.weight_ih.exp_avg". Arrays are copied when they are set, and shared when they are read.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class StateDictionary
{
    private readonly SortedDictionary<string, object> _values = new(StringComparer.Ordinal);

    /// <summary>All names, sorted.</summary>
    public IReadOnlyCollection<string> Names => _values.Keys;

    /// <summary>The values: long, double, bool, string, or an array of float, double, int, long or byte.</summary>
    internal IEnumerable<KeyValuePair<string, object>> Values => _values;

    /// <summary>Whether there is a value with a name.</summary>
    public bool Contains(string name) => _values.ContainsKey(Checked(name));

    /// <summary>Whether there is a value whose name starts with a part's name and a dot.</summary>
    public bool ContainsPart(string name)
    {
        string prefix = Checked(name) + ".";
        return _values.Keys.Any(key => key.StartsWith(prefix, StringComparison.Ordinal));
    }

    /// <summary>Sets a whole number.</summary>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public void Set(string name, long value) => _values[Checked(name)] = value;

    /// <summary>Sets a number; all values are kept exactly, NaN and infinities included.</summary>
    /// <inheritdoc cref="Set(string, long)"/>
    public void Set(string name, double value) => _values[Checked(name)] = value;

    /// <summary>Sets a truth value.</summary>
    /// <inheritdoc cref="Set(string, long)"/>
    public void Set(string name, bool value) => _values[Checked(name)] = value;

    /// <summary>Sets a text.</summary>
    /// <inheritdoc cref="Set(string, long)"/>
    public void Set(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        _values[Checked(name)] = value;
    }

    /// <summary>Copies an array.</summary>
    /// <typeparam name="TElement">float, double, int, long or byte.</typeparam>
    /// <exception cref="ArgumentException">The name is empty, or the elements are of another type.</exception>
    public void Set<TElement>(string name, ReadOnlySpan<TElement> values)
        where TElement : unmanaged
    {
        RequireElements<TElement>();
        _values[Checked(name)] = values.ToArray();
    }

    /// <summary>Copies the values of a part under its name, in place of those that it had.</summary>
    /// <exception cref="ArgumentException">The name is empty, or the part is this dictionary.</exception>
    public void Set(string name, StateDictionary part)
    {
        ArgumentNullException.ThrowIfNull(part);
        if (ReferenceEquals(part, this)) throw new ArgumentException("A dictionary cannot be a part of itself.", nameof(part));
        string prefix = Checked(name) + ".";
        foreach (string old in _values.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).ToArray()) _values.Remove(old);
        foreach ((string key, object value) in part._values) _values[prefix + key] = value;
    }

    /// <summary>The whole number with a name.</summary>
    /// <exception cref="InvalidDataException">There is no whole number with this name, or it is out of range.</exception>
    public long GetInt64(string name, long min = long.MinValue, long max = long.MaxValue)
    {
        long value = Get<long>(name, "a whole number");
        return value >= min && value <= max ? value : throw new InvalidDataException($"Expected {name} of {min} to {max}, got {value}.");
    }

    /// <summary>The number with a name.</summary>
    /// <exception cref="InvalidDataException">There is no number with this name.</exception>
    public double GetDouble(string name) => Get<double>(name, "a number");

    /// <summary>The truth value with a name.</summary>
    /// <exception cref="InvalidDataException">There is no truth value with this name.</exception>
    public bool GetBoolean(string name) => Get<bool>(name, "a truth value");

    /// <summary>The text with a name.</summary>
    /// <exception cref="InvalidDataException">There is no text with this name.</exception>
    public string GetString(string name) => Get<string>(name, "a text");

    /// <summary>The array with a name.</summary>
    /// <typeparam name="TElement">float, double, int, long or byte.</typeparam>
    /// <param name="name">The name.</param>
    /// <param name="length">The length that the array must have; any when null.</param>
    /// <exception cref="ArgumentException">The elements are of another type.</exception>
    /// <exception cref="InvalidDataException">There is no array of these elements with this name, or it has another length.</exception>
    public TElement[] GetArray<TElement>(string name, int? length = null)
        where TElement : unmanaged
    {
        RequireElements<TElement>();
        TElement[] values = Get<TElement[]>(name, $"an array of {typeof(TElement).Name}");
        return length is null || values.Length == length ? values : throw new InvalidDataException($"Expected {length} values in {name}, got {values.Length}.");
    }

    /// <summary>The values whose names start with a part's name and a dot, under the rest of their names; empty if there are none.</summary>
    public StateDictionary GetPart(string name)
    {
        string prefix = Checked(name) + ".";
        var part = new StateDictionary();
        foreach ((string key, object value) in _values)
        {
            if (key.StartsWith(prefix, StringComparison.Ordinal) && key.Length > prefix.Length) part._values.Add(key[prefix.Length..], value);
        }

        return part;
    }

    /// <summary>The number of values, such as "state of 12 values".</summary>
    public override string ToString() => $"state of {_values.Count} value{(_values.Count == 1 ? "" : "s")}";

    /// <summary>Adds a value that a file holds.</summary>
    internal void Add(string name, object value) => _values.Add(name, value);

    private static string Checked(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return name;
    }

    [SuppressMessage("Style", "IDE0038", Justification = "The type is a parameter.")]
    private TValue Get<TValue>(string name, string expected) => _values.TryGetValue(Checked(name), out object? value)
        ? value is TValue typed ? typed : throw new InvalidDataException($"Expected {expected} as {name}, got {Describe(value)}.")
        : throw new InvalidDataException($"Expected {expected} as {name}, but the state has no such value.");

    private static string Describe(object value) => value is Array array ? $"an array of {array.GetType().GetElementType()!.Name}" : $"{value.GetType().Name}";

    private static void RequireElements<TElement>()
    {
        if (typeof(TElement) != typeof(float) && typeof(TElement) != typeof(double) && typeof(TElement) != typeof(int) && typeof(TElement) != typeof(long) && typeof(TElement) != typeof(byte))
            throw Check.Shape(nameof(TElement), "float, double, int, long or byte", typeof(TElement).Name);
    }
}
