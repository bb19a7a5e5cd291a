using System.Text;
using System.Text.Json;
using FluentAssertions;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Keras.Tests;

/// <summary>Random models that TensorFlow.js saved, with what it computes (References/tfjs_models.mjs).</summary>
public sealed class TensorFlowJsReferenceTests
{
    private const double Tolerance = 1e-5;

    [Fact]
    public void Models_of_TensorFlowJs_compute_the_same()
    {
        var failures = new List<string>();
        int number = 0;
        foreach (JsonElement reference in References.Json("tfjs_models.json.gz").GetProperty("cases").EnumerateArray())
        {
            if (Difference<float>(reference) is { } first) failures.Add($"{number} as float: {first}");
            if (Difference<double>(reference) is { } second) failures.Add($"{number} as double: {second}");
            number++;
        }

        failures.Should().BeEmpty();
        number.Should().Be(100);
    }

    private static string? Difference<T>(JsonElement reference)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        try
        {
            (Sequence<T> input, Sequence<T> output) = ReferenceCase.Sequences<T>(reference);
            KerasModel<T> model = ReferenceCase.Load<T>(reference, new ModelProbe<T>(input, output, Tolerance));
            Sequence<T> actual = model.Predict(input);
            double largest = 0;
            for (int i = 0; i < output.Values.Length; i++) largest = Math.Max(largest, Math.Abs(double.CreateChecked(actual.Values[i] - output.Values[i])));
            return largest <= Tolerance ? null : $"differs by {largest}";
        }
        catch (InvalidDataException exception)
        {
            return $"{exception.Message}\n{string.Join(", ", reference.GetProperty("model").GetProperty("modelTopology").GetProperty("config").GetProperty("layers").EnumerateArray().Select(layer => layer.GetProperty("class_name").GetString()))}";
        }
    }
}

/// <summary>A case of a reference file: a model, an input and its output.</summary>
internal static class ReferenceCase
{
    public static KerasModel<T> Load<T>(JsonElement reference, ModelProbe<T>? probe = null)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        var json = new MemoryStream(Encoding.UTF8.GetBytes(reference.GetProperty("model").GetRawText()));
        return TensorFlowJsFile.Load(json, _ => new MemoryStream(reference.GetProperty("weights").GetBytesFromBase64()), probe: probe);
    }

    public static (Sequence<T> Input, Sequence<T> Output) Sequences<T>(JsonElement reference, string expected = "output")
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        const int Batch = 2, Steps = 5, Vocabulary = 7;
        bool tokens = reference.GetProperty("tokens").GetBoolean();
        int[] shape = [.. reference.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32())];
        Sequence<T> input = tokens ? Sequence<T>.ForTokens(Vocabulary, Batch, Steps) : new Sequence<T>(3, Batch, Steps);
        int at = 0;
        foreach (JsonElement value in reference.GetProperty("input").EnumerateArray())
        {
            int column = at / (tokens ? 1 : 3);
            if (tokens) input.SetToken(column / Steps, column % Steps, value.GetInt32());
            else input[at % 3, column / Steps, column % Steps] = T.CreateChecked(value.GetDouble());
            at++;
        }

        var output = new Sequence<T>(shape[^1], Batch, shape.Length == 3 ? shape[1] : 1);
        at = 0;
        foreach (JsonElement value in reference.GetProperty(expected).EnumerateArray())
        {
            int column = at / output.Features;
            output[at % output.Features, column / output.Steps, column % output.Steps] = T.CreateChecked(value.GetDouble());
            at++;
        }

        return (input, output);
    }
}
