using System.Globalization;
using RnnSharp.Serialization;
using Spectre.Console;

namespace RnnSharp.Tool.Commands;

/// <summary>
/// Compares two files: as models, if both hold one, so that the format does not matter; otherwise tensor by tensor under the files' names.
/// </summary>
internal static class DiffCommand
{
    public static int Run(string first, string second, double tolerance, IAnsiConsole console)
    {
        using ComparedFiles files = ComparedFiles.Open(first, second);
        (TensorSource a, TensorSource b) = (files.First, files.Second);
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("Tensor", "First", "Second", "Largest difference");
        string[] names = [.. a.Tensors.Concat(b.Tensors).Select(tensor => tensor.Name).Distinct(StringComparer.Ordinal)];
        int differences = 0;
        foreach (string name in names)
        {
            int x = a.IndexOf(name), y = b.IndexOf(name);
            double? largest = x >= 0 && y >= 0 && a.Tensors[x].Shape.Span.SequenceEqual(b.Tensors[y].Shape.Span) ? LargestDifference(a.ReadAll<double>(x), b.ReadAll<double>(y)) : null;
            if (largest <= tolerance) continue;
            differences++;
            table.AddRow(Markup.Escape(Visible.Of(name)), Shape(a, x), Shape(b, y), largest?.ToString("G6", CultureInfo.InvariantCulture) ?? "");
        }

        if (differences > 0) console.Write(table);
        if (files.Difference is { } difference)
        {
            foreach (string line in difference.Split('\n')) console.WriteLine(Visible.Of(line));
        }

        console.WriteLine(differences == 0
            ? string.Create(CultureInfo.InvariantCulture, $"Equal: {names.Length} tensors{(tolerance > 0 ? $" within {tolerance:G6}" : "")}.")
            : $"{differences} of {names.Length} tensors differ.");
        return differences == 0 && files.Difference is null ? 0 : 1;
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

    private static string Shape(TensorSource tensors, int index) => index < 0 ? "missing" : string.Join(" x ", tensors.Tensors[index].Shape.ToArray());
}
