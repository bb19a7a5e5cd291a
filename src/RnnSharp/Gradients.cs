using System.Diagnostics;
using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Numerics;

namespace RnnSharp;

/// <summary>
/// The gradients of a loss: a matrix for each parameter of a layer and, from the last Backward, those of the input and of the
/// initial state. The caller holds them and may hand them back for reuse.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class Gradients<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[][] _values;
    private readonly Parameter<T>[] _parameters;
    private readonly string[] _names;

    // Of a parameter that several parts of a whole use: whether another of them, whose Backward comes before this one's, overwrites the sum.
    private readonly bool[] _adds;
    private Sequence<T>? _input;

    // A gradient on the output that was given for fewer steps, made as long as the output.
    private Sequence<T>? _padded;

    // Of a call that accumulates: each parameter's gradient alone, before it is added, and null for those that the call leaves out.
    private T[]?[] _fresh = [];
    private T[]?[] _spare = [];

    /// <summary>Makes gradients of zeros for a single layer. Users call <see cref="ILayer{T}.CreateGradients"/>; this is for new kinds of layers.</summary>
    public Gradients(ILayer<T> layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        Layer = layer;
        Parts = [];
        _parameters = [.. layer.Parameters];
        _names = [.. layer.ParameterNames];
        _values = [.. _parameters.Select(parameter => new T[parameter.Count])];
        _adds = new bool[_parameters.Length];
        InitialState = layer.CreateState(1);
    }

    /// <summary>
    /// Joins the gradients of a stack's layers, for <see cref="ILayer{T}.CreateGradients"/>; the matrices are shared with the parts. A
    /// parameter that several parts have is there once, and its gradient is the sum over them: the layer must call their Backward from
    /// the last part to the first, of which the first call overwrites and the others add.
    /// </summary>
    /// <exception cref="ArgumentException">A part is null or there twice, or the parts have not the layer's parameters, each once, in its order.</exception>
    public Gradients(ILayer<T> layer, IReadOnlyList<Gradients<T>> parts)
        : this(layer, parts, initialState: null)
    {
    }

    /// <summary>The same for a layer whose state is not its parts' states, joined.</summary>
    internal Gradients(ILayer<T> layer, IReadOnlyList<Gradients<T>> parts, State<T>? initialState)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(parts);
        for (int i = 0; i < parts.Count; i++)
        {
            if (parts[i] is null) throw new ArgumentException($"Part {i} is null.", nameof(parts));
            if (parts.Take(i).Contains(parts[i])) throw new ArgumentException($"Part {i} is there twice.", nameof(parts));
        }

        if (layer.Parts.Count > 0 && parts.Count != layer.Parts.Count) throw Check.Shape(nameof(parts), $"gradients of the layer's {layer.Parts.Count} parts", $"{parts.Count}");
        Layer = layer;
        Parts = [.. parts];
        _parameters = [.. parts.SelectMany(part => part._parameters).Distinct()];
        if (!_parameters.SequenceEqual(layer.Parameters)) throw new ArgumentException("The parts have not the layer's parameters in its order.", nameof(parts));
        _names = [.. layer.ParameterNames];
        _adds = new bool[_parameters.Length];
        _values = [.. _parameters.Select(parameter => Share(parts, parameter))];
        InitialState = initialState ?? layer.CreateState(1).Joining([.. parts.Select(part => part.InitialState)]);
    }

    /// <summary>The layer whose gradients these are.</summary>
    public ILayer<T> Layer { get; }

    /// <summary>The gradients of the layers that a layer is made of, as a stack is; empty for a single layer.</summary>
    public IReadOnlyList<Gradients<T>> Parts { get; }

    /// <summary>The parameters, in the layer's order.</summary>
    public IReadOnlyList<Parameter<T>> Parameters => _parameters;

    /// <summary>The parameters' names in the layer, in its order.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>The gradient of the input, of its shape; null where it was declined or the input holds tokens. Zero past an example's end.</summary>
    public Sequence<T>? Input { get; private set; }

    /// <summary>The gradient of the initial state (the notebook's da0 and dc0).</summary>
    public State<T> InitialState { get; }

    /// <summary>What a layer keeps between calls to allocate nothing.</summary>
    internal object? Scratch { get; set; }

    /// <summary>A parameter's gradient as a matrix of its shape, which shares the memory.</summary>
    /// <exception cref="ArgumentException">No parameter has this name.</exception>
    public Matrix<T> this[string name]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(name);
            int index = Array.IndexOf(_names, name);
            if (index < 0) throw Check.Shape(nameof(name), $"one of {string.Join(", ", _names)}", name);
            return Matrix<T>.Build.Dense(_parameters[index].Rows, _parameters[index].Columns, _values[index]);
        }
    }

    /// <summary>A parameter's gradient as a matrix of its shape, which shares the memory.</summary>
    /// <param name="parameter">One of <see cref="Parameters"/>.</param>
    /// <exception cref="ArgumentException">The parameter is null or not one of the layer's.</exception>
    public Matrix<T> this[Parameter<T> parameter]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(parameter);
            int index = Array.IndexOf(_parameters, parameter);
            if (index < 0) throw Check.Shape(nameof(parameter), $"one of {string.Join(", ", _names)}", $"another layer's {parameter.Name}");
            return Matrix<T>.Build.Dense(parameter.Rows, parameter.Columns, _values[index]);
        }
    }

    /// <summary>The values of one parameter's gradient, column-major.</summary>
    /// <param name="index">The parameter's place in <see cref="Parameters"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is out of range.</exception>
    public Span<T> Values(int index) => ValuesOf(index);

    /// <summary>The global norm: the root of the sum of the squares of all parameters' gradients, summed in double precision.</summary>
    public double Norm()
    {
        double sum = 0;
        foreach (T[] values in _values) sum += Elementwise.SumOfSquares(values);
        return Math.Sqrt(sum);
    }

    /// <summary>Multiplies every parameter's gradient.</summary>
    public void Scale(T factor)
    {
        foreach (T[] values in _values) Elementwise.Scale(values, factor);
    }

    /// <summary>Adds the parameter gradients of another call (of another thread, say).</summary>
    /// <exception cref="ArgumentException">They are another layer's.</exception>
    public void Add(Gradients<T> other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (!ReferenceEquals(other.Layer, Layer)) throw new ArgumentException("The gradients are another layer's.", nameof(other));
        for (int p = 0; p < _values.Length; p++) Elementwise.Add(_values[p], other._values[p]);
    }

    /// <summary>Sets every parameter's gradient to zero.</summary>
    public void Clear()
    {
        foreach (T[] values in _values) Array.Clear(values);
    }

    /// <summary>The parameters and their shapes, such as "gradients of weight_ih 256 x 27, weight_hh 256 x 64, bias 256 x 1".</summary>
    public override string ToString() => _parameters.Length == 0
        ? "gradients of no parameters"
        : $"gradients of {string.Join(", ", _parameters.Select((parameter, i) => $"{_names[i]} {parameter.Rows} x {parameter.Columns}"))}";

    /// <summary>
    /// For layers: shapes <see cref="Input"/> like the input, to be filled, or sets it to null where it is declined or the input
    /// holds tokens.
    /// </summary>
    public Sequence<T>? PrepareInput(Sequence<T> input, bool wanted)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (!wanted || input.IsTokens) return Input = null;
        _input ??= new Sequence<T>(input.Features, input.Batch, input.Steps);
        _input.Resize(input.Features, input.Batch, input.Steps);
        _input.TakeLengths(input);
        return Input = _input;
    }

    /// <summary>Shapes <see cref="Input"/> like an input that was read before, and returns its memory; empty where it is declined or the input holds tokens.</summary>
    internal Span<T> PrepareInput(in CapturedInput<T> input, bool wanted)
    {
        Input = null;
        if (!wanted || input.IsTokens) return default;
        SequenceShape shape = input.Shape;
        _input ??= new Sequence<T>(shape.Features, shape.Batch, shape.Steps);
        _input.Resize(shape.Features, shape.Batch, shape.Steps);
        _input.TakeLengths(input.Lengths);
        Input = _input;
        return _input.ValuesFor(shape);
    }

    /// <summary>
    /// For layers: where Backward writes one call's gradient of a parameter, all of it; empty for a frozen parameter.
    /// <see cref="End"/> follows, and adds it where the call accumulates, or where another layer's use of the parameter came before.
    /// </summary>
    /// <param name="index">The parameter's place in <see cref="Parameters"/>.</param>
    /// <param name="accumulate">Backward's own argument.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is out of range.</exception>
    public Span<T> Begin(int index, bool accumulate)
    {
        T[] values = ValuesOf(index);
        bool frozen = _parameters[index].Frozen;
        if (!accumulate && !_adds[index])
        {
            if (frozen) Array.Clear(values);
            if (_fresh.Length > 0) _fresh[index] = null; // of a call that failed before its end
            return frozen ? default : values;
        }

        if (_fresh.Length == 0) (_fresh, _spare) = (new T[_values.Length][], new T[_values.Length][]);
        return _fresh[index] = frozen ? null : _spare[index] ??= new T[values.Length];
    }

    /// <summary>For layers: adds what a call that accumulates has written since <see cref="Begin"/>.</summary>
    public void End()
    {
        for (int p = 0; p < _fresh.Length; p++)
        {
            if (_fresh[p] is { } fresh) Elementwise.Add(_values[p], fresh);
            _fresh[p] = null;
        }
    }

    /// <summary>Whether a sequence is memory that Backward writes the gradient of this layer's input to, or of a part's.</summary>
    internal bool Holds(Sequence<T> sequence)
    {
        if (ReferenceEquals(sequence, _input) || ReferenceEquals(sequence, Input)) return true;
        for (int i = 0; i < Parts.Count; i++)
        {
            if (Parts[i].Holds(sequence)) return true;
        }

        return false;
    }

    /// <summary>A gradient on the output with zeros for the steps that it leaves out.</summary>
    internal Sequence<T> Padded(Sequence<T> outputGradient, int steps)
    {
        _padded ??= new Sequence<T>(outputGradient.Features, outputGradient.Batch, steps);
        _padded.Resize(outputGradient.Features, outputGradient.Batch, steps);
        outputGradient.Values.CopyTo(_padded.Values);
        _padded.Values[outputGradient.Values.Length..].Clear();
        return _padded;
    }

    /// <summary>For a stack: its input's gradient is its first layer's.</summary>
    internal void ShareInput(Sequence<T>? input) => Input = input;

    /// <summary>For a layer that leaves a part out of a call that overwrites: zero is the gradient of what the part alone would have written.</summary>
    internal void ClearUnused()
    {
        for (int i = 0; i < Parts.Count; i++) Parts[i].ClearUnused();
        if (Parts.Count > 0) return;
        for (int p = 0; p < _values.Length; p++)
        {
            if (!_adds[p]) Array.Clear(_values[p]);
        }
    }

    /// <summary>Gives all parts that have a parameter the last one's array, which that part alone overwrites.</summary>
    private static T[] Share(IReadOnlyList<Gradients<T>> parts, Parameter<T> parameter)
    {
        T[]? shared = null;
        for (int i = parts.Count - 1; i >= 0; i--)
        {
            int index = Array.IndexOf(parts[i]._parameters, parameter);
            if (index < 0) continue;
            if (shared is null) shared = parts[i]._values[index];
            else parts[i].AddTo(parameter, index, shared);
        }

        return shared!;
    }

    private void AddTo(Parameter<T> parameter, int index, T[] shared)
    {
        _values[index] = shared;
        _adds[index] = true;
        foreach (Gradients<T> part in Parts)
        {
            int inner = Array.IndexOf(part._parameters, parameter);
            if (inner >= 0) part.AddTo(parameter, inner, shared);
        }
    }

    private T[] ValuesOf(int index) => (uint)index < (uint)_values.Length
        ? _values[index]
        : throw new ArgumentOutOfRangeException(nameof(index), index, $"Expected 0 to {_values.Length - 1}, got {index}.");
}
