using System.Runtime.InteropServices;
using RnnSharp.Serialization;

namespace RnnSharp.Onnx.Import;

/// <summary>
/// Goes through the nodes of a graph in their order and finds out what each value is: a constant, sizes, a state, or the output of a layer
/// that is planned for it. Nothing is created until the whole graph is understood.
/// </summary>
internal sealed class GraphImporter
{
    /// <summary>The longest list of sizes.</summary>
    public const int LongestSizes = 64;

    private const long LongestFolded = 1 << 28;

    private readonly OnnxGraph _graph;
    private readonly OnnxImportOptions _options;
    private readonly List<GraphValue?> _values = [];
    private readonly long _storedElements;
    private readonly int _elementBytes;
    private int _points;
    private long _claimed;

    /// <summary>Starts the import of a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="options">Values for inputs, and limits.</param>
    /// <param name="elementBytes">Bytes of a number of the model.</param>
    public GraphImporter(OnnxGraph graph, OnnxImportOptions options, int elementBytes)
    {
        _graph = graph;
        _options = options;
        _elementBytes = elementBytes;
        _storedElements = graph.StoredElements + options.Constants.Sum(pair => (long)pair.Value.Length);
    }

    public ImportBudget Budget => _graph.Budget;

    public OnnxImportOptions Options => _options;

    public long OperatorSet => _graph.OperatorSet;

    /// <summary>The inputs of the graph that are not constants.</summary>
    public List<ImportedPort> Ports { get; } = [];

    /// <summary>The input of the model, once a node uses it.</summary>
    public (ImportedPort Port, Point Point)? Main { get; private set; }

    /// <summary>The number of tokens, if the model's input are tokens.</summary>
    public int Vocabulary { get; set; }

    /// <summary>Imports all nodes.</summary>
    /// <exception cref="InvalidDataException">A node cannot be imported.</exception>
    public void Run()
    {
        foreach ((int number, StoredTensor tensor) in _graph.Initializers) Entry(number) = new ConstantValue(tensor);
        foreach (GraphPort input in _graph.Inputs) Declare(input);
        foreach (string name in _options.Constants.Keys)
        {
            if (!_graph.Inputs.Exists(input => string.Equals(_graph.Names[input.Number], name, StringComparison.Ordinal)))
                throw new InvalidDataException($"Expected names of inputs of the graph in {nameof(OnnxImportOptions.Constants)}, got {ErrorText.Quote(name)}.");
        }

        NodeContext? context = null;
        foreach (GraphNode node in GraphReader.ReadNodes(_graph))
        {
            context ??= new NodeContext(this, node);
            node.Operator!.Import(context);
            context.End();
        }
    }

    /// <summary>What is known of a value that a node reads.</summary>
    public GraphValue ValueOf(int number, object reader) => Entry(number) ?? throw new InvalidDataException($"{reader}: no input, tensor or earlier node of the graph gives {ErrorText.Quote(_graph.Names[number])}.");

    public void Set(int number, GraphValue value, GraphNode node)
    {
        ref GraphValue? entry = ref Entry(number);
        if (entry is not null) throw new InvalidDataException($"{node}: {ErrorText.Quote(_graph.Names[number])} is given twice.");
        entry = value;
    }

    /// <summary>Adds a layer after a point.</summary>
    public Point Then(Point point, LayerPlan plan, Atom[] features) => Counted(point.Then(plan, features));

    /// <summary>Counts a point of the model, of which there may be as many as layers.</summary>
    public Point Counted(Point point)
    {
        const int CostOfPoint = 400;
        Budget.Charge(CostOfPoint);
        return ++_points <= _options.Limits.Layers ? point : throw new InvalidDataException($"Expected at most {_options.Limits.Layers} layers (ModelLimits.Layers), got more.");
    }

    /// <summary>
    /// Counts the parameters of a layer. Several layers may use a tensor, and a layer may have biases that the graph has not, but all of them
    /// together cannot have more than twice the numbers of the file, so that a small file does not become a large model.
    /// </summary>
    public void Claim(long count, NodeContext node)
    {
        const int SpareElements = 1024;
        _claimed += count;
        if (_claimed > 2 * _storedElements + SpareElements) throw node.Refuse("the layers would have more parameters than the file has numbers.");
        if (_claimed * _elementBytes > _options.Limits.ParameterBytes) throw node.Refuse($"the model would have more parameters than {_options.Limits.ParameterBytes} bytes (ModelLimits.ParameterBytes).");
    }

    /// <summary>A value as the output of a layer or the input of the model; null if it is neither.</summary>
    /// <param name="value">The value.</param>
    /// <param name="node">The node that reads it.</param>
    /// <param name="takesReversed">Whether the steps may be in reverse order.</param>
    public FlowValue? FlowOf(GraphValue value, NodeContext node, bool takesReversed = false)
    {
        switch (value)
        {
            case FlowValue { IsReversed: true } when !takesReversed:
                throw node.Refuse("steps in reverse order are not imported here; only recurrent nodes take them.");
            case FlowValue flow:
                return flow;
            case StateValue state:
                return StateFlows.Of(state, node);
            case PortValue { Origin: null } port when !port.Port.IsWhole && port.Axes.Length is 2 or 3:
                Atom[] last = port.Axes[^1];
                if (last.Length != 1 || !last[0].Means(AxisRole.Features)) throw node.Refuse($"expected an input whose last axis are features, got {port.Kind}.");
                return new FlowValue(RootOf(port.Port, PortUse.Sequence, last, node), port.Axes);
            default:
                return null;
        }
    }

