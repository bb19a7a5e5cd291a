using RnnSharp.Serialization;
using DataType = RnnSharp.Onnx.Schema.TensorProto.Types.DataType;

namespace RnnSharp.Onnx.Import;

/// <summary>What a file says besides its nodes, before any meaning is given to it.</summary>
internal sealed class OnnxGraph(WireReader file, ImportBudget budget)
{
    /// <summary>The file, from which nodes and values are read when they are needed.</summary>
    public WireReader File { get; } = file;

    public ImportBudget Budget { get; } = budget;

    /// <summary>Where the graph's message begins and ends.</summary>
    public (long Position, long End) At { get; set; }

    public NameTable Names { get; } = new(budget);

    /// <summary>The tensors of the graph by the number of their name.</summary>
    public Dictionary<int, StoredTensor> Initializers { get; } = [];

    /// <summary>Values that the graph's tensors hold, of any kind.</summary>
    public long StoredElements { get; set; }

    public List<GraphPort> Inputs { get; } = [];

    public List<GraphPort> Outputs { get; } = [];

    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>The type that holds the numbers of the graph's tensors and outputs: of two types of floating-point numbers, the wider one.</summary>
    public TensorType ElementType => Outputs.Exists(output => output.Type == (int)DataType.Double) || Initializers.Values.Any(tensor => tensor.Type == DataType.Double) ? TensorType.Float64 : TensorType.Float32;

    public string Producer { get; set; } = "";

    public long OperatorSet { get; set; }
}

/// <summary>An input or output of the graph.</summary>
/// <param name="Number">The number of its name.</param>
/// <param name="Type">The type of its elements, a <see cref="Schema.TensorProto.Types.DataType"/>; 0 if the file does not say.</param>
/// <param name="Shape">The sizes, -1 for one that is not fixed; null if the file does not say.</param>
/// <param name="IsBatchFirst">Whether the name of the first size is that of the batch in files of the library.</param>
internal sealed record GraphPort(int Number, int Type, long[]? Shape, bool IsBatchFirst);
