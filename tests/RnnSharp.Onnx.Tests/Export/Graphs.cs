using System.Numerics;
using RnnSharp.Onnx.Schema;

namespace RnnSharp.Onnx.Tests.Export;

/// <summary>What an exported graph consists of.</summary>
internal static class Graphs
{
    public static GraphProto Of<T>(ILayer<T> model, OnnxExportOptions? options = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => OnnxExporter.ToModel(model, options ?? new()).Graph;

    /// <summary>The operators of the nodes that are not plumbing, in order.</summary>
    public static string[] Operators(this GraphProto graph) => [.. graph.Node.Select(node => node.OpType).Where(type => type is "LSTM" or "GRU" or "RNN" or "Scan" or "Loop" or "MatMul" or "Gather" or "LayerNormalization" or "OneHot")];

    public static NodeProto Single(this GraphProto graph, string type) => graph.Node.Single(node => string.Equals(node.OpType, type, StringComparison.Ordinal));

    public static AttributeProto? Attribute(this NodeProto node, string name) => node.Attribute.SingleOrDefault(attribute => string.Equals(attribute.Name, name, StringComparison.Ordinal));

    public static string[] Texts(this NodeProto node, string name) => [.. node.Attribute(name)!.Strings.Select(text => text.ToStringUtf8())];

    public static TensorProto Tensor(this GraphProto graph, string name) => graph.Initializer.Single(tensor => string.Equals(tensor.Name, name, StringComparison.Ordinal));
}
