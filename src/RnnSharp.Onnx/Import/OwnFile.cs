using System.Numerics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using RnnSharp.Onnx.Schema;
using RnnSharp.Serialization;
using DataType = RnnSharp.Onnx.Schema.TensorProto.Types.DataType;

namespace RnnSharp.Onnx.Import;

/// <summary>
/// Files that the library wrote, which describe their model in their metadata. The described model is created and exported with a number of
/// its own in place of each parameter's value, which shows where the exporter puts each. It is the file's model if the file's graph is the
/// same, byte for byte, with values in the places of the numbers. This needs to know nothing of any layer, and takes up to forty times the
/// graph's bytes of memory in small files.
/// </summary>
internal static class OwnFile
{
    /// <summary>The file's model; null if the file does not describe one, or another than its graph.</summary>
    /// <exception cref="InvalidDataException">The description is not valid or exceeds the limits.</exception>
    public static OnnxModel<T>? Read<T>(OnnxGraph graph, OnnxImportOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!graph.Metadata.TryGetValue(OnnxMetadata.Model, out string? description) || !graph.Metadata.TryGetValue(OnnxMetadata.Checksum, out string? checksum)) return null;

        // A file that was changed is not exported in vain.
        if (!string.Equals(checksum, ChecksumOf(graph), StringComparison.Ordinal)) return null;
        bool isDouble = TypeOf(graph) == DataType.Double;
        return isDouble == (typeof(T) == typeof(double))
            ? Restored<T>(graph, description, options)
            : isDouble ? Converted<double, T>(graph, description, options) : Converted<float, T>(graph, description, options);
    }

    /// <summary>The metadata without the library's own.</summary>
    public static Dictionary<string, string> AppMetadata(OnnxGraph graph)
    {
        foreach (string key in graph.Metadata.Keys.Where(key => key.StartsWith(OnnxMetadata.Reserved, StringComparison.Ordinal)).ToArray()) graph.Metadata.Remove(key);
        return graph.Metadata;
    }

    private static OnnxModel<T>? Converted<TFile, T>(OnnxGraph graph, string description, OnnxImportOptions options)
        where TFile : unmanaged, IBinaryFloatingPointIeee754<TFile>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Restored<TFile>(graph, description, options) is not { } model) return null;
        long bytes = model.Model.Parameters.Sum(parameter => (long)parameter.Count) * Unsafe.SizeOf<T>();
        if (bytes > options.Limits.ParameterBytes) throw new InvalidDataException($"Expected a model with at most {options.Limits.ParameterBytes} bytes of parameters (ModelLimits.ParameterBytes), got {bytes}.");
        try
        {
            return new OnnxModel<T>(ModelConverter.Convert<TFile, T>(model.Model, options.Formats), model.Metadata, model.ElementType, model.Inputs, model.Outputs, [], []);
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"The model cannot be converted from {typeof(TFile).Name} to {typeof(T).Name}: {exception.Message}", exception);
        }
    }

    private static OnnxModel<T>? Restored<T>(OnnxGraph graph, string description, OnnxImportOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // The model cannot have more parameters than the file has numbers. A description counts a merged bias twice.
        long bytes = (long)Int128.Min((Int128)graph.StoredElements * 2 * Unsafe.SizeOf<T>(), options.Limits.ParameterBytes);
        ILayer<T> model = ModelFile.Create<T>(description, new ModelLoadOptions { Formats = options.Formats, Limits = options.Limits with { ParameterBytes = bytes } });
        if (model.Parameters.Sum(parameter => (long)parameter.Count) > graph.StoredElements) return null;
        OnnxExportOptions export = OwnPorts.ExportOptions(graph, options);
        int numbers = ParameterMarks.Mark(model);
        if (Export(model, export) is not { } marked || !ParameterMarks.TryRead(model, marked, graph, numbers)) return null;
        RequireFinite(model, options);
        return new OnnxModel<T>(model, AppMetadata(graph), graph.ElementType, OwnPorts.Inputs(graph, model, export), OwnPorts.Outputs(graph, model, export), [], []);
    }

    private static GraphProto? Export<T>(ILayer<T> model, OnnxExportOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        try
        {
            return OnnxExporter.ToModel(model, options).Graph;
        }
        catch (ArgumentException)
        {
            // A described model that cannot be exported is not the file's.
            return null;
        }
    }

    private static string ChecksumOf(OnnxGraph graph)
    {
        const int ChunkBytes = 1 << 13;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> chunk = stackalloc byte[ChunkBytes];
        for (long at = graph.At.Position; at < graph.At.End; at += ChunkBytes)
        {
            Span<byte> read = chunk[..(int)Math.Min(ChunkBytes, graph.At.End - at)];
            graph.File.ReadAt(at, read);
            hash.AppendData(read);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static void RequireFinite<T>(ILayer<T> model, OnnxImportOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (options.AllowNonFinite) return;
        for (int i = 0; i < model.Parameters.Count; i++)
        {
            foreach (T value in model.Parameters[i].Values)
            {
                if (!T.IsFinite(value)) throw new InvalidDataException($"The parameter {model.ParameterNames[i]}: expected finite numbers, got {value}. Set {nameof(OnnxImportOptions.AllowNonFinite)} to import it.");
            }
        }
    }

    /// <summary>The type of the model's numbers: that of its output.</summary>
    private static DataType TypeOf(OnnxGraph graph) => graph.Outputs.Count > 0 ? (DataType)graph.Outputs[0].Type : DataType.Undefined;
}
