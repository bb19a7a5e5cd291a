using System.Globalization;
using System.Numerics;
using System.Text.Json;
using FluentAssertions;
using MathNet.Numerics.LinearAlgebra;
using Xunit;

namespace RnnSharp.Tests.References;

/// <summary>Reads the cases that torch_recurrent.py, torch_layers.py and torch_networks.py computed with PyTorch.</summary>
internal static class GoldenCases
{
    private static readonly string[] Files = ["torch_recurrent.json", "torch_layers.json", "torch_networks.json"];

    private static readonly Dictionary<string, JsonElement> Sections = Files
        .SelectMany(file => JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", file))).RootElement.EnumerateObject())
        .ToDictionary(section => section.Name, section => section.Value, StringComparer.Ordinal);

    /// <summary>The numbers of a section's cases, for a theory.</summary>
    public static TheoryData<int> Numbers(string section) => [.. Enumerable.Range(0, Sections[section].GetArrayLength())];

    public static IEnumerable<JsonElement> All(string section) => Sections[section].EnumerateArray();

    /// <summary>A case of the section recurrent, linear, cross_entropy, optimizers, networks or projected.</summary>
    public static JsonElement Case(string section, int number) => Sections[section][number];

    public static bool Has(this JsonElement element, string name) => element.GetProperty(name).ValueKind != JsonValueKind.Null;

    public static int Integer(this JsonElement element, string name) => element.GetProperty(name).GetInt32();

    public static double Number(this JsonElement element, string name) => element.GetProperty(name).GetDouble();

    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    public static int[] Integers(this JsonElement element, string name) =>
        [.. element.GetProperty(name).EnumerateArray().Select(value => value.GetInt32())];

    public static double[] Values(this JsonElement element, string name) => element.GetProperty(name).Values();

    public static double[] Values(this JsonElement element) => [.. element.EnumerateArray().Select(value => value.GetDouble())];

    /// <summary>A matrix of PyTorch's, which stands row by row.</summary>
    public static Matrix<double> Matrix(this JsonElement element, string name, int rows, int columns)
    {
        double[] values = element.Values(name);
        values.Should().HaveCount(rows * columns);
        return Matrix<double>.Build.DenseOfRowMajor(rows, columns, values);
    }

    /// <summary>A sequence: [step][example][feature], as the library's own order is.</summary>
    public static Sequence<T> Sequence<T>(this JsonElement element, string name, int features, int batch, int steps)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var sequence = new Sequence<T>(features, batch, steps);
        Convert<T>(element.Values(name)).CopyTo(sequence.Values);
        return sequence;
    }

    /// <summary>Numbers of another type, rounded to nearest.</summary>
    public static T[] Convert<T>(ReadOnlySpan<double> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var converted = new T[values.Length];
        for (int i = 0; i < values.Length; i++) converted[i] = T.CreateChecked(values[i]);
        return converted;
    }

    public static Matrix<T> Convert<T>(Matrix<double> matrix)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => matrix.Map(T.CreateChecked);

    /// <summary>Every number within the tolerance times the larger of 1 and its magnitude.</summary>
    public static void ShouldBeNear<T>(ReadOnlySpan<T> actual, ReadOnlySpan<double> expected, double tolerance, string what)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        actual.Length.Should().Be(expected.Length, what);
        for (int i = 0; i < actual.Length; i++)
        {
            double difference = Math.Abs(double.CreateChecked(actual[i]) - expected[i]);
            if (!(difference <= tolerance * Math.Max(1, Math.Abs(expected[i]))))
                Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"{what}: expected {expected[i]:R} at {i}, got {actual[i]}, {difference:E2} away."));
        }
    }
}
