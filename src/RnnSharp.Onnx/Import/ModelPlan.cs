using System.Numerics;
using RnnSharp.Serialization;

namespace RnnSharp.Onnx.Import;

/// <summary>A model that is completely understood: its layers, and what the graph's inputs and outputs are in it.</summary>
internal sealed class ModelPlan
{
    private readonly GraphImporter _importer;
    private readonly List<RecurrentPlan> _recurrent = [];
    private readonly HashSet<LayerPlan> _used = [];
    private readonly Dictionary<RecurrentPlan, string> _prefixes = [];
    private readonly List<LayerPlan> _layers;
    private readonly (string Name, GraphValue Value)[] _outputs;
    private readonly FlowValue _main;
    private readonly string _mainName = "";
    private readonly LengthSource _lengths;

    /// <summary>Plans the model of a graph.</summary>
    /// <exception cref="InvalidDataException">The outputs are not those of one model.</exception>
    public ModelPlan(GraphImporter importer)
    {
        _importer = importer;
        _outputs = [.. importer.Outputs()];
        (_mainName, _main) = MainOutput();
        _layers = Chain(_main.Point, null, 1);
        SetPrefixes(_layers, "");
        if (_layers.Count == 0) throw new InvalidDataException("Expected a graph with layers, got one that returns its input.");
        foreach ((string name, GraphValue value) in _outputs)
        {
            if (value is StateValue state && Array.Exists(state.Pieces, piece => !_recurrent.Contains(piece.Plan))) throw new InvalidDataException($"The output {ErrorText.Quote(name)}: expected states of layers that lead to the output {ErrorText.Quote(_mainName)}, got one of another layer.");
        }

        LengthSource[] sources = [.. _recurrent.Select(plan => plan.Lengths).Distinct()];
        if (sources.Length > 1) throw new InvalidDataException("Expected the same lengths for all recurrent nodes, got others.");
        _lengths = sources.Length == 1 ? sources[0] : default;
        if (_lengths != default && _layers.Find(plan => plan.NeedsFullLength) is { } pooling) throw new InvalidDataException($"{pooling.Node}: expected no lengths where the steps are reduced, because the graph reads the padding of shorter examples and the library's layers do not.");
    }

