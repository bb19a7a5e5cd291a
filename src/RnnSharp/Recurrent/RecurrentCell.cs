using System.Diagnostics;
using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// A single time step of a recurrent layer over MathNet matrices, with access to every intermediate value. It runs on the engine of
/// <see cref="RecurrentLayer{T}"/>, and shares its parameters with its layer.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public abstract class RecurrentCell<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly RecurrentLayer<T> _layer;

    private protected RecurrentCell(RecurrentLayer<T> layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        if (layer.MaskSeed is not null) throw new ArgumentException("Expected a layer without random masks, got one with recurrent dropout or zoneout: masks are drawn for a sequence, not for a single step.", nameof(layer));
        _layer = layer;
    }

    /// <summary>The kind of cell and its sizes, such as "LstmCell 27 -> 64".</summary>
    public override string ToString() => $"{GetType().Name.Split('`')[0]} {_layer.InputSize} -> {_layer.OutputSize}";

    private protected ForwardPass<T> StepForward(Matrix<T> input, Matrix<T> hidden, Matrix<T>? cell = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.RowCount != _layer.InputSize)
            throw Check.Shape(nameof(input), $"{_layer.InputSize} x batch (input size x batch)", $"{input.RowCount} x {input.ColumnCount}");
        State<T> state = _layer.CreateState(input.ColumnCount);
        Set(state.Leaves[0], hidden, nameof(hidden));
        if (state.Leaves.Count > 1) Set(state.Leaves[1], cell, nameof(cell));
        return _layer.Forward(Sequence<T>.FromMatrices([input]), state);
    }

    private protected Gradients<T> StepBackward(RecurrentCellPass<T> pass, Matrix<T> hiddenGradient, Matrix<T>? cellGradient = null)
    {
        ArgumentNullException.ThrowIfNull(pass);
        if (!ReferenceEquals(pass.Pass.Layer, _layer)) throw new ArgumentException("Expected a pass of this cell, got one of another cell.", nameof(pass));
        State<T> gradient = _layer.CreateState(pass.Pass.Output.Batch);
        Set(gradient.Leaves[0], hiddenGradient, nameof(hiddenGradient));
        if (cellGradient is not null) Set(gradient.Leaves[1], cellGradient, nameof(cellGradient));
        return _layer.Backward(pass.Pass, null, gradient);
    }

    private static void Set(StateLeaf<T> leaf, Matrix<T>? matrix, string name)
    {
        ArgumentNullException.ThrowIfNull(matrix, name);
        if (matrix.RowCount != leaf.Size || matrix.ColumnCount != leaf.Batch)
            throw Check.Shape(name, $"{leaf.Size} x {leaf.Batch} (units x batch)", $"{matrix.RowCount} x {matrix.ColumnCount}");
        leaf.Set(matrix);
    }
}
