using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Onnx;

/// <summary>
/// The graph of a model under construction, as seen from one layer. Values have names; an exporter adds nodes that compute new values from
/// given ones. The operators are those of ONNX's operator set 17.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class OnnxLayerContext<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly string[] _initial;
    private readonly string[] _final;
    private readonly State<T> _shape;

    internal OnnxLayerContext(ModelContext<T> model, GraphBuilder graph, ILayer<T> layer, string path, IReadOnlyList<string> state)
    {
        Model = model;
        Graph = graph;
        Layer = layer;
        Path = path;
        _shape = layer.CreateState(1);
        if (state.Count != _shape.Leaves.Count) throw Check.Shape(nameof(state), $"{_shape.Leaves.Count} leaves of the state of {Describe(layer, path)}", $"{state.Count}");
        _initial = [.. state];
        _final = [.. state];
    }

    /// <summary>The layer's place in the model, such as "0.forward"; empty for the model itself.</summary>
    public string Path { get; }

    /// <summary>The leaves of the layer's state before the first step, [batch, units] each, in the order of <see cref="State{T}.Leaves"/>.</summary>
    public IReadOnlyList<string> State => _initial;

    internal ModelContext<T> Model { get; }

    internal GraphBuilder Graph { get; }

    internal ILayer<T> Layer { get; }

    internal IReadOnlyList<string> FinalState => _final;

    /// <summary>Sets a leaf of the layer's state after each example's last step. A leaf that is never set stays as it is before the first step.</summary>
    /// <param name="leaf">The index of the leaf.</param>
    /// <param name="value">[batch, units].</param>
    /// <exception cref="ArgumentException">There is no such leaf, or the name is empty.</exception>
    public void SetFinalState(int leaf, string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(value);
        if ((uint)leaf >= (uint)_final.Length) throw new ArgumentOutOfRangeException(nameof(leaf), leaf, $"Expected a leaf of the {_final.Length} of the layer's state, got {leaf}.");
        _final[leaf] = value;
    }

    /// <summary>The values of a parameter of the model, [rows, columns]. Every layer that has the parameter reads the same values.</summary>
    /// <exception cref="ArgumentException">The parameter does not belong to the model.</exception>
    public string Matrix(Parameter<T> parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return Model.Values(parameter, isVector: false);
    }

    /// <summary>The values of a parameter of the model with a single column, [rows]. Every layer that has the parameter reads the same values.</summary>
    /// <exception cref="ArgumentException">The parameter does not belong to the model, or has more columns.</exception>
    public string Vector(Parameter<T> parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        if (parameter.Columns != 1) throw Check.Shape(nameof(parameter), "a parameter of one column", $"{parameter}");
        return Model.Values(parameter, isVector: true);
    }

    /// <summary>A parameter's values, transposed: [columns, rows].</summary>
    /// <exception cref="ArgumentException">The parameter does not belong to the model.</exception>
    public string Transposed(Parameter<T> parameter)
    {
        string values = Matrix(parameter);
        return Graph.Root.Once($"transposed {values}", values, static (root, name) => root.Add(name, "Transpose", [name], OnnxAttribute.Of("perm", [1L, 0])));
    }

    /// <summary>A number without dimensions.</summary>
    public string Number(T value) => Graph.Number(value);

    /// <summary>A list of whole numbers, int64: a shape, or axes.</summary>
    public string Whole(params ReadOnlySpan<long> values) => Graph.Whole(values);

    /// <summary>Values that the file stores besides the parameters.</summary>
    /// <param name="name">Their name within the layer.</param>
    /// <param name="shape">Their dimensions.</param>
    /// <param name="values">The values, row by row.</param>
    /// <exception cref="ArgumentException">The name is empty, or the shape does not fit.</exception>
    public string Values(string name, ReadOnlySpan<long> shape, ReadOnlySpan<T> values)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        long count = 1;
        foreach (long dimension in shape) count = checked(count * dimension);
        if (count != values.Length) throw Check.Shape(nameof(values), $"{count} values", $"{values.Length}");
        return Graph.Initializer(Join(Path, name), shape, values);
    }

    /// <summary>Adds a node with one output.</summary>
    /// <param name="type">The operator.</param>
    /// <param name="inputs">Its inputs; an empty name for one that is left out.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <returns>The output.</returns>
    /// <exception cref="ArgumentException">The operator is empty.</exception>
    public string Add(string type, ReadOnlySpan<string> inputs, params ReadOnlySpan<OnnxAttribute> attributes) => AddMany(type, inputs, 1, attributes)[0];

    /// <summary>Adds a node with several outputs.</summary>
    /// <param name="type">The operator.</param>
    /// <param name="inputs">Its inputs; an empty name for one that is left out.</param>
    /// <param name="outputs">The number of outputs, at least 1.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <returns>The outputs.</returns>
    /// <exception cref="ArgumentException">The operator is empty, or there is no output.</exception>
    public IReadOnlyList<string> AddMany(string type, ReadOnlySpan<string> inputs, int outputs, params ReadOnlySpan<OnnxAttribute> attributes)
    {
        ArgumentException.ThrowIfNullOrEmpty(type);
        Check.Positive(outputs);
        return Graph.AddMany(Path, type, inputs, outputs, attributes);
    }

    /// <summary>Exports a part of the layer with its part of the state.</summary>
    /// <param name="part">The index of the part in <see cref="ILayer{T}.Parts"/>.</param>
    /// <param name="input">The part's input.</param>
    /// <returns>The part's output.</returns>
    /// <exception cref="ArgumentException">There is no such part, or it cannot be exported.</exception>
    /// <exception cref="InvalidOperationException">The layer's state does not consist of those of its parts.</exception>
    public OnnxSequence ExportPart(int part, OnnxSequence input)
    {
        RequirePart(part);
        ArgumentNullException.ThrowIfNull(input);
        OnnxSequence output = ExportPart(part, input, StateOf(part), out IReadOnlyList<string> final);
        SetFinalStateOf(part, final);
        return output;
    }

    /// <summary>Exports a part of the layer with a given state.</summary>
    /// <param name="part">The index of the part in <see cref="ILayer{T}.Parts"/>.</param>
    /// <param name="input">The part's input.</param>
    /// <param name="state">The leaves of the part's state before the first step, [batch, units] each.</param>
    /// <param name="finalState">The leaves of its state after the last.</param>
    /// <returns>The part's output.</returns>
    /// <exception cref="ArgumentException">There is no such part, it cannot be exported, or the state does not have its leaves.</exception>
    public OnnxSequence ExportPart(int part, OnnxSequence input, IReadOnlyList<string> state, out IReadOnlyList<string> finalState)
    {
        RequirePart(part);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(state);
        return ExportPart(Graph, part, input, state, out finalState);
    }

    /// <summary>Whether each example has a step, bool [steps, batch, 1]; null if all have all steps.</summary>
    /// <exception cref="ArgumentNullException">The sequence is null.</exception>
    public string? Mask(OnnxSequence sequence)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        return SequenceNodes.Mask(Graph, sequence);
    }

    /// <summary>The same sequence with zeros past each example's end. The model's output is cleared in any case.</summary>
    /// <exception cref="ArgumentNullException">The sequence is null.</exception>
    public OnnxSequence ClearPadding(OnnxSequence sequence)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        if (!sequence.HasPadding || sequence.IsTokens || Mask(sequence) is not { } mask) return sequence;
        return sequence with { Values = Add("Where", [mask, sequence.Values, Number(T.Zero)]), HasPadding = false };
    }

    /// <summary>A sequence of features: a token sequence as one-hot columns, zeros for negative numbers; one of features as it is.</summary>
    /// <param name="sequence">Tokens or features.</param>
    /// <param name="vocabulary">The number of tokens, at least 1.</param>
    /// <exception cref="ArgumentException">The sequence is null, or the number is out of range.</exception>
    public OnnxSequence AsFeatures(OnnxSequence sequence, int vocabulary)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        Check.Positive(vocabulary);
        return sequence.IsTokens ? sequence.With(SequenceNodes.OneHot<T>(Graph, Path, sequence.Values, vocabulary)) : sequence;
    }

    /// <summary>Exports a part within the body of a node.</summary>
    internal OnnxSequence ExportPart(GraphBuilder graph, int part, OnnxSequence input, IReadOnlyList<string> state, out IReadOnlyList<string> finalState) =>
        Export(Model, graph, Layer.Parts[part].Layer, PathOf(part), input, state, out finalState);

    /// <summary>A part's place in the model.</summary>
    internal string PathOf(int part) => Join(Path, Layer.Parts[part].Name);

    /// <summary>The leaves of a part's state before the first step.</summary>
    internal string[] StateOf(int part) => Array.ConvertAll(LeavesOf(part), leaf => _initial[leaf]);

    /// <summary>Sets the leaves of a part's state after the last step.</summary>
    internal void SetFinalStateOf(int part, IReadOnlyList<string> values)
    {
        int[] leaves = LeavesOf(part);
        for (int i = 0; i < leaves.Length; i++) _final[leaves[i]] = values[i];
    }

    /// <summary>Exports a layer.</summary>
    /// <exception cref="ArgumentException">No exporter supports it.</exception>
    internal static OnnxSequence Export(ModelContext<T> model, GraphBuilder graph, ILayer<T> layer, string path, OnnxSequence input, IReadOnlyList<string> state, out IReadOnlyList<string> finalState)
    {
        var context = new OnnxLayerContext<T>(model, graph, layer, path, state);
        OnnxSequence output = model.Options.Exporters.Export(layer, input, context)
            ?? throw Check.Shape("model", "layers that an exporter supports (more can be added to the options' exporters)", Describe(layer, path));
        finalState = context._final;
        return output;
    }

    /// <summary>The features of an input to a layer that does not take tokens.</summary>
    /// <exception cref="ArgumentException">The input is tokens.</exception>
    internal string RequireFeatures(OnnxSequence input) => input.IsTokens
        ? throw Check.Shape("options", $"features as the input of {Describe(Layer, Path)}", "tokens")
        : input.Values;

    internal static string Describe(ILayer<T> layer, string path) => $"a {layer.GetType().Name.Split('`')[0]}{(path.Length == 0 ? "" : $" at {path}")}";

    private static string Join(string path, string name) => path.Length == 0 || name.Length == 0 ? path + name : $"{path}.{name}";

    /// <summary>The positions of a part's leaves among those of the layer.</summary>
    private int[] LeavesOf(int part)
    {
        if (_shape.Parts.Count != Layer.Parts.Count) throw new InvalidOperationException($"Expected a state of {Layer.Parts.Count} parts, like the layer, from {Describe(Layer, Path)}, got one of {_shape.Parts.Count}. Pass the part's state.");
        return [.. _shape.Parts[part].Leaves.Select(leaf => Enumerable.Range(0, _shape.Leaves.Count).First(i => ReferenceEquals(_shape.Leaves[i], leaf)))];
    }

    private void RequirePart(int part)
    {
        if ((uint)part >= (uint)Layer.Parts.Count) throw new ArgumentOutOfRangeException(nameof(part), part, $"Expected a part of the layer's {Layer.Parts.Count}, got {part}.");
    }
}
