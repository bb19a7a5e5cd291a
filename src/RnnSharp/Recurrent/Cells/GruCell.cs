using System.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace RnnSharp.Recurrent;

/// <summary>One time step of a gated recurrent unit over MathNet matrices, in PyTorch's form.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class GruCell<T> : RecurrentCell<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Makes a cell with PyTorch's initial weights.</summary>
    /// <param name="inputSize">Features of the input; at least 1.</param>
    /// <param name="hiddenSize">Units; at least 1.</param>
    /// <param name="seed">Makes the initial weights repeatable; drawn anew when null.</param>
    /// <exception cref="ArgumentException">A size is out of range, or T is neither float nor double.</exception>
    public GruCell(int inputSize, int hiddenSize, int? seed = null)
        : this(new GruLayer<T>(inputSize, hiddenSize, seed))
    {
    }

    /// <summary>Makes the cell of a layer: they share parameters.</summary>
    /// <exception cref="ArgumentException">The layer draws random masks, or resets before the product, so that the candidate has no recurrent side of its own to show.</exception>
    public GruCell(GruLayer<T> layer)
        : base(layer)
    {
        if (layer.Options.ResetBefore) throw new ArgumentException("Expected a layer that resets after the product, got one that resets before it.", nameof(layer));
        Layer = layer;
    }

    /// <summary>The layer with the same parameters.</summary>
    public GruLayer<T> Layer { get; }

    /// <summary>One step forward.</summary>
    /// <param name="input">x⟨t⟩: InputSize × batch.</param>
    /// <param name="hidden">h⟨t-1⟩: HiddenSize × batch.</param>
    /// <returns>The new state, the gates, and what <see cref="Backward"/> needs.</returns>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public GruCellPass<T> Forward(Matrix<T> input, Matrix<T> hidden) => new(Layer, StepForward(input, hidden), input, hidden);

    /// <summary>One step backward.</summary>
    /// <param name="pass">What <see cref="Forward"/> returned, with the parameters unchanged since.</param>
    /// <param name="hiddenGradient">dh⟨t⟩: HiddenSize × batch.</param>
    /// <exception cref="ArgumentException">A shape does not fit, or the pass is another cell's or of older parameters.</exception>
    public GruCellGradients<T> Backward(GruCellPass<T> pass, Matrix<T> hiddenGradient) => new(StepBackward(pass, hiddenGradient));
}

/// <summary>What one step of a <see cref="GruCell{T}"/> leaves behind. All gates are HiddenSize × batch.</summary>
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

    /// <summary>Of the candidate's recurrent bias: HiddenSize × 1.</summary>
    public Matrix<T> CandidateBias => Parameters["bias_hn"];
}
