using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Google.Protobuf;
using RnnSharp.Numerics;
using RnnSharp.Onnx.Schema;
using static RnnSharp.Onnx.Schema.TensorProto.Types;

namespace RnnSharp.Onnx;

/// <summary>
/// A graph under construction, or the body of one of its nodes. Every value has one name in the whole model. Constants and parameters are
/// initializers of the main graph, which bodies can read.
/// </summary>
internal sealed class GraphBuilder
{
    /// <summary>The name of the dimension of examples.</summary>
    public const string Batch = "batch";

    private readonly GraphBuilder? _parent;
    private int _nodes;

    // How often each name has been asked for, in the whole model.
    private readonly Dictionary<string, int> _names;

    // Values that are computed once and read by several nodes.
    private readonly Dictionary<string, string> _known = new(StringComparer.Ordinal);

    private GraphBuilder(string name, GraphBuilder? parent)
    {
        _parent = parent;
        _names = parent?._names ?? new Dictionary<string, int>(StringComparer.Ordinal);
        Root = parent?.Root ?? this;
        Graph = new GraphProto { Name = name };
    }

    /// <summary>The main graph.</summary>
    public GraphBuilder Root { get; }

    public GraphProto Graph { get; }

    /// <summary>The largest number of nodes in the whole model.</summary>
    public int MostNodes { get; init; } = int.MaxValue;

    public static GraphBuilder CreateMain(string name, int mostNodes = int.MaxValue) => new(name, parent: null) { MostNodes = mostNodes };

    /// <summary>Creates the body of a node, which reads the values of this graph by their names.</summary>
    public GraphBuilder CreateBody(string name) => new(name, this);

    /// <summary>A name that no other value has: the wish, with a number if it is taken.</summary>
    public string NameFor(string wish)
    {
        if (_names.TryAdd(wish, 0)) return wish;
        while (true)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{wish}_{++_names[wish]}");
            if (_names.TryAdd(name, 0)) return name;
        }
    }

    /// <summary>Takes a name that a caller of the model will use.</summary>
    /// <exception cref="ArgumentException">It is taken.</exception>
    public void Reserve(string name)
    {
        if (!_names.TryAdd(name, 0)) throw Check.Shape("model", "a model whose state has other names than the graph's inputs and outputs", $"two values called {name}");
    }

    /// <summary>Adds a node with one output.</summary>
    public string Add(string path, string type, ReadOnlySpan<string> inputs, params ReadOnlySpan<OnnxAttribute> attributes) => AddMany(path, type, inputs, 1, attributes)[0];

    /// <summary>Adds a node.</summary>
    /// <exception cref="ArgumentException">The model has too many.</exception>
    public void Add(NodeProto node)
    {
        if (Root._nodes++ == Root.MostNodes) throw new ArgumentException($"Expected a model of at most {Root.MostNodes} nodes, got more.", nameof(node));
        Graph.Node.Add(node);
    }

    /// <summary>Adds a node. Inputs that are empty are left out.</summary>
    public string[] AddMany(string path, string type, ReadOnlySpan<string> inputs, int outputs, params ReadOnlySpan<OnnxAttribute> attributes)
    {
        string name = NameFor(path.Length == 0 ? type : $"{path}/{type}");
        var node = new NodeProto { Name = name, OpType = type };
        while (inputs.Length > 0 && inputs[^1].Length == 0) inputs = inputs[..^1];
        foreach (string input in inputs) node.Input.Add(input);
        string[] results = new string[outputs];
        for (int i = 0; i < outputs; i++) node.Output.Add(results[i] = i == 0 ? name : NameFor(string.Create(CultureInfo.InvariantCulture, $"{name}.{i}")));
        foreach (OnnxAttribute attribute in attributes) node.Attribute.Add(attribute.Proto);
        Add(node);
        return results;
    }

    /// <summary>Returns the value with a key, which is computed by this graph if neither it nor a graph around it has it.</summary>
    public string Once<TArgument>(string key, TArgument argument, Func<GraphBuilder, TArgument, string> create)
    {
        for (GraphBuilder? graph = this; graph is not null; graph = graph._parent)
        {
            if (graph._known.TryGetValue(key, out string? known)) return known;
        }

        string value = create(this, argument);
        _known.Add(key, value);
        return value;
    }

    /// <summary>A list of whole numbers, int64.</summary>
    public string Whole(params ReadOnlySpan<long> values)
    {
        string text = string.Join('_', values.ToArray());
        return Root.Once($"whole {text}", values.ToArray(), (root, numbers) => root.Initializer<long>($"int64_{text}", [numbers.Length], numbers));
    }

    /// <summary>A whole number without dimensions, int64.</summary>
    public string WholeScalar(long value) => Root.Once($"scalar {value}", value, static (root, number) => root.Initializer<long>(string.Create(CultureInfo.InvariantCulture, $"int64_scalar_{number}"), [], [number]));

    /// <summary>A number of 32 bits without dimensions.</summary>
    public string Int32Scalar(int value) => Root.Once($"int32 {value}", value, static (root, number) => root.Initializer<int>(string.Create(CultureInfo.InvariantCulture, $"int32_{number}"), [], [number]));

    /// <summary>A number without dimensions.</summary>
    public string Number<T>(T value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        return Root.Once($"number {text}", value, (root, number) => root.Initializer<T>($"number_{text}", [], [number]));
    }

    /// <summary>Adds values that the file stores, row by row.</summary>
    /// <returns>Their name.</returns>
    public string Initializer<TElement>(string name, ReadOnlySpan<long> shape, ReadOnlySpan<TElement> values)
        where TElement : unmanaged
    {
        string unique = Root.NameFor(name);
        Root.Store<TElement>(unique, shape, MemoryMarshal.AsBytes(values).ToArray());
        return unique;
    }

    /// <summary>Adds values under a name that has been reserved. The bytes are not copied.</summary>
    public void Store<TElement>(string name, ReadOnlySpan<long> shape, byte[] values)
        where TElement : unmanaged
    {
        var tensor = new TensorProto { Name = name, DataType = (int)TypeOf<TElement>(), RawData = UnsafeByteOperations.UnsafeWrap(values) };
        tensor.Dims.Add(shape.ToArray());
        Graph.Initializer.Add(tensor);
    }

    /// <summary>ONNX's number of an element type.</summary>
    public static DataType TypeOf<TElement>()
        where TElement : unmanaged => default(TElement) switch
        {
            float => DataType.Float,
            double => DataType.Double,
            long => DataType.Int64,
            int => DataType.Int32,
            bool => DataType.Bool,
            _ => throw new NotSupportedException($"No file of RnnSharp has tensors of {typeof(TElement)}."),
        };

    /// <summary>Describes an input or output of a graph. A dimension is a number, or a name: equal names have equal values.</summary>
    public static ValueInfoProto Describe(string name, DataType type, params ReadOnlySpan<object> dimensions)
    {
        var shape = new TensorShapeProto();
        foreach (object dimension in dimensions)
            shape.Dim.Add(dimension is int number ? new TensorShapeProto.Types.Dimension { DimValue = number } : new TensorShapeProto.Types.Dimension { DimParam = (string)dimension });

        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape } } };
    }
}
