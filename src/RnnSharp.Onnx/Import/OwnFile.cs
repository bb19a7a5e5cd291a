using System.Numerics;
using RnnSharp.Serialization;

namespace RnnSharp.Onnx.Import;

/// <summary>Files that the library wrote, which describe their model in their metadata.</summary>
internal static class OwnFile
{
    public static OnnxModel<T>? Read<T>(OnnxGraph graph, OnnxImportOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => null;

    /// <summary>The metadata without the library's own.</summary>
    public static Dictionary<string, string> AppMetadata(OnnxGraph graph)
    {
        foreach (string key in graph.Metadata.Keys.Where(key => key.StartsWith(OnnxMetadata.Reserved, StringComparison.Ordinal)).ToArray()) graph.Metadata.Remove(key);
        return graph.Metadata;
    }
}
