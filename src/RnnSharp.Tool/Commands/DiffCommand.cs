using System.Globalization;
using RnnSharp.Serialization;
using RnnSharp.Tool.Formats;
using Spectre.Console;

namespace RnnSharp.Tool.Commands;

/// <summary>
/// Compares two files: as models, parameter by parameter, if both hold one, so that the format does not matter; otherwise tensor by tensor
/// under the files' names.
/// </summary>
internal static class DiffCommand
{
    public static int Run(string first, string second, double tolerance, IAnsiConsole console)
    {
        (NamedValues a, NamedValues b) = Read(first, second);
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("Tensor", "First", "Second", "Largest difference");
        int differences = 0;
        foreach (string name in a.Keys.Concat(b.Keys.Where(name => !a.ContainsKey(name))))
        {
            bool inA = a.TryGetValue(name, out Values? x), inB = b.TryGetValue(name, out Values? y);
            double? largest = inA && inB && x!.Shape.SequenceEqual(y!.Shape) ? LargestDifference(x.Read(), y.Read()) : null;
            if (largest <= tolerance) continue;
            differences++;
            table.AddRow(Markup.Escape(name), Markup.Escape(inA ? Shape(x!) : "missing"), Markup.Escape(inB ? Shape(y!) : "missing"), Markup.Escape(largest?.ToString("G6", CultureInfo.InvariantCulture) ?? ""));
        }

        if (differences > 0) console.Write(table);
        console.WriteLine(differences == 0
            ? string.Create(CultureInfo.InvariantCulture, $"Equal: {a.Count} tensors{(tolerance > 0 ? $" within {tolerance:G6}" : "")}.")
            : $"{differences} of {a.Keys.Union(b.Keys, StringComparer.Ordinal).Count()} tensors differ.");
        return differences == 0 ? 0 : 1;
    }

    private static (NamedValues First, NamedValues Second) Read(string first, string second)
    {
        ModelFormat a = ModelFormats.Of(first), b = ModelFormats.Of(second);
        try
        {
            return (OfModel(a.Load<double>(first).Model), OfModel(b.Load<double>(second).Model));
        }
        catch (InvalidDataException)
        {
            using TensorSource? x = a.OpenTensors(first), y = b.OpenTensors(second);
            if (x is null || y is null) throw;
            return (OfTensors(x), OfTensors(y));
        }
    }

    private static NamedValues OfModel(ILayer<double> model)
    {
        var values = new NamedValues(StringComparer.Ordinal);
        for (int i = 0; i < model.Parameters.Count; i++)
        {
            Parameter<double> parameter = model.Parameters[i];
            values.Add(model.ParameterNames[i], new([parameter.Rows, parameter.Columns], () => parameter.Values.ToArray()));
        }

        return values;
    }

    private static NamedValues OfTensors(TensorSource tensors)
    {
        var values = new NamedValues(StringComparer.Ordinal);
        for (int i = 0; i < tensors.Tensors.Count; i++)
        {
            double[] read = tensors.ReadAll<double>(i);
            values.Add(tensors.Tensors[i].Name, new(tensors.Tensors[i].Shape.ToArray(), () => read));
        }

        return values;
    }

    /// <summary>The largest absolute difference; infinite where only one value is a number. Equal infinities and two NaNs are equal.</summary>
    private static double LargestDifference(double[] a, double[] b)
    {
        double largest = 0;
        for (int i = 0; i < a.Length; i++)
        {
            if (a[i].Equals(b[i])) continue;
            double difference = Math.Abs(a[i] - b[i]);
            largest = Math.Max(largest, double.IsNaN(difference) ? double.PositiveInfinity : difference);
        }

        return largest;
    }

    private static string Shape(Values values) => string.Join(" x ", values.Shape);

    private sealed class NamedValues(IEqualityComparer<string> comparer) : Dictionary<string, Values>(comparer);

    private sealed record Values(long[] Shape, Func<double[]> Read);
}
