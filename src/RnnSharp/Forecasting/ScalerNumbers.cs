using System.Globalization;
using RnnSharp.Numerics;
using RnnSharp.Serialization;

namespace RnnSharp.Forecasting;

/// <summary>Numbers of scalers: checks, and the names under which they are saved.</summary>
internal static class ScalerNumbers
{
    private const int MostParts = 16;

    public static double[] Copy(IReadOnlyList<double> numbers, string name, string expected, Func<double, bool> allows)
    {
        ArgumentNullException.ThrowIfNull(numbers, name);
        if (numbers.Count == 0) throw Check.Shape(name, "a number for each column, at least one", "none");
        for (int i = 0; i < numbers.Count; i++)
        {
            if (!allows(numbers[i])) throw Check.Shape(name, expected, string.Create(CultureInfo.InvariantCulture, $"{numbers[i]} in column {i}"));
        }

        return [.. numbers];
    }

    public static void CheckSteps(ReadOnlySpan<double> read, ReadOnlySpan<double> written, int columns, string readName, string writtenName)
    {
        if (read.Length % columns != 0) throw Check.Shape(readName, $"whole steps of {columns} columns", $"{read.Length} values");
        if (written.Length != read.Length) throw Check.Shape(writtenName, $"{read.Length} values", $"{written.Length}");
    }

    public static Dictionary<string, double> Write(string kind, params (string Name, double[] Values)[] lists)
    {
        var numbers = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach ((string name, double[] values) in lists)
        {
            for (int c = 0; c < values.Length; c++) numbers.Add(string.Create(CultureInfo.InvariantCulture, $"{kind}.{name}.{c}"), values[c]);
        }

        return numbers;
    }

    /// <summary>Creates a scaler of numbers that may come from a hostile file: every name is used, no other is missing.</summary>
    /// <exception cref="InvalidDataException">The numbers are not those of a scaler.</exception>
    public static IScaler Read(IReadOnlyDictionary<string, double> numbers)
    {
        int read = 0;
        IScaler scaler;
        try
        {
            scaler = One("") ?? Composed();
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"A scaler: {exception.Message}", exception);
        }

        return read == numbers.Count ? scaler : throw new InvalidDataException($"A scaler: expected {read} numbers, got {numbers.Count}, such as {ErrorText.Quote(numbers.Keys.Max(StringComparer.Ordinal)!)}.");

        ComposedScaler Composed()
        {
            var parts = new List<IScaler>();
            while (parts.Count < MostParts && One(string.Create(CultureInfo.InvariantCulture, $"{parts.Count}.")) is { } part) parts.Add(part);
            return new ComposedScaler([.. parts]);
        }

        IScaler? One(string prefix)
        {
            if (numbers.ContainsKey($"{prefix}{AffineScaler.Kind}.center.0")) return new AffineScaler(List($"{prefix}{AffineScaler.Kind}.center."), List($"{prefix}{AffineScaler.Kind}.scale."));
            if (numbers.ContainsKey($"{prefix}{PowerScaler.Kind}.lambda.0")) return new PowerScaler(List($"{prefix}{PowerScaler.Kind}.lambda."), List($"{prefix}{PowerScaler.Kind}.shift."));
            return null;
        }

        List<double> List(string prefix)
        {
            var values = new List<double>();
            while (numbers.TryGetValue(string.Create(CultureInfo.InvariantCulture, $"{prefix}{values.Count}"), out double value)) values.Add(value);
            read += values.Count;
            return values;
        }
    }
}
