using System.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace RnnSharp.Recurrent;

/// <summary>A single time step of long short-term memory over MathNet matrices: the notebook's lstm_cell_forward and lstm_cell_backward.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class LstmCell<T> : RecurrentCell<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Creates a cell with PyTorch's initial weights, uniform in ±1/√hiddenSize.</summary>
    /// <param name="inputSize">Features of the input; at least 1.</param>
    /// <param name="hiddenSize">Units; at least 1.</param>
    /// <param name="seed">The seed of the initial weights; random when null.</param>
    /// <exception cref="ArgumentException">A size is out of range, or T is neither float nor double.</exception>
    public LstmCell(int inputSize, int hiddenSize, int? seed = null)
        : this(new LstmLayer<T>(inputSize, hiddenSize, seed))
    {
    }

    /// <summary>Creates a cell that shares the parameters of a layer.</summary>
    /// <exception cref="ArgumentException">The layer draws random masks, or its gates are coupled, so that it has no separate forget gate.</exception>
    public LstmCell(LstmLayer<T> layer)
        : base(layer)
    {
        if (layer.Options.CoupledGates) throw new ArgumentException("Expected a layer with a forget gate, got one with CoupledGates.", nameof(layer));
        Layer = layer;
    }

    /// <summary>The layer with the same parameters.</summary>
    public LstmLayer<T> Layer { get; }

    /// <summary>Runs one step forward.</summary>
    /// <param name="input">x⟨t⟩: InputSize × batch.</param>
    /// <param name="hidden">a⟨t-1⟩: HiddenSize × batch, or OutputSize × batch if the layer has a projection.</param>
    /// <param name="cell">c⟨t-1⟩: HiddenSize × batch.</param>
    /// <returns>The new states, the gates, and what <see cref="Backward"/> needs.</returns>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public LstmCellPass<T> Forward(Matrix<T> input, Matrix<T> hidden, Matrix<T> cell) => new(Layer, StepForward(input, hidden, cell), input, hidden, cell);

    /// <summary>Runs one step backward.</summary>
    /// <param name="pass">What <see cref="Forward"/> returned, with the parameters unchanged since.</param>
    /// <param name="hiddenGradient">da⟨t⟩, in the shape of a⟨t⟩.</param>
    /// <param name="cellGradient">dc⟨t⟩ from the next step: HiddenSize × batch; zero if null.</param>
    /// <exception cref="ArgumentException">A shape does not fit, or the pass belongs to another cell or was made with older parameter values.</exception>
    public LstmCellGradients<T> Backward(LstmCellPass<T> pass, Matrix<T> hiddenGradient, Matrix<T>? cellGradient = null) =>
        new(StepBackward(pass, hiddenGradient, cellGradient));
}

/// <summary>The results of one step of an <see cref="LstmCell{T}"/>. All gates and cell states are HiddenSize × batch.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class LstmCellPass<T> : RecurrentCellPass<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal LstmCellPass(LstmLayer<T> layer, ForwardPass<T> pass, Matrix<T> input, Matrix<T> previousHidden, Matrix<T> previousCell)
        : base(layer, pass, input, previousHidden)
    {
        PreviousCellState = previousCell;
        CellState = pass.FinalState.Leaves[1].ToMatrix();
        InputGate = Gate(0);
        ForgetGate = Gate(1);
        Candidate = Gate(2);
        OutputGate = Gate(3);
    }

    /// <summary>c⟨t⟩ (c_next).</summary>
    public Matrix<T> CellState { get; }

    /// <summary>i (it).</summary>
    public Matrix<T> InputGate { get; }

    /// <summary>f (ft).</summary>
    public Matrix<T> ForgetGate { get; }

    /// <summary>c̃, or g (cct).</summary>
    public Matrix<T> Candidate { get; }

    /// <summary>o (ot).</summary>
    public Matrix<T> OutputGate { get; }

    /// <summary>c⟨t-1⟩ (c_prev), as passed in.</summary>
    public Matrix<T> PreviousCellState { get; }
}

/// <summary>The gradients of one step of an <see cref="LstmCell{T}"/>.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class LstmCellGradients<T> : RecurrentCellGradients<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal LstmCellGradients(Gradients<T> gradients)
        : base(gradients) => PreviousCellState = gradients.InitialState.Leaves[1].ToMatrix();

    /// <summary>dc_prev: HiddenSize × batch.</summary>
    public Matrix<T> PreviousCellState { get; }
}
