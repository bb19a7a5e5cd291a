namespace RnnSharp.Onnx.Import;

/// <summary>What a file says, before any meaning is given to it.</summary>
internal sealed class OnnxGraph(WireReader file, ImportBudget budget)
{
    /// <summary>The file, from which values are read when they are needed.</summary>
    public WireReader File { get; } = file;

    public ImportBudget Budget { get; } = budget;

    public NameTable Names { get; } = new(budget);

    public List<GraphNode> Nodes { get; } = [];

    /// <summary>The tensors of the graph by the number of their name.</summary>
    public Dictionary<int, StoredTensor> Initializers { get; } = [];

    /// <summary>Values that the file holds in tensors, of any kind.</summary>
    public long StoredElements { get; set; }

    public List<GraphPort> Inputs { get; } = [];

    public List<GraphPort> Outputs { get; } = [];

    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    public string Producer { get; set; } = "";

    public long OperatorSet { get; set; }

    public long FormatVersion { get; set; }
}

/// <summary>A node: an operator with the numbers of its inputs' and outputs' names.</summary>
internal sealed class GraphNode
{
    public required string Name { get; init; }

    public required IOperator Operator { get; init; }

    public required int[] Inputs { get; init; }

    public required int[] Outputs { get; init; }

    public required GraphAttribute[] Attributes { get; init; }

    /// <summary>The node for a message: its operator and its name.</summary>
    public override string ToString() => $"{Operator.Name} node {Serialization.ErrorText.Quote(Name)}";
}

/// <summary>An attribute of a node. One of the values is set.</summary>
internal sealed class GraphAttribute
{
    public required string Name { get; set; }

    public float? Number { get; set; }

    public long? Whole { get; set; }

    public string? Text { get; set; }

    public StoredTensor? Tensor { get; set; }

    public List<float>? Numbers { get; set; }

    public List<long>? Wholes { get; set; }

    public List<string>? Texts { get; set; }
}

/// <summary>An input or output of the graph.</summary>
/// <param name="Number">The number of its name.</param>
/// <param name="Type">The type of its elements, a <see cref="Schema.TensorProto.Types.DataType"/>; 0 if the file does not say.</param>
/// <param name="Shape">The sizes, -1 for one that is not fixed; null if the file does not say.</param>
internal sealed record GraphPort(int Number, int Type, long[]? Shape);
