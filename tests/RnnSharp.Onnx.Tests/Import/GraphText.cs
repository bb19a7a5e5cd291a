using Google.Protobuf;
using RnnSharp.Onnx.Schema;
using static RnnSharp.Onnx.Schema.TensorProto.Types;

namespace RnnSharp.Onnx.Tests.Import;

/// <summary>Makes small graphs for tests.</summary>
internal static class GraphText
{
    /// <summary>A model of one LSTM node with 3 inputs and 2 units, of float numbers, and what is changed in it.</summary>
    public static MemoryStream Lstm(Action<ModelProto>? change = null) => Of("LSTM", 4, change);

    /// <summary>A model of one recurrent node with 3 inputs and 2 units, of float numbers, and what is changed in it.</summary>
    public static MemoryStream Of(string type, int gates, Action<ModelProto>? change = null)
    {
        var node = new NodeProto { OpType = type, Name = "node", Input = { "x", "w", "r" }, Output = { "y" }, Attribute = { new AttributeProto { Name = "hidden_size", I = 2 } } };
        var graph = new GraphProto { Name = "graph", Node = { node }, Input = { Port("x", DataType.Float, -1, -1, 3) }, Output = { Port("y", DataType.Float, -1, 1, -1, 2) }, Initializer = { Tensor("w", 1, gates * 2, 3), Tensor("r", 1, gates * 2, 2) } };
        var model = new ModelProto { IrVersion = 8, ProducerName = "test", Graph = graph, OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 17 } } };
        change?.Invoke(model);
        return new MemoryStream(model.ToByteArray());
    }

    /// <summary>A tensor of float numbers, all different.</summary>
    public static TensorProto Tensor(string name, params long[] shape)
    {
        float[] values = new float[shape.Aggregate(1L, (product, size) => product * size)];
        for (int i = 0; i < values.Length; i++) values[i] = MathF.Sin(i + name[0]);
        return new TensorProto { Name = name, DataType = (int)DataType.Float, Dims = { shape }, RawData = ByteString.CopyFrom(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan())) };
    }

    /// <summary>An input or output; -1 for a size that is not fixed.</summary>
    public static ValueInfoProto Port(string name, DataType type, params long[] shape)
    {
        var sizes = new TensorShapeProto();
        foreach (long size in shape) sizes.Dim.Add(size < 0 ? new TensorShapeProto.Types.Dimension { DimParam = "n" } : new TensorShapeProto.Types.Dimension { DimValue = size });
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = sizes } } };
    }

    /// <summary>A node.</summary>
    public static NodeProto Node(string type, string[] inputs, string output, params AttributeProto[] attributes) => new() { OpType = type, Name = $"the {type}", Input = { inputs }, Output = { output }, Attribute = { attributes } };
}
