using System.Numerics;
using static RnnSharp.Onnx.Schema.TensorProto.Types;

namespace RnnSharp.Onnx;

/// <summary>Nodes that know nothing of layers: shapes, lengths, masks, tokens, and the order of time.</summary>
internal static class SequenceNodes
{
    /// <summary>The number of steps, int64 [1].</summary>
    public static string Steps(GraphBuilder graph, string values) => Dimension(graph, values, 0);

    /// <summary>The number of examples, int64 [1].</summary>
    public static string Batch(GraphBuilder graph, string values) => Dimension(graph, values, 1);

    /// <summary>Whether each example has a step, bool [steps, batch, 1]; null if all have all steps.</summary>
    public static string? Mask(GraphBuilder graph, OnnxSequence sequence)
    {
        if (sequence.Lengths is not { } lengths) return null;
        return graph.Once($"mask {lengths}", sequence.Values, (builder, values) =>
        {
            string steps = builder.Add("mask", "Squeeze", [Steps(builder, values)]);
            string count = builder.Add("mask", "Cast", [steps], OnnxAttribute.Of("to", (long)DataType.Int32));
            string times = builder.Add("mask", "Range", [builder.Int32Scalar(0), count, builder.Int32Scalar(1)]);
            string own = builder.Add("mask", "Less", [builder.Add("mask", "Unsqueeze", [times, builder.Whole(1)]), lengths]);
            return builder.Add("mask", "Unsqueeze", [own, builder.Whole(2)]);
        });
    }

    /// <summary>The lengths as the operators for sequences of any order take them, int64 [batch].</summary>
    public static string LongLengths(GraphBuilder graph, string lengths) =>
        graph.Once($"long {lengths}", lengths, static (builder, name) => builder.Add("lengths", "Cast", [name], OnnxAttribute.Of("to", (long)DataType.Int64)));

    /// <summary>Whether each example has no step at all, bool [batch, 1].</summary>
    public static string IsEmpty(GraphBuilder graph, string lengths) =>
        graph.Once($"empty {lengths}", lengths, static (builder, name) => builder.Add("lengths", "Unsqueeze", [builder.Add("lengths", "Equal", [name, builder.Int32Scalar(0)]), builder.Whole(1)]));

    /// <summary>Reverses the steps of each example. Its padding stays where it is.</summary>
    public static OnnxSequence Reverse(GraphBuilder graph, string path, OnnxSequence sequence) => sequence with
    {
        Values = sequence.Lengths is { } lengths
            ? graph.Add(path, "ReverseSequence", [sequence.Values, LongLengths(graph, lengths)], OnnxAttribute.Of("time_axis", 0), OnnxAttribute.Of("batch_axis", 1))
            : graph.Add(path, "Slice", [sequence.Values, graph.Whole(-1), graph.Whole(long.MinValue), graph.Whole(0), graph.Whole(-1)]),
    };

    /// <summary>Tokens as one-hot columns, [steps, batch, vocabulary]; zeros for negative numbers.</summary>
    public static string OneHot<T>(GraphBuilder graph, string path, string tokens, int vocabulary)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // A number beyond the vocabulary gives zeros, while a negative one would count from the end.
        string inside = graph.Add(path, "Where", [IsAbsent(graph, tokens), graph.WholeScalar(vocabulary), tokens]);
        string values = graph.Root.Once("off and on", 0, static (root, _) => root.Initializer<float>("off_and_on", [2], [0, 1]));
        string columns = graph.Add(path, "OneHot", [inside, graph.WholeScalar(vocabulary), values]);
        return typeof(T) == typeof(float) ? columns : graph.Add(path, "Cast", [columns], OnnxAttribute.Of("to", (long)GraphBuilder.TypeOf<T>()));
    }

    /// <summary>The row of a table for each token, [steps, batch, columns]; zeros for negative numbers.</summary>
    public static string Rows<T>(GraphBuilder graph, string path, string table, string tokens)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        string inside = graph.Once($"present {tokens}", tokens, static (builder, name) => builder.Add("tokens", "Max", [name, builder.WholeScalar(0)]));
        string rows = graph.Add(path, "Gather", [table, inside]);
        string absent = graph.Once($"absent rows {tokens}", tokens, static (builder, name) => builder.Add("tokens", "Unsqueeze", [IsAbsent(builder, name), builder.Whole(2)]));
        return graph.Add(path, "Where", [absent, graph.Number(T.Zero), rows]);
    }

    private static string IsAbsent(GraphBuilder graph, string tokens) =>
        graph.Once($"absent {tokens}", tokens, static (builder, name) => builder.Add("tokens", "Less", [name, builder.WholeScalar(0)]));

    private static string Dimension(GraphBuilder graph, string values, int axis) =>
        graph.Once($"dimension {axis} {values}", (values, axis), static (builder, of) => builder.Add("shape", "Shape", [of.values], OnnxAttribute.Of("start", of.axis), OnnxAttribute.Of("end", of.axis + 1)));
}
