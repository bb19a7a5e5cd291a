using System.Diagnostics;
using System.Numerics;
using RnnSharp.Serialization;

namespace RnnSharp.Onnx;

/// <summary>The result of <see cref="OnnxFile.Import{T}(string, OnnxImportOptions, ModelProbe{T})"/>: a model, and what the graph's inputs and outputs are in it.</summary>
/// <typeparam name="T">float or double.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class OnnxModel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly IReadOnlyList<(string Leaf, T[] Values, int Batch)> _initial;

    internal OnnxModel(ILayer<T> model, IReadOnlyDictionary<string, string> metadata, TensorType elementType, IReadOnlyList<OnnxPort> inputs, IReadOnlyList<OnnxPort> outputs, int[] lengths, IReadOnlyList<(string Leaf, T[] Values, int Batch)> initial)
    {
        Model = model;
        Metadata = metadata;
        ElementType = elementType;
        Inputs = inputs;
        Outputs = outputs;
        Lengths = lengths;
        _initial = initial;
    }

    /// <summary>The model, of the library's layers. No parameter is frozen.</summary>
    public ILayer<T> Model { get; }

    /// <summary>The metadata of the file, without the library's own.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>
    /// The type of the file's numbers, whatever T is: <see cref="TensorType.Float64"/> if an output or a tensor of the graph is of double,
    /// otherwise <see cref="TensorType.Float32"/>, which holds 16-bit numbers, too.
    /// </summary>
    public TensorType ElementType { get; }

    /// <summary>The inputs of the graph, in its order, without constants.</summary>
    public IReadOnlyList<OnnxPort> Inputs { get; }

    /// <summary>The outputs of the graph, in its order.</summary>
    public IReadOnlyList<OnnxPort> Outputs { get; }

    /// <summary>The lengths of the examples if the graph has them as a constant, to be set on the input; empty otherwise.</summary>
    public ReadOnlyMemory<int> Lengths { get; }

    /// <summary>Whether the graph begins with a constant state other than zero, so that calls need the state of <see cref="CreateState"/>.</summary>
    public bool HasInitialState => _initial.Count > 0;

    /// <summary>Creates the state that the graph begins with: zeros, except for leaves that are constants in the graph.</summary>
    /// <param name="batch">Examples, at least 1.</param>
    /// <exception cref="ArgumentException">The batch is out of range, or a constant state in the graph is of another batch.</exception>
    public State<T> CreateState(int batch)
    {
        State<T> state = Model.CreateState(batch);
        foreach ((string leaf, T[] values, int examples) in _initial)
        {
            if (examples != 1 && examples != batch) throw new ArgumentException($"Expected a batch of {examples}, which the initial state {leaf} has in the graph, got {batch}.", nameof(batch));
            Span<T> target = state[leaf].Values;
            for (int start = 0; start < target.Length; start += values.Length) values.CopyTo(target[start..]);
        }

        return state;
    }

    /// <summary>The model and the names of the graph's inputs and outputs.</summary>
    public override string ToString() => $"{Model}, inputs {string.Join(", ", Inputs.Select(port => port.Name))}, outputs {string.Join(", ", Outputs.Select(port => port.Name))}";
}
