namespace RnnSharp;

/// <summary>
/// A tensor that a layer holds besides its parameters, such as quantized weights: not trained, only saved and loaded. Its elements are exact
/// as floats, whatever it stores.
/// </summary>
/// <param name="name">The name within the layer.</param>
/// <param name="rows">Rows.</param>
/// <param name="columns">Columns; 1 for a vector.</param>
internal abstract class HeldTensor(string name, int rows, int columns)
{
    public string Name { get; } = name;

    public int Rows { get; } = rows;

    public int Columns { get; } = columns;

    /// <summary>An element. Only a loader sets it, before any other code uses the layer.</summary>
    public abstract float this[int row, int column] { get; set; }
}

/// <summary>A layer with tensors that are not parameters.</summary>
internal interface IHoldsTensors
{
    /// <summary>The layer's own tensors, without those of its parts.</summary>
    IReadOnlyList<HeldTensor> HeldTensors { get; }
}
