using System.Globalization;
using System.Numerics;
using System.Text;

namespace RnnSharp.Layers;

/// <summary>The structure and the cost of a model, layer by layer: <see cref="LayerSummaries.Summary"/>. Its text is a table.</summary>
public sealed class ModelSummary
{
    private static readonly string[] Heads = ["Layer", "Kind", "Output", "Parameters", "Frozen", "Multiply-adds", "Parameter bytes", "Tape bytes"];

    private ModelSummary(int batch, int steps, string elementType, IReadOnlyList<LayerSummary> rows)
    {
        Batch = batch;
        Steps = steps;
        ElementType = elementType;
        Rows = rows;
    }

    /// <summary>The number of examples.</summary>
    public int Batch { get; }

    /// <summary>The time steps of the input.</summary>
    public int Steps { get; }

    /// <summary>The element type: Single or Double.</summary>
    public string ElementType { get; }

    /// <summary>The whole model first, then its layers, each before its parts. A row includes the numbers of its parts.</summary>
    public IReadOnlyList<LayerSummary> Rows { get; }

    /// <summary>The whole model.</summary>
    public LayerSummary Total => Rows[0];

    internal static ModelSummary Of<T>(ILayer<T> model, int batch, int steps)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var rows = new List<LayerSummary>();
        Add(rows, new HashSet<Parameter<T>>(), new LayerReportPart<T>("", model, steps), depth: 0, batch, times: 1, modelSteps: steps);
        return new ModelSummary(batch, steps, typeof(T).Name, rows);
    }

    /// <summary>The rows as a table for readers, with digit grouping and with parts indented below the layer that they belong to.</summary>
    public override string ToString()
    {
        string[][] cells =
        [
            Heads,
            .. Rows.Select(row => (string[])
            [
                new string(' ', 2 * row.Depth) + (row.Depth == 0 ? "model" : row.Name),
                row.Kind,
                string.Create(CultureInfo.InvariantCulture, $"{row.OutputSize} x {Batch} x {row.OutputSteps}"),
                Number(row.Parameters) + (row.SharedParameters > 0 ? $" ({Number(row.SharedParameters)} shared)" : ""),
                Number(row.FrozenParameters),
                row.MultiplyAddsPerStep.ToString("N0", CultureInfo.InvariantCulture),
                Number(row.ParameterBytes),
                Number(row.TapeBytes),
            ]),
        ];
        int[] widths = [.. Heads.Select((_, column) => cells.Max(row => row[column].Length))];
        var text = new StringBuilder();
        foreach (string[] row in cells)
        {
            // Names are left-aligned, numbers right-aligned.
            string[] padded = [.. row.Select((cell, column) => column < 3 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))];
            text.AppendJoin("  ", padded).Append('\n');
            if (ReferenceEquals(row, cells[0])) text.Append('-', widths.Sum() + 2 * (widths.Length - 1)).Append('\n');
        }

        return text.Append(CultureInfo.InvariantCulture, $"Output: features x batch x steps. Multiply-adds: per step and example. Bytes: {ElementType}, batch {Batch}, {Steps} steps.\n").ToString();

        static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
    }

    /// <summary>A product that saturates instead of overflowing.</summary>
    private static long Product(long a, long b) => long.CreateSaturating((Int128)a * b);

    /// <summary>Adds the rows of a part and returns its cost.</summary>
    private static (long MultiplyAdds, long TapeBytes) Add<T>(List<LayerSummary> rows, HashSet<Parameter<T>> seen, LayerReportPart<T> part, int depth, int batch, long times, int modelSteps)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        LayerReport<T> report = LayerReport<T>.Of(part.Layer, batch, part.Steps);
        long shared = part.Layer.Parameters.Where(seen.Contains).Sum(parameter => (long)parameter.Count);
        int at = rows.Count;
        rows.Add(null!);
        long multiplyAdds = Product(report.MultiplyAdds, times), tapeBytes = Product(report.TapeBytes, times);
        foreach (LayerReportPart<T> inner in report.Parts)
        {
            (long innerMultiplyAdds, long innerTapeBytes) = Add(rows, seen, inner, depth + 1, batch, Product(times, inner.Times), modelSteps);
            multiplyAdds = long.CreateSaturating((Int128)multiplyAdds + innerMultiplyAdds);
            tapeBytes = long.CreateSaturating((Int128)tapeBytes + innerTapeBytes);
        }

        seen.UnionWith(part.Layer.Parameters);
        long parameters = part.Layer.Parameters.Sum(parameter => (long)parameter.Count);
        rows[at] = new LayerSummary(
            part.Name,
            depth,
            report.Kind,
            part.Layer.OutputSize,
            report.OutputSteps,
            parameters,
            part.Layer.Parameters.Where(parameter => parameter.Frozen).Sum(parameter => (long)parameter.Count),
            shared,
            multiplyAdds / (double)modelSteps,
            LayerReport<T>.Bytes(parameters),
            tapeBytes);
        return (multiplyAdds, tapeBytes);
    }
}

/// <summary>A layer's row in a <see cref="ModelSummary"/>.</summary>
/// <param name="Name">Its name in the layer that it is a part of; empty for the model.</param>
/// <param name="Depth">The nesting depth: 0 for the model.</param>
/// <param name="Kind">The kind of layer, with its options.</param>
/// <param name="OutputSize">Features of its output.</param>
/// <param name="OutputSteps">Time steps of its output.</param>
/// <param name="Parameters">The number of values in its parameters. A parameter that several of its parts share is counted once.</param>
/// <param name="FrozenParameters">How many of them are frozen.</param>
/// <param name="SharedParameters">How many of them are shared with a layer in an earlier row that does not contain this one (tied weights).</param>
/// <param name="MultiplyAddsPerStep">Multiply-adds of its matrix products forward for one example, divided by the steps of the model's input.</param>
/// <param name="ParameterBytes">Bytes of its parameters.</param>
/// <param name="TapeBytes">Bytes that a forward pass holds: what Backward needs, outputs and final states. Copies of the input, which layers that run backward in time keep, are counted as features.</param>
public sealed record LayerSummary(
    string Name,
    int Depth,
    string Kind,
    int OutputSize,
    int OutputSteps,
    long Parameters,
    long FrozenParameters,
    long SharedParameters,
    double MultiplyAddsPerStep,
    long ParameterBytes,
    long TapeBytes);
