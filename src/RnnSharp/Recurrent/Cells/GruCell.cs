using System.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace RnnSharp.Recurrent;

/// <summary>A single time step of a gated recurrent unit in PyTorch's form, over MathNet matrices.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class GruCell<T> : RecurrentCell<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Creates a cell with PyTorch's initial weights, uniform in ±1/√hiddenSize.</summary>
    /// <param name="inputSize">Features of the input; at least 1.</param>
    /// <param name="hiddenSize">Units; at least 1.</param>
    /// <param name="seed">The seed of the initial weights; random when null.</param>
    /// <exception cref="ArgumentException">A size is out of range, or T is neither float nor double.</exception>
    public GruCell(int inputSize, int hiddenSize, int? seed = null)
        : this(new GruLayer<T>(inputSize, hiddenSize, seed))
    {
    }

    /// <summary>Creates a cell that shares the parameters of a layer.</summary>
    /// <exception cref="ArgumentException">The layer draws random masks, or applies the reset gate before the product, so that the candidate has no separate recurrent side.</exception>
    public GruCell(GruLayer<T> layer)
        : base(layer)
    {
        if (layer.Options.ResetBefore) throw new ArgumentException("Expected a layer that resets after the product, got one with ResetBefore.", nameof(layer));
        Layer = layer;
    }

    /// <summary>The layer with the same parameters.</summary>
    public GruLayer<T> Layer { get; }

    /// <summary>Runs one step forward.</summary>
    /// <param name="input">x⟨t⟩: InputSize × batch.</param>
    /// <param name="hidden">h⟨t-1⟩: HiddenSize × batch.</param>
    /// <returns>The new state, the gates, and what <see cref="Backward"/> needs.</returns>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public GruCellPass<T> Forward(Matrix<T> input, Matrix<T> hidden) => new(Layer, StepForward(input, hidden), input, hidden);

    /// <summary>Runs one step backward.</summary>
    /// <param name="pass">What <see cref="Forward"/> returned, with the parameters unchanged since.</param>
    /// <param name="hiddenGradient">dh⟨t⟩: HiddenSize × batch.</param>
    /// <exception cref="ArgumentException">A shape does not fit, or the pass belongs to another cell or was made with older parameter values.</exception>
    public GruCellGradients<T> Backward(GruCellPass<T> pass, Matrix<T> hiddenGradient) => new(StepBackward(pass, hiddenGradient));
}

/// <summary>The results of one step of a <see cref="GruCell{T}"/>. All gates are HiddenSize × batch.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class GruCellPass<T> : RecurrentCellPass<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal GruCellPass(GruLayer<T> layer, ForwardPass<T> pass, Matrix<T> input, Matrix<T> previousHidden)
        : base(layer, pass, input, previousHidden)
    {
        Candidate = Gate(0);
        ResetGate = Gate(1);
        UpdateGate = Gate(2);
        CandidateRecurrence = Gate(3);
    }

    /// <summary>r.</summary>
    public Matrix<T> ResetGate { get; }

    /// <summary>z.</summary>
    public Matrix<T> UpdateGate { get; }

    /// <summary>n = tanh(W x + b + r∘m).</summary>
    public Matrix<T> Candidate { get; }

    /// <summary>m = U h + b_hn: the candidate's recurrent side, before the reset gate.</summary>
    public Matrix<T> CandidateRecurrence { get; }
}

/// <summary>The gradients of one step of a <see cref="GruCell{T}"/>.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class GruCellGradients<T> : RecurrentCellGradients<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal GruCellGradients(Gradients<T> gradients)
        : base(gradients)
    {
    }

    /// <summary>The gradient of the candidate's recurrent bias: HiddenSize × 1.</summary>
    public Matrix<T> CandidateBias => Parameters["bias_hn"];
}
