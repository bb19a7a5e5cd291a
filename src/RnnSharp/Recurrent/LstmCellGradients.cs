using System.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace RnnSharp.Recurrent;

/// <summary>The gradients of one step of an <see cref="LstmCell{T}"/>: the notebook's gradients dictionary.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class LstmCellGradients<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal LstmCellGradients(Gradients<T> gradients)
    {
        Parameters = gradients;
        Input = gradients.Input!.StepMatrix(0);
        PreviousHiddenState = gradients.InitialState.Leaves[0].ToMatrix();
        PreviousCellState = gradients.InitialState.Leaves[1].ToMatrix();
    }

    /// <summary>dxt: InputSize × batch.</summary>
    public Matrix<T> Input { get; }

    /// <summary>da_prev: HiddenSize × batch.</summary>
    public Matrix<T> PreviousHiddenState { get; }

    /// <summary>dc_prev: HiddenSize × batch.</summary>
    public Matrix<T> PreviousCellState { get; }

    /// <summary>Of the input weights, rows i, f, g, o: (4·HiddenSize) × InputSize.</summary>
    public Matrix<T> InputWeights => Parameters["weight_ih"];

    /// <summary>Of the recurrent weights, rows i, f, g, o: (4·HiddenSize) × HiddenSize.</summary>
    public Matrix<T> RecurrentWeights => Parameters["weight_hh"];

    /// <summary>Of the bias, rows i, f, g, o: (4·HiddenSize) × 1.</summary>
    public Matrix<T> Bias => Parameters["bias"];

    /// <summary>The same for an optimizer; the notebook's dWf … dbo come from it by NotebookLstmWeights.</summary>
    public Gradients<T> Parameters { get; }
}
