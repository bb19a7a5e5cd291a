using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using RnnSharp.Layers;
using RnnSharp.Serialization;
using RnnSharp.Tool.Formats;
using Spectre.Console;

namespace RnnSharp.Tool.Commands;

/// <summary>Shows what is in a file. A file of tensors that make no model of the library is shown as tensors.</summary>
internal static class InspectCommand
{
    private const int LongestMetadata = 200;

    public static int Run(string path, IAnsiConsole console)
    {
        ModelFormat format = ModelFormats.Of(path);
        using TensorSource? tensors = format.OpenTensors(path);
        (Shown? loaded, string? reason) = LoadOrReason(format, path, hasTensors: tensors is not null);
        WriteHead(path, format, console);
        if (loaded is not null) console.Write(loaded.Layers);
        if (loaded?.Beside is { } beside) console.WriteLine(Visible.Of($"Besides its layers: {beside}"));
        if (loaded is null) console.WriteLine(Visible.Of($"No model of the library's layers: {reason}"));
        console.Write(tensors is not null ? TensorTable(tensors) : loaded!.Tensors);
        WriteMetadata(loaded?.Metadata ?? tensors!.Metadata, console);
        return 0;
    }

    /// <summary>The model, or why there is none, which is an error if the file holds nothing else.</summary>
    private static (Shown? Loaded, string? Reason) LoadOrReason(ModelFormat format, string path, bool hasTensors)
    {
        try
        {
            return (format.LoadAny(path, new Show()), null);
        }
        catch (InvalidDataException exception) when (hasTensors)
        {
            return (null, exception.Message);
        }
    }

    private static void WriteHead(string path, ModelFormat format, IAnsiConsole console)
    {
        using FileStream stream = File.OpenRead(path);
        string checksum = Convert.ToHexStringLower(SHA256.HashData(stream));
        console.WriteLine($"{Path.GetFileName(path)}: {format.Name}, {Text(stream.Length)} bytes");
        console.WriteLine($"SHA-256 {checksum}");
    }

    private static Table LayerTable<T>(ILayer<T> model)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("Layer", "Kind", "Inputs", "Outputs");
        table.AddColumn(new TableColumn("Parameters").RightAligned());
        AddLayer(table, "model", model, depth: 0, model.Summary(batch: 1, steps: 1).Rows.GetEnumerator());
        return table;
    }

    /// <summary>Adds a layer and its parts, whose order is that of the summary's rows.</summary>
    private static void AddLayer<T>(Table table, string name, ILayer<T> layer, int depth, IEnumerator<LayerSummary> rows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        rows.MoveNext();
        LayerSummary row = rows.Current;
        table.AddRow(new string(' ', 2 * depth) + Escaped(name), Escaped(row.Kind), Text(layer.InputSize), Text(layer.OutputSize), Text(row.Parameters));
        foreach (LayerPart<T> part in layer.Parts) AddLayer(table, part.Name, part.Layer, depth + 1, rows);
    }

    private static Table TensorTable(TensorSource tensors)
    {
        Table table = TensorTable();
        foreach (TensorInfo tensor in tensors.Tensors) AddTensor(table, tensor.Name, tensor.TypeName, string.Join(" x ", tensor.Shape.ToArray()), tensor.Count);
        return table;
    }

    private static Table TensorTable<T>(ILayer<T> model)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Table table = TensorTable();
        for (int i = 0; i < model.Parameters.Count; i++)
        {
            Parameter<T> parameter = model.Parameters[i];
            AddTensor(table, model.ParameterNames[i], "", $"{parameter.Rows} x {parameter.Columns}", parameter.Count);
        }

        return table;
    }

    private static Table TensorTable()
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("Tensor", "Type", "Shape");
        table.AddColumn(new TableColumn("Values").RightAligned());
        return table;
    }

    private static void AddTensor(Table table, string name, string type, string shape, long count) => table.AddRow(Escaped(name), Escaped(type), shape, Text(count));

    private static void WriteMetadata(IReadOnlyDictionary<string, string> metadata, IAnsiConsole console)
    {
        foreach ((string key, string value) in metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            console.WriteLine(Visible.Of(value.Length <= LongestMetadata ? $"{key}: {value}" : $"{key}: {value[..LongestMetadata]}... ({value.Length} characters)"));
    }

    private static string Escaped(string text) => Markup.Escape(Visible.Of(text));

    private static string Text(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>What is shown of a model.</summary>
    private sealed record Shown(Table Layers, Table Tensors, string? Beside, IReadOnlyDictionary<string, string> Metadata);

    private readonly struct Show : ILoadedFunction<Shown>
    {
        public Shown Invoke<T>(LoadedFile<T> file)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(LayerTable(file.Model), TensorTable(file.Model), file.Beside, file.Metadata);
    }
}
