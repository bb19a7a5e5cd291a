using RnnSharp.Onnx.Schema;
using RnnSharp.Serialization;

namespace RnnSharp.Onnx.Import;

/// <summary>
/// Reads the messages of a file. Fields that change nothing, such as comments, are skipped; what the importer has no use for
/// (functions, sparse tensors, training information) and fields that the format does not have are refused.
/// </summary>
internal static class GraphReader
{
    // Fields of later versions of the format than the schema has, which change nothing here.
    internal const int TensorMetadataFieldNumber = 16;
    private const int ModelConfigurationFieldNumber = 26;
    private const int GraphQuantizationFieldNumber = 14;
    private const int GraphMetadataFieldNumber = 16;
    private const int PortMetadataFieldNumber = 4;
    private const int PortShapeMost = 8;
    private const int CostOfPort = 160;
    private const int CostOfEntry = 200;

    /// <summary>Reads the outermost message; the graph itself only where it is and how long.</summary>
    /// <exception cref="InvalidDataException">It is not valid.</exception>
    public static OnnxGraph Read(WireReader file, ModelLimits limits)
    {
        var graph = new OnnxGraph(file, new ImportBudget(file.Length));
        while (file.Next(out Field field))
        {
            switch (field.Number)
            {
                case ModelProto.ProducerNameFieldNumber:
                    graph.Producer = file.Text(field);
                    break;
                case ModelProto.GraphFieldNumber:
                    if (graph.At.End > 0) throw file.Invalid("a second graph");
                    long length = file.Size(field);
                    graph.At = (file.Position, file.Position + length);
                    file.Skip(length);
                    break;
                case ModelProto.OpsetImportFieldNumber:
                    ReadOperatorSet(field, graph);
                    break;
                case ModelProto.MetadataPropsFieldNumber:
                    ReadEntry(field, graph, limits);
                    break;
                case ModelProto.IrVersionFieldNumber or ModelProto.ProducerVersionFieldNumber or ModelProto.DomainFieldNumber or ModelProto.ModelVersionFieldNumber or ModelProto.DocStringFieldNumber or ModelConfigurationFieldNumber:
                    file.Skip(field);
                    break;
                case ModelProto.FunctionsFieldNumber:
                    throw new InvalidDataException("The ONNX file has functions of its own, which are not read.");
                default:
                    throw file.Invalid($"a model with the field {field.Number}");
            }
        }

        if (graph.At.End == 0) throw file.Invalid("a model without a graph");
        if (graph.OperatorSet is < OnnxImportOptions.OldestOperatorSet or > OnnxImportOptions.NewestOperatorSet)
            throw new InvalidDataException($"Expected a model for ONNX's operators of version {OnnxImportOptions.OldestOperatorSet} to {OnnxImportOptions.NewestOperatorSet}, got {(graph.OperatorSet == 0 ? "none" : graph.OperatorSet)}.");
        return graph;
    }

    /// <summary>Reads the graph's tensors, inputs and outputs, whichever come first.</summary>
    public static void ReadParts(OnnxGraph graph)
    {
        WireReader file = graph.File;
        file.Move(graph.At.Position, graph.At.End);
        while (file.Next(out Field field))
        {
            switch (field.Number)
            {
                case GraphProto.InitializerFieldNumber:
                    StoredTensor tensor = TensorReader.Read(field, graph);
                    if (!graph.Initializers.TryAdd(graph.Names.NumberOf(tensor.Name), tensor)) throw new InvalidDataException($"The ONNX file has two tensors called {ErrorText.Quote(tensor.Name)}.");
                    break;
                case GraphProto.InputFieldNumber:
                    graph.Inputs.Add(ReadPort(field, graph));
                    break;
                case GraphProto.OutputFieldNumber:
                    graph.Outputs.Add(ReadPort(field, graph));
                    break;
                case GraphProto.NodeFieldNumber or GraphProto.NameFieldNumber or GraphProto.DocStringFieldNumber or GraphProto.ValueInfoFieldNumber or GraphQuantizationFieldNumber or GraphMetadataFieldNumber:
                    file.Skip(field);
                    break;
                case GraphProto.SparseInitializerFieldNumber:
                    throw new InvalidDataException("The ONNX file has sparse tensors, which are not read.");
                default:
                    throw file.Invalid($"a graph with the field {field.Number}");
            }
        }
    }

    /// <summary>Reads the nodes in their order. The object is the same for all.</summary>
    public static IEnumerable<GraphNode> ReadNodes(OnnxGraph graph)
    {
        WireReader file = graph.File;
        var reader = new NodeReader(graph);
        var node = new GraphNode(file);
        file.Move(graph.At.Position, graph.At.End);
        while (file.Next(out Field field))
        {
            if (field.Number != GraphProto.NodeFieldNumber)
            {
                file.Skip(field);
                continue;
            }

            reader.Read(field, node);
            yield return node;
        }
    }

    /// <summary>The number of nodes, those of the graphs inside of nodes included.</summary>
    public static int CountNodes(OnnxGraph graph)
    {
        graph.File.Move(graph.At.Position, graph.At.End);
        return CountNodes(graph.File);
    }

    private static int CountNodes(WireReader file)
    {
        int count = 0;
        while (file.Next(out Field field))
        {
            if (field.Number != GraphProto.NodeFieldNumber)
            {
                file.Skip(field);
                continue;
            }

            count++;
            long outer = file.Enter(field);
            while (file.Next(out Field part)) count += CountInside(part, NodeProto.AttributeFieldNumber, file, attribute => CountInside(attribute, AttributeProto.GFieldNumber, file, null));
            file.Leave(outer);
        }

        return count;
    }

