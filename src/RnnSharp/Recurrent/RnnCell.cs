using System.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace RnnSharp.Recurrent;

/// <summary>
/// One time step of a plain recurrent unit over MathNet matrices: the notebook's rnn_cell_forward and rnn_cell_backward, with every intermediate at hand. It shares its parameters with
/// <see cref="Layer"/>, which runs whole sequences; both run on the same engine.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class RnnCell<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Makes a cell with PyTorch's initial weights.</summary>
    /// <inheritdoc cref="RnnLayer{T}(int, int, int?, RnnActivation)"/>
    public RnnCell(int inputSize, int hiddenSize, int? seed = null, RnnActivation activation = RnnActivation.Tanh)
        : this(new RnnLayer<T>(inputSize, hiddenSize, seed, activation))
    {
    }

    /// <summary>Makes the cell of a layer: they share parameters.</summary>
    public RnnCell(RnnLayer<T> layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        Layer = layer;
    }

    /// <summary>The layer with the same parameters.</summary>
    public RnnLayer<T> Layer { get; }

    /// <summary>One step forward.</summary>
    /// <param name="input">x⟨t⟩: InputSize × batch.</param>
    /// <param name="hidden">a⟨t-1⟩: HiddenSize × batch.</param>
    /// <returns>The new state, and what <see cref="Backward"/> needs.</returns>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public RnnCellPass<T> Forward(Matrix<T> input, Matrix<T> hidden)
    {
        Sequence<T> x = CellMatrices.Input(Layer, input);
        State<T> state = Layer.CreateState(x.Batch);
        CellMatrices.CheckState(hidden, Layer.HiddenSize, x.Batch, nameof(hidden));
        state.Leaves[0].Set(hidden);
        return new RnnCellPass<T>(Layer.Forward(x, state), input, hidden);
    }

    /// <summary>One step backward.</summary>
    /// <param name="pass">What <see cref="Forward"/> returned, with the parameters unchanged since.</param>
    /// <param name="hiddenGradient">da⟨t⟩: HiddenSize × batch.</param>
    /// <exception cref="ArgumentException">A shape does not fit, or the pass is another cell's or of older parameters.</exception>
    public RnnCellGradients<T> Backward(RnnCellPass<T> pass, Matrix<T> hiddenGradient)
    {
        ArgumentNullException.ThrowIfNull(pass);
        int batch = pass.Pass.Output.Batch;
        CellMatrices.CheckState(hiddenGradient, Layer.HiddenSize, batch, nameof(hiddenGradient));
        State<T> gradient = Layer.CreateState(batch);
        gradient.Leaves[0].Set(hiddenGradient);
        return new RnnCellGradients<T>(Layer.Backward(pass.Pass, null, gradient));
    }
}
