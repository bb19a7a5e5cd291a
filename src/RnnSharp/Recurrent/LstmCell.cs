using System.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace RnnSharp.Recurrent;

/// <summary>
/// One time step of long short-term memory over MathNet matrices: the notebook's lstm_cell_forward and lstm_cell_backward, with every
/// intermediate at hand. It shares its parameters with <see cref="Layer"/>, which runs whole sequences; both run on the same engine.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class LstmCell<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Makes a cell with PyTorch's initial weights.</summary>
    /// <inheritdoc cref="LstmLayer{T}(int, int, int?)"/>
    public LstmCell(int inputSize, int hiddenSize, int? seed = null)
        : this(new LstmLayer<T>(inputSize, hiddenSize, seed))
    {
    }

    /// <summary>Makes the cell of a layer: they share parameters.</summary>
    public LstmCell(LstmLayer<T> layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        Layer = layer;
    }

    /// <summary>The layer with the same parameters.</summary>
    public LstmLayer<T> Layer { get; }

    /// <summary>One step forward.</summary>
    /// <param name="input">x⟨t⟩: InputSize × batch.</param>
    /// <param name="hidden">a⟨t-1⟩: HiddenSize × batch.</param>
    /// <param name="cell">c⟨t-1⟩: HiddenSize × batch.</param>
    /// <returns>The new states, the gates, and what <see cref="Backward"/> needs.</returns>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public LstmCellPass<T> Forward(Matrix<T> input, Matrix<T> hidden, Matrix<T> cell)
    {
        Sequence<T> x = CellMatrices.Input(Layer, input);
        State<T> state = Layer.CreateState(x.Batch);
        CellMatrices.CheckState(hidden, Layer.HiddenSize, x.Batch, nameof(hidden));
        CellMatrices.CheckState(cell, Layer.HiddenSize, x.Batch, nameof(cell));
        state.Leaves[0].Set(hidden);
        state.Leaves[1].Set(cell);
        return new LstmCellPass<T>(Layer, Layer.Forward(x, state), input, hidden, cell);
    }

    /// <summary>One step backward.</summary>
    /// <param name="pass">What <see cref="Forward"/> returned, with the parameters unchanged since.</param>
    /// <param name="hiddenGradient">da⟨t⟩: HiddenSize × batch.</param>
    /// <param name="cellGradient">dc⟨t⟩ from the step after: HiddenSize × batch; zero when null.</param>
    /// <exception cref="ArgumentException">A shape does not fit, or the pass is another cell's or of older parameters.</exception>
    public LstmCellGradients<T> Backward(LstmCellPass<T> pass, Matrix<T> hiddenGradient, Matrix<T>? cellGradient = null)
    {
        ArgumentNullException.ThrowIfNull(pass);
        int batch = pass.Pass.Output.Batch;
        CellMatrices.CheckState(hiddenGradient, Layer.HiddenSize, batch, nameof(hiddenGradient));
        State<T> gradient = Layer.CreateState(batch);
        gradient.Leaves[0].Set(hiddenGradient);
        if (cellGradient is not null)
        {
            CellMatrices.CheckState(cellGradient, Layer.HiddenSize, batch, nameof(cellGradient));
            gradient.Leaves[1].Set(cellGradient);
        }

        return new LstmCellGradients<T>(Layer.Backward(pass.Pass, null, gradient));
    }
}