    /// <summary>Counts the nodes inside of a field with the given number: those of its parts, or of the graph that it is.</summary>
    private static int CountInside(Field field, int number, WireReader file, Func<Field, int>? parts)
    {
        if (field.Number != number || field.Type != WireType.Bytes)
        {
            file.Skip(field);
            return 0;
        }

        long outer = file.Enter(field);
        int count = 0;
        if (parts is null) count = CountNodes(file);
        else while (file.Next(out Field part)) count += parts(part);
        file.Leave(outer);
        return count;
    }

    private static void ReadOperatorSet(Field field, OnnxGraph graph)
    {
        WireReader file = graph.File;
        long outer = file.Enter(field);
        string domain = "";
        long version = 0;
        while (file.Next(out Field inner))
        {
            if (inner.Number == OperatorSetIdProto.DomainFieldNumber) domain = file.Text(inner);
            else if (inner.Number == OperatorSetIdProto.VersionFieldNumber) version = (long)file.Varint(inner);
            else throw file.Invalid($"a version of operators with the field {inner.Number}");
        }

        file.Leave(outer);

        // Other domains may be declared as long as no node is from one.
        if (!NodeReader.IsStandard(domain)) return;
        if (graph.OperatorSet != 0) throw file.Invalid("two versions of ONNX's operators");
        graph.OperatorSet = version;
    }

    private static void ReadEntry(Field field, OnnxGraph graph, ModelLimits limits)
    {
        WireReader file = graph.File;
        graph.Budget.Charge(CostOfEntry);
        if (graph.Metadata.Count == limits.MetadataEntries + 1) throw new InvalidDataException($"Expected at most {limits.MetadataEntries} entries of metadata (ModelLimits.MetadataEntries), got more.");
        long outer = file.Enter(field);
        string key = "", value = "";
        while (file.Next(out Field inner))
        {
            if (inner.Number == StringStringEntryProto.KeyFieldNumber) key = file.Text(inner);
            else if (inner.Number == StringStringEntryProto.ValueFieldNumber) value = file.LongText(inner, limits.HeaderBytes);
            else throw file.Invalid($"an entry of metadata with the field {inner.Number}");
        }

        file.Leave(outer);
        if (!graph.Metadata.TryAdd(key, value)) throw new InvalidDataException($"The ONNX file's metadata has the key {ErrorText.Quote(key)} twice.");
    }

    private static GraphPort ReadPort(Field field, OnnxGraph graph)
    {
        WireReader file = graph.File;
        graph.Budget.Charge(CostOfPort);
        long outer = file.Enter(field);
        Span<char> text = stackalloc char[WireReader.LongestText];
        int number = NameTable.Absent, type = 0;
        long[]? shape = null;
        bool isBatchFirst = false;
        while (file.Next(out Field inner))
        {
            switch (inner.Number)
            {
                case ValueInfoProto.NameFieldNumber:
                    number = graph.Names.NumberOf(file.Text(inner, text));
                    break;
                case ValueInfoProto.TypeFieldNumber:
                    ReadType(inner, file, ref type, ref shape, ref isBatchFirst);
                    break;
                case ValueInfoProto.DocStringFieldNumber or PortMetadataFieldNumber:
                    file.Skip(inner);
                    break;
                default:
                    throw file.Invalid($"an input or output with the field {inner.Number}");
            }
        }

        file.Leave(outer);
        return number == NameTable.Absent ? throw file.Invalid("an input or output without a name") : new GraphPort(number, type, shape, isBatchFirst);
    }

    private static void ReadType(Field field, WireReader file, ref int type, ref long[]? shape, ref bool isBatchFirst)
    {
        long outer = file.Enter(field);
        while (file.Next(out Field kind))
        {
            if (kind.Number == TypeProto.DenotationFieldNumber)
            {
                file.Skip(kind);
                continue;
            }

            if (kind.Number != TypeProto.TensorTypeFieldNumber) throw new InvalidDataException("The ONNX file has an input or output that is not a tensor of numbers.");
            long around = file.Enter(kind);
            while (file.Next(out Field inner))
            {
                if (inner.Number == TypeProto.Types.Tensor.ElemTypeFieldNumber) type = file.Int32(inner);
                else if (inner.Number == TypeProto.Types.Tensor.ShapeFieldNumber) shape = ReadShape(inner, file, out isBatchFirst);
                else throw file.Invalid($"a type with the field {inner.Number}");
            }

            file.Leave(around);
        }

        file.Leave(outer);
    }

    private static long[] ReadShape(Field field, WireReader file, out bool isBatchFirst)
    {
        long outer = file.Enter(field);
        Span<long> sizes = stackalloc long[PortShapeMost];
        Span<char> text = stackalloc char[WireReader.LongestText];
        int rank = 0;
        isBatchFirst = false;
        while (file.Next(out Field dimension))
        {
            if (dimension.Number != TensorShapeProto.DimFieldNumber) throw file.Invalid($"a shape with the field {dimension.Number}");
            if (rank == sizes.Length) throw file.Invalid($"an input or output of more than {PortShapeMost} dimensions");
            long around = file.Enter(dimension), size = -1;
            while (file.Next(out Field inner))
            {
                if (inner.Number == TensorShapeProto.Types.Dimension.DimValueFieldNumber) size = (long)file.Varint(inner);
                else if (rank == 0 && inner.Number == TensorShapeProto.Types.Dimension.DimParamFieldNumber) isBatchFirst = file.Text(inner, text) is GraphBuilder.Batch;
                else file.Skip(inner);
            }

            file.Leave(around);

            // Sizes below 1 stand for a size that is not fixed.
            sizes[rank++] = size > 0 ? size : -1;
        }

        file.Leave(outer);
        return sizes[..rank].ToArray();
    }
}
