using System.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace RnnSharp.Recurrent;

/// <summary>A single time step of a plain recurrent unit over MathNet matrices: the notebook's rnn_cell_forward and rnn_cell_backward.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class RnnCell<T> : RecurrentCell<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Creates a cell with PyTorch's initial weights, uniform in ±1/√hiddenSize.</summary>
    /// <param name="inputSize">Features of the input; at least 1.</param>
    /// <param name="hiddenSize">Units; at least 1.</param>
    /// <param name="seed">The seed of the initial weights; random when null.</param>
    /// <param name="activation">The activation; tanh if null.</param>
    /// <exception cref="ArgumentException">A size is out of range, or T is neither float nor double.</exception>
    public RnnCell(int inputSize, int hiddenSize, int? seed = null, Activation? activation = null)
        : this(new RnnLayer<T>(inputSize, hiddenSize, seed, activation))
    {
    }

    /// <summary>Creates a cell that shares the parameters of a layer.</summary>
    /// <exception cref="ArgumentException">The layer draws random masks.</exception>
    public RnnCell(RnnLayer<T> layer)
        : base(layer) => Layer = layer;

    /// <summary>The layer with the same parameters.</summary>
    public RnnLayer<T> Layer { get; }

    /// <summary>Runs one step forward.</summary>
    /// <param name="input">x⟨t⟩: InputSize × batch.</param>
    /// <param name="hidden">a⟨t-1⟩: HiddenSize × batch.</param>
    /// <returns>The new state, and what <see cref="Backward"/> needs.</returns>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public RnnCellPass<T> Forward(Matrix<T> input, Matrix<T> hidden) => new(Layer, StepForward(input, hidden), input, hidden);

    /// <summary>Runs one step backward.</summary>
    /// <param name="pass">What <see cref="Forward"/> returned, with the parameters unchanged since.</param>
    /// <param name="hiddenGradient">da⟨t⟩: HiddenSize × batch.</param>
    /// <exception cref="ArgumentException">A shape does not fit, or the pass belongs to another cell or was made with older parameter values.</exception>
    public RecurrentCellGradients<T> Backward(RnnCellPass<T> pass, Matrix<T> hiddenGradient) => new(StepBackward(pass, hiddenGradient));
}

/// <summary>The results of one step of an <see cref="RnnCell{T}"/>.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class RnnCellPass<T> : RecurrentCellPass<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal RnnCellPass(RnnLayer<T> layer, ForwardPass<T> pass, Matrix<T> input, Matrix<T> previousHidden)
        : base(layer, pass, input, previousHidden)
    {
    }
}
