using System.Runtime.InteropServices;
using Google.Protobuf;
using RnnSharp.Onnx.Schema;
using RnnSharp.Recurrent;
using static RnnSharp.Onnx.Schema.TensorProto.Types;

namespace RnnSharp.Peers;

/// <summary>
/// ONNX models of one recurrent operator and nothing else: inputs X, H0 (and C0), outputs Y, Y_h (and Y_c), any steps and batch. RnnSharp's
/// exporter would add the nodes that make the state optional, which cost a measurable time in a stream of single steps.
/// </summary>
internal static class OrtModels
{
    public static string[] States(Cell cell) => cell.Kind is "lstm" ? ["H0", "C0"] : ["H0"];

    public static string[] Finals(Cell cell) => cell.Kind is "lstm" ? ["Y_h", "Y_c"] : ["Y_h"];

    public static byte[] Create(Cell cell, RecurrentLayer<float> layer, bool quantized)
    {
        int hidden = cell.Hidden;

        // The blocks of PyTorch's rows in ONNX's order: i, f, g, o to i, o, f, c; r, z, n to z, r, h.
        int[] order = cell.Kind switch
        {
            "lstm" => [0, 3, 1, 2],
            "gru" => [1, 0, 2],
            _ => [0],
        };
        float[] w = Reorder(layer.InputWeights.ToMatrix().ToRowMajorArray(), order);
        float[] r = Reorder(layer.RecurrentWeights.ToMatrix().ToRowMajorArray(), order);
        float[] b = [.. Reorder(layer.InputBias!.Values.ToArray(), order), .. Reorder(layer.HiddenBias!.Values.ToArray(), order)];
        int rows = order.Length * hidden;
        var graph = new GraphProto { Name = "peer" };
        var node = new NodeProto { Name = "recurrent", OpType = cell.Kind.ToUpperInvariant() };
        node.Input.Add(["X", "W", "R", "B", "", .. States(cell)]);
        node.Output.Add(["Y", .. Finals(cell)]);
        node.Attribute.Add(new AttributeProto { Name = "hidden_size", Type = AttributeProto.Types.AttributeType.Int, I = hidden });

        // PyTorch's GRU resets after the product.
        if (cell.Kind is "gru") node.Attribute.Add(new AttributeProto { Name = "linear_before_reset", Type = AttributeProto.Types.AttributeType.Int, I = 1 });
        if (quantized)
        {
            // What onnxruntime.quantization.quantize_dynamic makes of an LSTM: int8 weights, transposed, with one scale each.
            node.OpType = "DynamicQuantizeLSTM";
            node.Domain = "com.microsoft";
            node.Input.Add(["", "W_scale", "W_zero_point", "R_scale", "R_zero_point"]);
            Quantize(graph, "W", w, rows, cell.Inputs);
            Quantize(graph, "R", r, rows, hidden);
        }
        else
        {
            Store<float>(graph, "W", DataType.Float, w, 1, rows, cell.Inputs);
            Store<float>(graph, "R", DataType.Float, r, 1, rows, hidden);
        }

        Store<float>(graph, "B", DataType.Float, b, 1, 2 * rows);
        graph.Node.Add(node);
        graph.Input.Add(Describe("X", "steps", "batch", cell.Inputs));
        foreach (string name in States(cell)) graph.Input.Add(Describe(name, 1, "batch", hidden));
        graph.Output.Add(Describe("Y", "steps", 1, "batch", hidden));
        foreach (string name in Finals(cell)) graph.Output.Add(Describe(name, 1, "batch", hidden));
        var model = new ModelProto { IrVersion = 8, Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = 14 });
        if (quantized) model.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.microsoft", Version = 1 });
        return model.ToByteArray();
    }

    private static float[] Reorder(float[] rows, int[] order)
    {
        int block = rows.Length / order.Length;
        return [.. order.SelectMany(gate => rows.AsSpan(gate * block, block).ToArray())];
    }

    private static void Quantize(GraphProto graph, string name, float[] values, int rows, int columns)
    {
        float scale = values.Max(MathF.Abs) / 127;
        sbyte[] whole = new sbyte[values.Length];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++) whole[j * rows + i] = (sbyte)MathF.Round(values[i * columns + j] / scale);
        }

        Store<sbyte>(graph, name, DataType.Int8, whole, 1, columns, rows);
        Store<float>(graph, $"{name}_scale", DataType.Float, [scale], 1);
        Store<sbyte>(graph, $"{name}_zero_point", DataType.Int8, [0], 1);
    }

    private static void Store<TElement>(GraphProto graph, string name, DataType type, ReadOnlySpan<TElement> values, params ReadOnlySpan<long> shape)
        where TElement : unmanaged
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values)) };
        tensor.Dims.Add(shape.ToArray());
        graph.Initializer.Add(tensor);
    }

    private static ValueInfoProto Describe(string name, params ReadOnlySpan<object> dimensions)
    {
        var shape = new TensorShapeProto();
        foreach (object dimension in dimensions) shape.Dim.Add(dimension is int number ? new TensorShapeProto.Types.Dimension { DimValue = number } : new TensorShapeProto.Types.Dimension { DimParam = (string)dimension });
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float, Shape = shape } } };
    }
}
