using RnnSharp.Onnx.Schema;
using RnnSharp.Serialization;

namespace RnnSharp.Onnx.Import;

/// <summary>Reads nodes with their attributes. A node whose operator has no importer is refused by its name.</summary>
internal static class NodeReader
{
    // Fields of later versions of the format than the schema has, which change nothing here.
    private const int NodeMetadataFieldNumber = 9;

    private const int LongestList = 64;
    private const int MostValues = 256;
    private const int LongestText = 1024;
    private const int CostOfNode = 150;
    private const int CostOfAttribute = 120;

    /// <summary>Whether a domain is that of ONNX's own operators.</summary>
    public static bool IsStandard(ReadOnlySpan<char> domain) => domain.IsEmpty || domain.SequenceEqual("ai.onnx");

    /// <summary>Reads a node.</summary>
    /// <param name="field">The node's field.</param>
    /// <param name="graph">The graph that the node belongs to.</param>
    /// <param name="scratch">A list that is overwritten.</param>
    /// <exception cref="InvalidDataException">The node is not valid, or its operator has no importer.</exception>
    public static GraphNode Read(Field field, OnnxGraph graph, List<int> scratch)
    {
        WireReader file = graph.File;
        long outer = file.Enter(field);
        graph.Budget.Charge(CostOfNode);
        scratch.Clear();
        Span<char> text = stackalloc char[LongestText];
        int inputs = 0;
        string name = "", domain = "", unknown = "";
        string? problem = null;
        IOperator? found = null;
        List<GraphAttribute>? attributes = null;
        while (file.Next(out Field inner))
        {
            switch (inner.Number)
            {
                case NodeProto.InputFieldNumber:
                    RequireValues(scratch.Count, graph);
                    scratch.Insert(inputs++, graph.Names.NumberOf(file.Text(inner, text)));
                    break;
                case NodeProto.OutputFieldNumber:
                    RequireValues(scratch.Count, graph);
                    scratch.Add(graph.Names.NumberOf(file.Text(inner, text)));
                    break;
                case NodeProto.NameFieldNumber:
                    name = file.Text(inner);
                    graph.Budget.Charge(2 * name.Length);
                    break;
                case NodeProto.OpTypeFieldNumber:
                    ReadOnlySpan<char> type = file.Text(inner, text);
                    found = ImportedOperators.Find(type);
                    if (found is null) unknown = type.ToString();
                    break;
                case NodeProto.DomainFieldNumber:
                    domain = file.Text(inner);
                    break;
                case NodeProto.AttributeFieldNumber:
                    (attributes ??= []).Add(ReadAttribute(inner, graph, ref problem));
                    break;
                case NodeProto.DocStringFieldNumber or NodeMetadataFieldNumber:
                    file.Skip(inner);
                    break;
                default:
                    throw file.Invalid($"a node with the field {inner.Number}");
            }
        }

        file.Leave(outer);
        if (!IsStandard(domain)) throw new InvalidDataException($"Node {ErrorText.Quote(name)}: the operator {ErrorText.Quote(unknown.Length > 0 ? unknown : found?.Name)} of the domain {ErrorText.Quote(domain)} is not imported; only ONNX's own operators are.");
        if (found is null) throw new InvalidDataException($"Node {ErrorText.Quote(name)}: the operator {ErrorText.Quote(unknown)} is not imported.");
        if (problem is not null) throw new InvalidDataException($"{found.Name} node {ErrorText.Quote(name)}: {problem}");
        int[] numbers = [.. scratch];
        return new GraphNode { Name = name, Operator = found, Inputs = numbers[..inputs], Outputs = numbers[inputs..], Attributes = attributes is null ? [] : [.. attributes] };
    }

    private static GraphAttribute ReadAttribute(Field field, OnnxGraph graph, ref string? problem)
    {
        WireReader file = graph.File;
        long outer = file.Enter(field);
        graph.Budget.Charge(CostOfAttribute);
        var attribute = new GraphAttribute { Name = "" };
        while (file.Next(out Field inner))
        {
            switch (inner.Number)
            {
                case AttributeProto.NameFieldNumber:
                    attribute.Name = Charged(file.Text(inner), graph);
                    break;
                case AttributeProto.FFieldNumber:
                    attribute.Number = file.Single(inner);
                    break;
                case AttributeProto.IFieldNumber:
                    attribute.Whole = (long)file.Varint(inner);
                    break;
                case AttributeProto.SFieldNumber:
                    attribute.Text = Charged(file.Text(inner), graph);
                    break;
                case AttributeProto.TFieldNumber:
                    if (attribute.Tensor is not null) throw file.Invalid("an attribute with two tensors");
                    attribute.Tensor = TensorReader.Read(inner, graph);
                    break;
                case AttributeProto.FloatsFieldNumber:
                    ReadNumbers(inner, file, attribute.Numbers ??= []);
                    break;
                case AttributeProto.IntsFieldNumber:
                    ReadWholes(inner, file, attribute.Wholes ??= []);
                    break;
                case AttributeProto.StringsFieldNumber:
                    graph.Budget.Charge(CostOfAttribute);
                    attribute.Texts ??= [];
                    RequireRoom(attribute.Texts.Count, file);
                    attribute.Texts.Add(Charged(file.Text(inner), graph));
                    break;
                case AttributeProto.TypeFieldNumber or AttributeProto.DocStringFieldNumber:
                    file.Skip(inner);
                    break;
                case AttributeProto.GFieldNumber or AttributeProto.GraphsFieldNumber:
                    problem ??= "graphs inside of nodes are not imported.";
                    file.Skip(inner);
                    break;
                case AttributeProto.TensorsFieldNumber or AttributeProto.SparseTensorFieldNumber or AttributeProto.RefAttrNameFieldNumber or 14 or 15 or 23:
                    problem ??= "attributes that are lists of tensors, sparse tensors, types or references are not imported.";
                    file.Skip(inner);
                    break;
                default:
                    throw file.Invalid($"an attribute with the field {inner.Number}");
            }
        }

        file.Leave(outer);
        return attribute;
    }

    private static void ReadNumbers(Field field, WireReader file, List<float> target)
    {
        if (field.Type == WireType.Fixed32)
        {
            RequireRoom(target.Count, file);
            target.Add(file.Single(field));
            return;
        }

        long outer = file.Enter(field);
        while (file.Position < file.End)
        {
            RequireRoom(target.Count, file);
            target.Add(file.Single(new Field(field.Number, WireType.Fixed32)));
        }

        file.Leave(outer);
    }

    private static void ReadWholes(Field field, WireReader file, List<long> target)
    {
        if (field.Type == WireType.Varint)
        {
            RequireRoom(target.Count, file);
            target.Add((long)file.Varint());
            return;
        }

        long outer = file.Enter(field);
        while (file.Position < file.End)
        {
            RequireRoom(target.Count, file);
            target.Add((long)file.Varint());
        }

        file.Leave(outer);
    }

    private static string Charged(string text, OnnxGraph graph)
    {
        graph.Budget.Charge(2 * text.Length);
        return text;
    }

    private static void RequireValues(int count, OnnxGraph graph)
    {
        graph.Budget.Charge(sizeof(int));
        if (count == MostValues) throw graph.File.Invalid($"a node with more than {MostValues} inputs and outputs");
    }

    private static void RequireRoom(int count, WireReader file)
    {
        if (count == LongestList) throw file.Invalid($"an attribute with more than {LongestList} values");
    }
}