    /// <summary>Creates the model.</summary>
    /// <exception cref="InvalidDataException">A parameter is not finite or too large.</exception>
    public OnnxModel<T> Create<T>(IReadOnlyDictionary<string, string> metadata, TensorType elementType, ImportBudget budget)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var builder = new LayerBuilder<T>(_importer.Options.AllowNonFinite);
        builder.Check(_layers);
        OnnxPort[] outputs = Array.ConvertAll(_outputs, output => Port(output.Name, output.Value));
        OnnxPort[] inputs = [.. _importer.Ports.Select(Port)];
        ILayer<T> model;
        try
        {
            model = builder.Stack(_layers);
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"The model cannot be created: {exception.Message}", exception);
        }

        var initial = new List<(string, T[], int)>();
        foreach (RecurrentPlan plan in _recurrent)
        {
            for (int cell = 0; cell < plan.Initial.Length; cell++)
            {
                if (plan.Initial[cell] is not { Constant: { } constant } state) continue;
                budget.Charge((long)state.Batch * plan.Hidden * sizeof(double));
                var values = new T[(long)state.Batch * plan.Hidden];
                for (int example = 0; example < state.Batch; example++) builder.Read(constant, state.First + example * state.Stride, values.AsSpan(example * plan.Hidden, plan.Hidden));
                initial.Add((LeafName(plan, cell == 1), values, state.Batch));
            }
        }

        int[] lengths = _lengths.Constant is { } given ? Array.ConvertAll(given.Wholes(budget), length => (int)length) : [];
        return new OnnxModel<T>(model, metadata, elementType, inputs, outputs, lengths, initial);
    }

    private (string Name, FlowValue Flow) MainOutput()
    {
        (string Name, FlowValue Flow)? found = null;
        foreach ((string name, GraphValue value) in _outputs)
        {
            FlowValue? flow = value as FlowValue ?? (value as DroppedSoftmaxValue)?.Flow;
            if (flow is null && value is not StateValue) throw new InvalidDataException($"The output {ErrorText.Quote(name)}: expected the output of a layer or a state, got {value.Kind}.");
            if (flow is null) continue;
            if (flow.IsReversed) throw new InvalidDataException($"The output {ErrorText.Quote(name)}: expected steps in their order, got them reversed.");
            if (!HasAllFeatures(flow)) throw new InvalidDataException($"The output {ErrorText.Quote(name)}: expected all features of a layer, got a part of them.");
            if (found is not null) throw new InvalidDataException($"Expected a graph with one output besides states, got {ErrorText.Quote(found.Value.Name)} and {ErrorText.Quote(name)}.");
            found = (name, flow);
        }

        if (found is not null) return found.Value;
        foreach ((string name, GraphValue value) in _outputs)
        {
            if (value is StateValue state && StateFlows.Of(state, _importer, $"The output {ErrorText.Quote(name)}") is { } flow) return (name, flow);
        }

        // A graph that returns only states: its model returns what its last recurrent layer does.
        return _outputs is [.., (_, StateValue last)] ? ("", new FlowValue(last.Pieces[^1].Point, [])) : throw new InvalidDataException("Expected a graph with outputs, got none.");
    }

    private static bool HasAllFeatures(FlowValue flow) => Array.TrueForAll(flow.Point.Features, feature => feature.IsOne || Array.Exists(flow.Axes, axis => axis.Contains(feature)));

    /// <summary>The layers between two points.</summary>
    private List<LayerPlan> Chain(Point point, Point? stop, int depth)
    {
        if (depth > _importer.Options.Limits.Nesting) throw new InvalidDataException($"Expected at most {_importer.Options.Limits.Nesting} layers inside one another (ModelLimits.Nesting), got more.");
        var layers = new List<LayerPlan>();
        while (!ReferenceEquals(point, stop) && point.Input is { } input)
        {
            if (point.Plan is { } plan)
            {
                Collect(plan);
                layers.Add(plan);
            }
            else if (point.Merge is not { } merge)
            {
                List<LayerPlan> inner = Chain(point.Ways!.Value.First, input, depth + 1);
                layers.Add(new ResidualPlan(inner) { Node = inner[^1].Node });
            }
            else
            {
                List<LayerPlan> forward = Chain(point.Ways!.Value.First, input, depth + 1), backward = Chain(point.Ways.Value.Second, input, depth + 1);
                if (backward.Find(layer => layer is not ReversePlan) is { } other) throw new InvalidDataException($"{other.Node}: expected one direction forward and one backward in time, got two layers side by side.");
                layers.Add(new BidirectionalPlan(forward, [.. backward.SelectMany(layer => ((ReversePlan)layer).Inner)], merge) { Node = backward[^1].Node });
            }

            point = input;
        }

        layers.Reverse();
        return layers;
    }

    private void Collect(LayerPlan plan)
    {
        if (!_used.Add(plan)) throw new InvalidDataException($"{plan.Node}: expected a layer whose output is used in one place, got one that two ways through the graph have in common.");
        if (plan is RecurrentPlan recurrent) _recurrent.Add(recurrent);
        else if (plan is ReversePlan reverse) reverse.Inner.ToList().ForEach(Collect);
    }

    /// <summary>Finds out how the state leaves of each recurrent layer are called in the model's state.</summary>
    private void SetPrefixes(IReadOnlyList<LayerPlan> plans, string prefix)
    {
        for (int i = 0; i < plans.Count; i++)
        {
            string own = plans.Count == 1 ? prefix : FormattableString.Invariant($"{prefix}{i}.");
            if (plans[i] is RecurrentPlan recurrent) _prefixes.Add(recurrent, own);
            foreach ((string inner, IReadOnlyList<LayerPlan> layers) in plans[i].Parts) SetPrefixes(layers, own + inner);
        }
    }

    private string LeafName(RecurrentPlan plan, bool isCell) => _prefixes[plan] + (isCell ? "c" : "h");

    private OnnxPort Port(ImportedPort port)
    {
        Settle(port.Axes, port.Use == PortUse.Tokens ? 0 : 1);
        OnnxAxis[] axes = Array.ConvertAll(port.Axes, axis => AxisOf(axis[0]));
        if (port.Use is not PortUse.State) return new OnnxPort(port.Name, port.Use switch { PortUse.Sequence => OnnxPortKind.Sequence, PortUse.Tokens => OnnxPortKind.Tokens, PortUse.Lengths => OnnxPortKind.Lengths, _ => OnnxPortKind.Unused }, axes, []);
        int positions = 1;
        var leaves = new SortedDictionary<int, string?>();
        foreach (RecurrentPlan plan in _recurrent)
        {
            for (int cell = 0; cell < plan.Initial.Length; cell++)
            {
                if (plan.Initial[cell] is not { } state || !ReferenceEquals(state.Port, port)) continue;
                if (!leaves.TryAdd(state.Index, LeafName(plan, cell == 1))) throw new InvalidDataException($"The input {ErrorText.Quote(port.Name)}: expected one state for each layer, got one that several layers begin with.");
                positions = Math.Max(positions, state.Index + 1);
            }
        }

        if (positions > 2 * _importer.Options.Limits.Layers) throw new InvalidDataException($"The input {ErrorText.Quote(port.Name)}: expected at most {2 * _importer.Options.Limits.Layers} states (two for each layer of ModelLimits.Layers), got {positions}.");
        string?[] names = new string?[positions];
        foreach ((int index, string? name) in leaves) names[index] = name;
        return new OnnxPort(port.Name, OnnxPortKind.State, axes, names);
    }

    private OnnxPort Port(string name, GraphValue value)
    {
        bool isMain = string.Equals(name, _mainName, StringComparison.Ordinal);
        if (!isMain && value is StateValue state)
        {
            _importer.Budget.Charge(sizeof(long) * state.Pieces.Length);
            return new OnnxPort(name, OnnxPortKind.State, Array.ConvertAll(state.Axes, axis => OutputAxis(axis, state.Pieces[0].Point.Features, name)), Array.ConvertAll(state.Pieces, piece => LeafName(piece.Plan, piece.IsCell)));
        }

        Settle(_main.Axes[..^1], 0);
        return new OnnxPort(name, OnnxPortKind.Sequence, Array.ConvertAll(_main.Axes, axis => OutputAxis(axis, _main.Point.Features, name)), []);
    }

    private static OnnxAxis OutputAxis(Atom[] axis, Atom[] features, string name)
    {
        if (Axes.Holds(axis, features)) return OnnxAxis.Features;
        Atom[] large = Array.FindAll(axis, atom => !atom.IsOne);
        return axis.Length switch
        {
            0 => OnnxAxis.One,
            1 => AxisOf(axis[0]),
            _ when large.Length == 1 => AxisOf(large[0]),
            _ => throw new InvalidDataException($"The output {ErrorText.Quote(name)}: expected steps, batch and features as axes of their own, got an axis that joins several."),
        };
    }

    /// <summary>Gives axes that no node gave a meaning one: steps before batch, the batch alone.</summary>
    private static void Settle(Atom[][] axes, int features)
    {
        Atom[] all = [.. axes[..Math.Max(axes.Length - features, 0)].SelectMany(axis => axis)];
        foreach (Atom atom in all)
        {
            if (atom.Role is not null) continue;
            bool hasSteps = Array.Exists(all, other => other.Role == AxisRole.Steps), hasOthers = Array.Exists(all, other => !ReferenceEquals(other, atom) && other.Role is null);
            atom.Role = !hasSteps && (hasOthers || Array.Exists(all, other => other.Role == AxisRole.Batch)) ? AxisRole.Steps : AxisRole.Batch;
        }
    }

    private static OnnxAxis AxisOf(Atom atom) => atom.Role switch
    {
        AxisRole.Steps => OnnxAxis.Steps,
        AxisRole.Batch => OnnxAxis.Batch,
        AxisRole.Features => OnnxAxis.Features,
        AxisRole.Directions => OnnxAxis.Directions,
        _ => OnnxAxis.One,
    };
}
