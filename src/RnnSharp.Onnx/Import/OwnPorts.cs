using System.Numerics;
using DataType = RnnSharp.Onnx.Schema.TensorProto.Types.DataType;

namespace RnnSharp.Onnx.Import;

/// <summary>The inputs and outputs of files that the library wrote.</summary>
internal static class OwnPorts
{
    /// <summary>The options that a file was written with, which its inputs and outputs show.</summary>
    public static OnnxExportOptions ExportOptions(OnnxGraph graph, OnnxImportOptions options) => new()
    {
        BatchFirst = graph.Outputs.Exists(port => port.IsBatchFirst && string.Equals(graph.Names[port.Number], OnnxExporter.Output, StringComparison.Ordinal)),
        Tokens = IsTokens(graph, OnnxExporter.Input),
        SourceTokens = IsTokens(graph, OnnxExporter.Source),
        Lengths = Find(graph, OnnxExporter.Lengths) is not null,
        State = graph.Outputs.Count > 1,
        Exporters = options.Exporters,
        Formats = options.Formats,
        MostNodes = GraphReader.CountNodes(graph),
    };

    public static OnnxPort[] Inputs<T>(OnnxGraph graph, ILayer<T> model, OnnxExportOptions export)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => [.. graph.Inputs.Select(port => Of(graph.Names[port.Number], model, export, isWhole: port.Type == (int)DataType.Int64, suffix: ""))];

    public static OnnxPort[] Outputs<T>(OnnxGraph graph, ILayer<T> model, OnnxExportOptions export)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => [.. graph.Outputs.Select(port => Of(graph.Names[port.Number], model, export, isWhole: false, OnnxExporter.FinalSuffix))];

    private static OnnxPort Of<T>(string name, ILayer<T> model, OnnxExportOptions export, bool isWhole, string suffix)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        OnnxAxis[] columns = export.BatchFirst ? [OnnxAxis.Batch, OnnxAxis.Steps] : [OnnxAxis.Steps, OnnxAxis.Batch];
        switch (name)
        {
            case OnnxExporter.Input or OnnxExporter.Source or OnnxExporter.Output:
                return isWhole ? new OnnxPort(name, OnnxPortKind.Tokens, columns, []) : new OnnxPort(name, OnnxPortKind.Sequence, [.. columns, OnnxAxis.Features], []);
            case OnnxExporter.Lengths or OnnxExporter.SourceLengths:
                return new OnnxPort(name, OnnxPortKind.Lengths, [OnnxAxis.Batch], []);
            default:
                return new OnnxPort(name, OnnxPortKind.State, [OnnxAxis.Batch, OnnxAxis.Features], [name[..^suffix.Length]]);
        }
    }

    private static bool? IsTokens(OnnxGraph graph, string name) => Find(graph, name) is { } port ? port.Type == (int)DataType.Int64 : null;

    private static GraphPort? Find(OnnxGraph graph, string name) => graph.Inputs.Find(port => string.Equals(graph.Names[port.Number], name, StringComparison.Ordinal));
}
