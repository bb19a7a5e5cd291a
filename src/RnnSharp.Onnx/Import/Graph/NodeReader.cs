using RnnSharp.Onnx.Schema;
using RnnSharp.Serialization;

namespace RnnSharp.Onnx.Import;

/// <summary>Reads nodes with their attributes. A node whose operator has no importer is refused by its name.</summary>
internal sealed class NodeReader(OnnxGraph graph)
{
    // Fields of later versions of the format than the schema has, which change nothing here.
    private const int NodeMetadataFieldNumber = 9;

    private const int LongestList = 64;

    private static readonly HashSet<string> AttributeNames = new(StringComparer.Ordinal)
    {
        "value", "axis", "axes", "perm", "to", "keepdims", "hidden_size", "direction", "linear_before_reset", "activations", "alpha", "beta", "transB", "epsilon", "start", "end", "starts", "ends",
    };

    private readonly WireReader _file = graph.File;
    private string? _problem;

    /// <summary>Whether a domain is that of ONNX's own operators.</summary>
    public static bool IsStandard(ReadOnlySpan<char> domain) => domain.IsEmpty || domain.SequenceEqual("ai.onnx");

    /// <summary>Reads a node.</summary>
    /// <param name="field">The node's field.</param>
    /// <param name="node">Receives the node.</param>
    /// <exception cref="InvalidDataException">The node is not valid, or its operator has no importer.</exception>
    public void Read(Field field, GraphNode node)
    {
        long outer = _file.Enter(field);
        node.Clear();
        _problem = null;
        Span<char> text = stackalloc char[WireReader.LongestText];
        string domain = "", unknown = "";
        while (_file.Next(out Field inner))
        {
            switch (inner.Number)
            {
                case NodeProto.InputFieldNumber:
                    node.AddInput(graph.Names.NumberOf(_file.Text(inner, text)));
                    break;
                case NodeProto.OutputFieldNumber:
                    node.AddOutput(graph.Names.NumberOf(_file.Text(inner, text)));
                    break;
                case NodeProto.NameFieldNumber:
                    long length = _file.Size(inner);
                    node.SetName(_file.Position, length);
                    _file.Skip(length);
                    break;
                case NodeProto.OpTypeFieldNumber:
                    ReadOnlySpan<char> type = _file.Text(inner, text);
                    node.Operator = ImportedOperators.Find(type);
                    unknown = node.Operator is null ? type.ToString() : "";
                    break;
                case NodeProto.DomainFieldNumber:
                    ReadOnlySpan<char> name = _file.Text(inner, text);
                    if (!IsStandard(name)) domain = name.ToString();
                    break;
                case NodeProto.AttributeFieldNumber:
                    ReadAttribute(inner, node.AddAttribute());
                    break;
                case NodeProto.DocStringFieldNumber or NodeMetadataFieldNumber:
                    _file.Skip(inner);
                    break;
                default:
                    throw _file.Invalid($"a node with the field {inner.Number}");
            }
        }

        _file.Leave(outer);
        if (domain.Length > 0) throw new InvalidDataException($"Node {node.QuotedName()}: the operator {ErrorText.Quote(node.Operator?.Name ?? unknown)} of the domain {ErrorText.Quote(domain)} is not imported; only ONNX's own operators are.");
        if (node.Operator is null) throw new InvalidDataException($"Node {node.QuotedName()}: the operator {ErrorText.Quote(unknown)} is not imported.");
        if (_problem is not null) throw new InvalidDataException($"{node}: {_problem}");
    }

    private void ReadAttribute(Field field, GraphAttribute attribute)
    {
        const int CostOfAttribute = 40;
        long outer = _file.Enter(field);
        graph.Budget.Charge(CostOfAttribute);
        Span<char> text = stackalloc char[WireReader.LongestText];
        while (_file.Next(out Field inner))
        {
            switch (inner.Number)
            {
                case AttributeProto.NameFieldNumber:
                    ReadOnlySpan<char> name = _file.Text(inner, text);
                    attribute.Name = AttributeNames.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out string? known) ? known : Kept(name);
                    break;
                case AttributeProto.FFieldNumber:
                    attribute.Number = _file.Single(inner);
                    break;
                case AttributeProto.IFieldNumber:
                    attribute.Whole = (long)_file.Varint(inner);
                    break;
                case AttributeProto.SFieldNumber:
                    attribute.Text = Kept(_file.Text(inner, text));
                    break;
                case AttributeProto.TFieldNumber:
                    if (attribute.Tensor is not null) throw _file.Invalid("an attribute with two tensors");
                    attribute.Tensor = TensorReader.Read(inner, graph);
                    break;
                case AttributeProto.FloatsFieldNumber:
                    ReadList(inner, WireType.Fixed32, attribute.Numbers, item => _file.Single(item));
                    break;
                case AttributeProto.IntsFieldNumber:
                    ReadList(inner, WireType.Varint, attribute.Wholes, item => (long)_file.Varint(item));
                    break;
                case AttributeProto.StringsFieldNumber:
                    RequireRoom(attribute.Texts.Count);
                    attribute.Texts.Add(Kept(_file.Text(inner, text)));
                    break;
                case AttributeProto.TypeFieldNumber or AttributeProto.DocStringFieldNumber:
                    _file.Skip(inner);
                    break;
                case AttributeProto.GFieldNumber or AttributeProto.GraphsFieldNumber:
                    _problem ??= "graphs inside of nodes are not imported.";
                    _file.Skip(inner);
                    break;
                case AttributeProto.TensorsFieldNumber or AttributeProto.SparseTensorFieldNumber or AttributeProto.RefAttrNameFieldNumber or 14 or 15 or 23:
                    _problem ??= "attributes that are lists of tensors, sparse tensors, types or references are not imported.";
                    _file.Skip(inner);
                    break;
                default:
                    throw _file.Invalid($"an attribute with the field {inner.Number}");
            }
        }

        _file.Leave(outer);
    }

    /// <summary>Reads a value of a list, or several that are packed.</summary>
    private void ReadList<T>(Field field, WireType type, List<T> target, Func<Field, T> read)
    {
        if (field.Type == type)
        {
            RequireRoom(target.Count);
            target.Add(read(field));
            return;
        }

        long outer = _file.Enter(field);
        while (_file.Position < _file.End)
        {
            RequireRoom(target.Count);
            target.Add(read(field with { Type = type }));
        }

        _file.Leave(outer);
    }

    private string Kept(ReadOnlySpan<char> text)
    {
        const int CostOfText = 30;
        graph.Budget.Charge(CostOfText + 2 * text.Length);
        return text.ToString();
    }

    private void RequireRoom(int count)
    {
        if (count == LongestList) throw _file.Invalid($"an attribute with more than {LongestList} values");
    }
}
