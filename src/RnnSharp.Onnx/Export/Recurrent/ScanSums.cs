using System.Numerics;
using RnnSharp.Recurrent;

namespace RnnSharp.Onnx;

/// <summary>
/// The sums that a cell's equations start from, in their order: products, biases and normalization. With H units and G gates, block k of a
/// parameter is its rows k·H to (k + 1)·H - 1.
/// </summary>
internal sealed class ScanSums<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The ε of the normalization of sums.</summary>
    private const float Epsilon = 1e-5f;

    private readonly RecurrentLayer<T> _layer;
    private readonly OnnxLayerContext<T> _context;
    private readonly int _gates;
    private readonly bool _splits;
    private readonly bool _resets;
    private readonly bool _recurs;

    // The blocks of the parameters that have been split.
    private readonly Dictionary<Parameter<T>, string[]> _blocks = [];

    public ScanSums(RecurrentLayer<T> layer, OnnxLayerContext<T> context, int gates, bool splits, bool resets, bool recurs)
    {
        _layer = layer;
        _context = context;
        _gates = gates;
        _splits = splits;
        _resets = resets;
        _recurs = recurs;
    }

    private int Units => _layer.HiddenSize;

    private int Last => _gates - 1;

    private string Path => _context.Path;

    private GraphBuilder Root => _context.Graph.Root;

    /// <summary>Whether biases are added to the normalized sums, and not to the products.</summary>
    private bool Normalizes => _layer.NormalizationGains is not null;

    /// <summary>Splits values into blocks of the last dimension.</summary>
    private static string[] Blocks(GraphBuilder graph, string path, string values, int size, int count)
    {
        if (count == 1) return [values];
        long[] sizes = new long[count];
        Array.Fill(sizes, size);
        return graph.AddMany(path, "Split", [values, graph.Whole(sizes)], count, OnnxAttribute.Of("axis", -1));
    }

    /// <summary>W x for all steps, [steps, batch, gates·units], with the biases of that side.</summary>
    public string OfInput(OnnxSequence input)
    {
        GraphBuilder graph = _context.Graph;
        string weights = _context.Transposed(_layer.InputWeights);
        string sums = input.IsTokens ? SequenceNodes.Rows<T>(graph, Path, weights, input.Values) : graph.Add(Path, "MatMul", [input.Values, weights]);
        if (Normalizes || _layer.Options.Bias == RecurrentBias.None) return sums;
        sums = graph.Add(Path, "Add", [sums, _context.Vector(_layer.InputBias ?? _layer.Bias)]);
        return _recurs || _layer.HiddenBias is not { } second ? sums : graph.Add(Path, "Add", [sums, _context.Vector(second)]);
    }

    /// <summary>The sums of one step.</summary>
    /// <param name="body">The body of the scan.</param>
    /// <param name="step">W x of the step, [batch, gates·units].</param>
    /// <param name="hidden">The previous h, [batch, features].</param>
    /// <param name="sums">Receives the sums.</param>
    /// <param name="tracer">Records the equations.</param>
    /// <param name="reset">Computes what the last gate's recurrent product reads from the sum of the reset gate.</param>
    public void OfStep(GraphBuilder body, string step, string hidden, TracedVector<T>[] sums, EquationTracer<T> tracer, Func<TracedVector<T>> reset)
    {
        string[] fromInput = Blocks(body, Path, step, Units, _gates);
        string?[] fromHidden = !_recurs ? new string?[_gates] : _resets ? AheadOfReset(body, hidden) : AllGates(body, hidden);
        bool rotates = _splits || _resets;
        for (int gate = 0; gate < _gates; gate++)
        {
            if (_resets && gate == Last) continue;
            bool split = _splits && gate == Last;
            string sum = split || fromHidden[gate] is null ? fromInput[gate] : body.Add(Path, "Add", [fromInput[gate], fromHidden[gate]!]);
            sums[rotates ? (gate + 1) % _gates : gate] = tracer.Step(Normalized(body, sum, gate, BiasOf(gate, withHidden: !split)));
        }

        if (_splits) sums[_gates] = tracer.Step(Normalized(body, fromHidden[Last]!, _gates, RecurrentBiasOfLast()));
        if (!_resets) return;
        string read = tracer.NameOf(reset());
        string product = body.Add(Path, "MatMul", [read, RecurrentBlocks()[1]]);
        if (_layer.HiddenBias is { } bias) product = body.Add(Path, "Add", [product, BlocksOf(bias)[Last]]);
        sums[0] = tracer.Step(body.Add(Path, "Add", [fromInput[Last], product]));
    }

    /// <summary>A parameter of one column, split into blocks of a row for each unit.</summary>
    public string[] BlocksOf(Parameter<T> parameter)
    {
        if (!_blocks.TryGetValue(parameter, out string[]? blocks)) _blocks.Add(parameter, blocks = Blocks(Root, Path, _context.Vector(parameter), Units, parameter.Rows / Units));
        return blocks;
    }

    private string?[] AllGates(GraphBuilder body, string hidden)
    {
        string products = body.Add(Path, "MatMul", [hidden, _context.Transposed(_layer.RecurrentWeights)]);
        if (!Normalizes && _layer.HiddenBias is { } bias) products = body.Add(Path, "Add", [products, _context.Vector(bias)]);
        string?[] gates = Blocks(body, Path, products, Units, _gates);
        if (!Normalizes && _splits && _layer.CandidateBias is { } candidate) gates[Last] = body.Add(Path, "Add", [gates[Last]!, _context.Vector(candidate)]);
        return gates;
    }

    /// <summary>The recurrent products of all gates but the last, which follows the reset gate.</summary>
    private string?[] AheadOfReset(GraphBuilder body, string hidden)
    {
        string products = body.Add(Path, "MatMul", [hidden, RecurrentBlocks()[0]]);
        string?[] gates = Blocks(body, Path, products, Units, Last);
        if (_layer.HiddenBias is not { } bias) return gates;
        string[] biases = BlocksOf(bias);
        for (int gate = 0; gate < Last; gate++) gates[gate] = body.Add(Path, "Add", [gates[gate]!, biases[gate]]);
        return gates;
    }

    /// <summary>The recurrent weights of all gates but the last, and those of the last, both transposed.</summary>
    private string[] RecurrentBlocks()
    {
        string weights = _context.Transposed(_layer.RecurrentWeights);
        string first = Root.Once($"ahead of reset {weights}", weights, (root, name) => root.Add(Path, "Slice", [name, root.Whole(0), root.Whole((long)Last * Units), root.Whole(1)]));
        string last = Root.Once($"after reset {weights}", weights, (root, name) => root.Add(Path, "Slice", [name, root.Whole((long)Last * Units), root.Whole(long.MaxValue), root.Whole(1)]));
        return [first, last];
    }

    /// <summary>gain∘(u - mean)/√(variance + ε) + bias over the units; u itself without normalization.</summary>
    private string Normalized(GraphBuilder body, string sum, int gain, Func<string?> bias)
    {
        if (_layer.NormalizationGains is not { } gains) return sum;
        string scale = BlocksOf(gains)[gain];
        return body.Add(Path, "LayerNormalization", [sum, scale, bias() ?? ""], OnnxAttribute.Of("axis", -1), OnnxAttribute.Of("epsilon", Epsilon));
    }

    /// <summary>A gate's bias for its normalized sum.</summary>
    private Func<string?> BiasOf(int gate, bool withHidden) => () =>
    {
        if (_layer.Options.Bias == RecurrentBias.None) return null;
        string first = BlocksOf(_layer.InputBias ?? _layer.Bias)[gate];
        if (!withHidden || _layer.HiddenBias is not { } second) return first;
        return Root.Add(Path, "Add", [first, BlocksOf(second)[gate]]);
    };

    /// <summary>The bias of a split last gate's recurrent side, for its normalized sum.</summary>
    private Func<string?> RecurrentBiasOfLast() => () =>
        _layer.CandidateBias is { } candidate ? _context.Vector(candidate)
        : _layer.HiddenBias is { } bias ? BlocksOf(bias)[Last]
        : null;
}
