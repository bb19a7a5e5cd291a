using RnnSharp.Serialization;

namespace RnnSharp.Onnx.Import;

/// <summary>The node that is being imported: its inputs, outputs and attributes. Attributes that nobody asks for refuse the node.</summary>
internal sealed class NodeContext(GraphImporter importer, GraphNode node)
{
    private const int CostOfValue = 100;
    private const int HighestRank = 16;

    // Bits of the set of those that were read.
    private const int MostAttributes = 64;

    private ulong _read;

    public GraphImporter Importer { get; } = importer;

    /// <summary>The operator and the name, for messages.</summary>
    public string Description => node.ToString();

    public int InputCount => node.InputCount;

    public int OutputCount => node.OutputCount;

    public ImportBudget Budget => Importer.Budget;

    public InvalidDataException Refuse(string problem) => new($"{node}: {problem}");

    /// <summary>Whether an input is given.</summary>
    public bool Has(int input) => node.Input(input) != NameTable.Absent;

    /// <summary>What is known of an input; null if it is left out.</summary>
    public GraphValue? Optional(int input) => Has(input) ? Importer.ValueOf(node.Input(input), node) : null;

    /// <summary>What is known of an input.</summary>
    public GraphValue Input(int input) => Optional(input) ?? throw Refuse($"expected an input {input}, got none.");

    /// <summary>Sets an output, unless it is left out.</summary>
    public void Set(int output, GraphValue value)
    {
        if (node.Output(output) == NameTable.Absent) return;
        Budget.Charge(CostOfValue);
        int rank = value switch { TensorValue tensor => tensor.Axes.Length, ConstantValue constant => constant.Shape.Length, FillValue fill => fill.Shape.Length, _ => 0 };
        if (rank > HighestRank) throw Refuse($"expected a tensor of at most {HighestRank} axes, got {rank}.");
        if (value is TensorValue && rank == 0) throw Refuse("expected a tensor of the model with at least one axis, got one without.");
        Importer.Set(node.Output(output), value, node);
    }

    public long Whole(string name, long missing) => Attribute(name) is { } found ? found.Whole ?? throw Wrong(name, "a whole number") : missing;

    public float Number(string name, float missing) => Attribute(name) is { } found ? found.Number ?? throw Wrong(name, "a number") : missing;

    public string Text(string name, string missing) => Attribute(name) is { } found ? found.Text ?? throw Wrong(name, "a text") : missing;

    public List<long>? Wholes(string name) => Attribute(name) is { } found ? found.Wholes : null;

    public List<float>? Numbers(string name) => Attribute(name) is { } found ? found.Numbers : null;

    public List<string>? Texts(string name) => Attribute(name) is { } found ? found.Texts : null;

    public StoredTensor? Tensor(string name) => Attribute(name) is { } found ? found.Tensor ?? throw Wrong(name, "a tensor") : null;

    public bool HasAttribute(string name) => Attribute(name) is not null;

    /// <summary>Whole numbers that later versions of an operator have as an input and earlier ones as an attribute; null if neither is given.</summary>
    public long[]? Positions(string attribute, int input)
    {
        if (HasAttribute(attribute)) return [.. Wholes(attribute)!];
        return Optional(input) is { } value ? Importer.WholesOf(value) ?? throw Refuse($"expected constant {attribute}, got {value.Kind}.") : null;
    }

    /// <summary>An axis of a tensor, counted from the end if it is negative.</summary>
    public int Axis(long axis, int rank)
    {
        long positive = axis < 0 ? axis + rank : axis;
        return positive >= 0 && positive < rank ? (int)positive : throw Refuse($"expected an axis of a tensor of rank {rank}, got {axis}.");
    }

    /// <summary>Ends the import of a node: throws if it has attributes that were not asked for.</summary>
    public void End()
    {
        for (int i = 0; i < node.AttributeCount; i++)
        {
            if (i >= MostAttributes || (_read & (1UL << i)) == 0) throw Refuse($"the attribute {ErrorText.Quote(node.Attribute(i).Name)} is not imported.");
        }

        _read = 0;
    }

    private GraphAttribute? Attribute(string name)
    {
        GraphAttribute? found = null;
        for (int i = 0; i < Math.Min(node.AttributeCount, MostAttributes); i++)
        {
            if (!string.Equals(node.Attribute(i).Name, name, StringComparison.Ordinal)) continue;
            if (found is not null) throw Refuse($"the attribute {name} occurs twice.");
            found = node.Attribute(i);
            _read |= 1UL << i;
        }

        return found;
    }

    private InvalidDataException Wrong(string attribute, string expected) => Refuse($"expected {expected} for the attribute {attribute}, got something else.");
}
