using System.Diagnostics;
using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Numerics;

namespace RnnSharp;

/// <summary>
/// The gradients of a loss: a matrix for each parameter of a layer and, from the last Backward, those of the input and of the
/// initial state. The caller owns them and may pass them back for reuse.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class Gradients<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[][] _values;
    private readonly Parameter<T>[] _parameters;
    private readonly string[] _names;

    // For a parameter that several parts use: whether another part, whose Backward runs before that of this one, overwrites the sum.
    private readonly bool[] _adds;

    // The first parameters, which no part has.
    private readonly int _own;
    private Sequence<T>? _input;

    // An output gradient that was given for fewer steps, extended to the length of the output.
    private Sequence<T>? _padded;

    // In a call that accumulates: the gradient of each parameter before it is added; null for parameters that the call skips.
    private T[]?[] _pending = [];
    private T[]?[] _spare = [];

    /// <summary>Creates gradients of zeros for a single layer. Users call <see cref="ILayer{T}.CreateGradients"/>; this is for new kinds of layers.</summary>
    public Gradients(ILayer<T> layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        Layer = layer;
        Parts = [];
        _parameters = [.. layer.Parameters];
        _names = [.. layer.ParameterNames];
        _values = [.. _parameters.Select(parameter => new T[parameter.Count])];
        _adds = new bool[_parameters.Length];
        _own = _parameters.Length;
        InitialState = layer.CreateState(1);
    }

    /// <summary>
    /// Combines the gradients of a layer's parts, for <see cref="ILayer{T}.CreateGradients"/>; the matrices are shared with the parts. A
    /// parameter that several parts have is listed once, and its gradient is the sum over them: the layer must call their Backward from the last
    /// part to the first, where the first call overwrites and the others add.
    /// </summary>
    /// <exception cref="ArgumentException">A part is null or occurs twice, or the parts do not have the layer's parameters, each once, in its order.</exception>
    public Gradients(ILayer<T> layer, IReadOnlyList<Gradients<T>> parts)
        : this(layer, parts, initialState: null)
    {
    }

    /// <summary>Combines the gradients of a layer whose state does not combine the states of its parts, or that has parameters besides theirs.</summary>
    internal Gradients(ILayer<T> layer, IReadOnlyList<Gradients<T>> parts, State<T>? initialState, params Parameter<T>[] own)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(parts);
        for (int i = 0; i < parts.Count; i++)
        {
            if (parts[i] is null) throw new ArgumentException($"Part {i} is null.", nameof(parts));
            if (parts.Take(i).Contains(parts[i])) throw new ArgumentException($"Part {i} occurs twice.", nameof(parts));
        }

        if (layer.Parts.Count > 0 && parts.Count != layer.Parts.Count) throw Check.Shape(nameof(parts), $"gradients of the layer's {layer.Parts.Count} parts", $"{parts.Count}");
        Layer = layer;
        Parts = [.. parts];
        _parameters = [.. own, .. parts.SelectMany(part => part._parameters).Distinct()];
        if (!_parameters.SequenceEqual(layer.Parameters)) throw new ArgumentException("Expected parts that have the layer's parameters in its order.", nameof(parts));
        _names = [.. layer.ParameterNames];
        _adds = new bool[_parameters.Length];
        _own = own.Length;
        _values = [.. _parameters.Select((parameter, i) => i < own.Length ? new T[parameter.Count] : Share(parts, parameter))];
        InitialState = initialState ?? layer.CreateState(1).Joining([.. parts.Select(part => part.InitialState)]);
    }

    /// <summary>The layer whose gradients these are.</summary>
    public ILayer<T> Layer { get; }

    /// <summary>The gradients of the layers that a composite layer consists of; empty for a single layer.</summary>
    public IReadOnlyList<Gradients<T>> Parts { get; }

    /// <summary>The parameters, in the layer's order.</summary>
    public IReadOnlyList<Parameter<T>> Parameters => _parameters;

    /// <summary>The parameters' names in the layer, in its order.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>The gradient of the input, in its shape; null if it was not requested or the input holds tokens. Zero past an example's end.</summary>
    public Sequence<T>? Input { get; private set; }

    /// <summary>The gradient of the initial state (the notebook's da0 and dc0).</summary>
    public State<T> InitialState { get; }

    /// <summary>Buffers that a layer keeps from call to call so that it allocates nothing.</summary>
    internal object? Scratch { get; set; }

    /// <summary>The gradient of a parameter as a matrix of its shape, which shares the memory.</summary>
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

    /// <summary>The gradient of a parameter as a matrix of its shape, which shares the memory.</summary>
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

    /// <summary>The values of the gradient of one parameter, column-major.</summary>
    /// <param name="index">The index of the parameter in <see cref="Parameters"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is out of range.</exception>
    public Span<T> Values(int index) => ValuesOf(index);

    /// <summary>The global norm: the square root of the sum of squares of all parameter gradients, summed in double precision.</summary>
    public double Norm()
    {
        double sum = 0;
        foreach (T[] values in _values) sum += Elementwise.SumOfSquares(values);
        return Math.Sqrt(sum);
    }

    /// <summary>Multiplies the gradient of every parameter by a factor.</summary>
    public void Scale(T factor)
    {
        foreach (T[] values in _values) Elementwise.Scale(values, factor);
    }

    /// <summary>Adds the parameter gradients of another call, such as one by another thread.</summary>
    /// <exception cref="ArgumentException">The gradients belong to another layer.</exception>
    public void Add(Gradients<T> other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (!ReferenceEquals(other.Layer, Layer)) throw new ArgumentException("Expected gradients of the same layer, got those of another layer.", nameof(other));
        for (int p = 0; p < _values.Length; p++) Elementwise.Add(_values[p], other._values[p]);
    }

    /// <summary>Sets the gradient of every parameter to zero.</summary>
    public void Clear()
    {
        foreach (T[] values in _values) Array.Clear(values);
    }

    /// <summary>The parameters and their shapes, such as "gradients of weight_ih 256 x 27, weight_hh 256 x 64, bias 256 x 1".</summary>
    public override string ToString() => _parameters.Length == 0
        ? "gradients of no parameters"
        : $"gradients of {string.Join(", ", _parameters.Select((parameter, i) => $"{_names[i]} {parameter.Rows} x {parameter.Columns}"))}";

    /// <summary>
    /// For layers: gives <see cref="Input"/> the shape of the input, to be filled, or sets it to null if it is not requested or the input
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

    /// <summary>Gives <see cref="Input"/> the shape of an input that was read earlier, and returns its memory; empty if it is not requested or the input holds tokens.</summary>
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
    /// For layers: the memory to which Backward writes the whole gradient of a parameter in one call; empty for a frozen parameter. Call
    /// <see cref="End"/> afterwards, which adds it if the call accumulates, or if another use of the parameter has come before.
    /// </summary>
    /// <param name="index">The index of the parameter in <see cref="Parameters"/>.</param>
    /// <param name="accumulate">Backward's own argument.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is out of range.</exception>
    public Span<T> Begin(int index, bool accumulate)
    {
        T[] values = ValuesOf(index);
        bool frozen = _parameters[index].Frozen;
        if (!accumulate && !_adds[index])
        {
            if (frozen) Array.Clear(values);
            if (_pending.Length > 0) _pending[index] = null; // left by a call that failed
            return frozen ? default : values;
        }

        if (_pending.Length == 0) (_pending, _spare) = (new T[_values.Length][], new T[_values.Length][]);
        return _pending[index] = frozen ? null : _spare[index] ??= new T[values.Length];
    }

    /// <summary>For layers: adds what an accumulating call has written since <see cref="Begin"/>.</summary>
    public void End()
    {
        for (int p = 0; p < _pending.Length; p++)
        {
            if (_pending[p] is { } pending) Elementwise.Add(_values[p], pending);
            _pending[p] = null;
        }
    }

    /// <summary>Whether Backward writes the gradient of this layer's input, or of a part's, to the given sequence.</summary>
    internal bool Holds(Sequence<T> sequence)
    {
        if (ReferenceEquals(sequence, _input) || ReferenceEquals(sequence, Input)) return true;
        for (int i = 0; i < Parts.Count; i++)
        {
            if (Parts[i].Holds(sequence)) return true;
        }

        return false;
    }

    /// <summary>Extends an output gradient with zeros for the steps that it leaves out.</summary>
    internal Sequence<T> Padded(Sequence<T> outputGradient, int steps)
    {
        _padded ??= new Sequence<T>(outputGradient.Features, outputGradient.Batch, steps);
        _padded.Resize(outputGradient.Features, outputGradient.Batch, steps);
        outputGradient.Values.CopyTo(_padded.Values);
        _padded.Values[outputGradient.Values.Length..].Clear();
        return _padded;
    }

    /// <summary>For composites: uses the input gradient of a part as that of the whole layer.</summary>
    internal void ShareInput(Sequence<T>? input) => Input = input;

    /// <summary>For composites that skip a part in a call that overwrites: sets the gradients that only this part would have written to zero.</summary>
    internal void ClearUnused()
    {
        for (int i = 0; i < Parts.Count; i++) Parts[i].ClearUnused();
        for (int p = 0; p < _own; p++)
        {
            if (!_adds[p]) Array.Clear(_values[p]);
        }
    }

    /// <summary>Gives all parts that have a parameter the array of the last one, which is the only one to overwrite it.</summary>
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