    /// <summary>The point at the model's input.</summary>
    public Point RootOf(ImportedPort port, PortUse use, Atom[] features, NodeContext node)
    {
        if (!port.UsedAs(use) || (Main is { } main && !ReferenceEquals(main.Port, port))) throw node.Refuse($"expected one input for one purpose, got {ErrorText.Quote(port.Name)} besides {ErrorText.Quote(Main?.Port.Name)} as input of the model.");
        Main ??= (port, Counted(Point.Root(features)));
        return Main.Value.Point;
    }

    /// <summary>Sizes that a value holds; null if it holds none.</summary>
    public SizesValue? SizesOf(GraphValue value)
    {
        const int CostOfSize = 24;
        switch (value)
        {
            case SizesValue sizes:
                return sizes;
            case ConstantValue { IsWhole: true, Shape.Length: <= 1, Count: <= LongestSizes } constant:
                Budget.Charge(CostOfSize * constant.Count);
                return new SizesValue(Array.ConvertAll(constant.Wholes(Budget), Extent.Of), constant.Shape.Length == 0);
            case FillValue { IsWhole: true, Shape: [] or [{ IsKnown: true, Factor: <= LongestSizes }] } fill:
                var items = new Extent[fill.Shape.Length == 0 ? 1 : fill.Shape[0].Factor];
                Budget.Charge(CostOfSize * items.Length);
                Array.Fill(items, Extent.Of((long)fill.Value));
                return new SizesValue(items, fill.Shape.Length == 0);
            default:
                return null;
        }
    }

    /// <summary>Whole numbers that a value holds; null if it holds anything else or sizes that are open.</summary>
    public long[]? WholesOf(GraphValue value) => SizesOf(value) is { } sizes && Array.TrueForAll(sizes.Items, item => item.IsKnown) ? Array.ConvertAll(sizes.Items, item => item.Factor) : null;

    /// <summary>A value as a constant; null if it is none.</summary>
    public ConstantValue? ConstantOf(GraphValue? value, NodeContext node)
    {
        switch (value)
        {
            case ConstantValue constant:
                return constant;
            case TransposedValue transposed:
                return ConstantFolding.Transpose(transposed.Constant, [1, 0], node);
            case SizesValue sizes when WholesOf(sizes) is { } wholes:
                return new ConstantValue(wholes, sizes.IsSingle ? [] : [wholes.Length]);
            case FillValue fill when Array.TrueForAll(fill.Shape, size => size.IsKnown):
                long[] shape = Array.ConvertAll(fill.Shape, size => size.Factor);
                long count = StoredTensor.CountOf(node.Description, shape);
                if (count > LongestFolded) throw node.Refuse($"a constant of {count} numbers is too long.");
                Budget.Charge(sizeof(double) * count);
                if (fill.IsWhole)
                {
                    long[] same = new long[count];
                    Array.Fill(same, (long)fill.Value);
                    return new ConstantValue(same, shape);
                }

                double[] numbers = new double[count];
                Array.Fill(numbers, fill.Value);
                return new ConstantValue(numbers, shape);
            default:
                return null;
        }
    }

    /// <summary>What the outputs of the graph are.</summary>
    public IEnumerable<(string Name, GraphValue Value)> Outputs() => _graph.Outputs.Select(output => (_graph.Names[output.Number], ValueOf(output.Number, "The graph's outputs")));

    private ref GraphValue? Entry(int number)
    {
        while (_values.Count <= number) _values.Add(null);
        return ref CollectionsMarshal.AsSpan(_values)[number];
    }

    private void Declare(GraphPort input)
    {
        string name = _graph.Names[input.Number];
        if (Entry(input.Number) is ConstantValue && _graph.Initializers.ContainsKey(input.Number) && !_options.Constants.ContainsKey(name)) return;
        if (Entry(input.Number) is not null && !_graph.Initializers.ContainsKey(input.Number)) throw new InvalidDataException($"The ONNX file has two inputs called {ErrorText.Quote(name)}.");
        var type = (Schema.TensorProto.Types.DataType)input.Type;
        StoredTensor.SizeOf(type);
        bool isWhole = type is not (Schema.TensorProto.Types.DataType.Float or Schema.TensorProto.Types.DataType.Double or Schema.TensorProto.Types.DataType.Float16 or Schema.TensorProto.Types.DataType.Bfloat16);
        if (_options.Constants.TryGetValue(name, out double[]? given))
        {
            if (input.Shape is null || StoredTensor.CountOf(name, input.Shape) != given.Length)
                throw new InvalidDataException($"Expected {nameof(OnnxImportOptions.Constants)} for an input of the graph with fixed sizes and as many values, got {given.Length} for {ErrorText.Quote(name)} of {(input.Shape is null ? "an unknown shape" : ErrorText.Shape(input.Shape))}.");
            if (isWhole && !Array.TrueForAll(given, value => double.IsInteger(value) && Math.Abs(value) <= int.MaxValue)) throw new InvalidDataException($"Expected whole numbers in {nameof(OnnxImportOptions.Constants)} for {ErrorText.Quote(name)}, got others.");
            Entry(input.Number) = isWhole ? new ConstantValue(Array.ConvertAll(given, value => (long)value), input.Shape) : new ConstantValue(given, input.Shape);
            return;
        }

        if (input.Shape is null) throw new InvalidDataException($"The input {ErrorText.Quote(name)}: expected an input of known rank, got one of an unknown shape.");
        var port = new ImportedPort(name, isWhole, Array.ConvertAll<long, Atom[]>(input.Shape, size => [new Atom(null, size < 0 ? null : size)]));
        Ports.Add(port);
        Entry(input.Number) = new PortValue(port, port.Axes);
    }
}
