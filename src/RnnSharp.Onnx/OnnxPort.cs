namespace RnnSharp.Onnx;

/// <summary>An input or output of an imported graph, and what it is in the model.</summary>
/// <param name="Name">Its name in the graph.</param>
/// <param name="Kind">What it is in the model.</param>
/// <param name="Axes">The meaning of its axes: [Batch, Steps, Features] for a graph with the batch first.</param>
/// <param name="Leaves">
/// For a state, the names in <see cref="State{T}.Names"/> of the leaves that it holds, one for each position of its axis
/// <see cref="OnnxAxis.Directions"/>, or a single one if it has no such axis; null for a position that the model does not use. Empty for other
/// kinds.
/// </param>
public sealed record OnnxPort(string Name, OnnxPortKind Kind, IReadOnlyList<OnnxAxis> Axes, IReadOnlyList<string?> Leaves);

/// <summary>What an input or output of a graph is in the model.</summary>
public enum OnnxPortKind
{
    /// <summary>The input or output of the model: numbers.</summary>
    Sequence,

    /// <summary>The input of the model: tokens.</summary>
    Tokens,

    /// <summary>The lengths of the examples, which are part of the input: see <see cref="Sequence{T}.SetLengths"/>.</summary>
    Lengths,

    /// <summary>Leaves of the state before the first step or after the last.</summary>
    State,

    /// <summary>An input that nothing reads.</summary>
    Unused,
}

/// <summary>What an axis of an input or output of a graph means.</summary>
public enum OnnxAxis
{
    /// <summary>Time steps.</summary>
    Steps,

    /// <summary>Examples.</summary>
    Batch,

    /// <summary>Features, or the units of a state.</summary>
    Features,

    /// <summary>Layers and directions, of which a state has one leaf each. As an axis of the output, it is joined with the features in the model.</summary>
    Directions,

    /// <summary>An axis of size 1.</summary>
    One,
}
