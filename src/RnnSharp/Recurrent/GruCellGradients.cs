using System.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace RnnSharp.Recurrent;

/// <summary>The gradients of one step of a <see cref="GruCell{T}"/>.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class GruCellGradients<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal GruCellGradients(Gradients<T> gradients)
    {
        Parameters = gradients;
        Input = gradients.Input!.StepMatrix(0);
        PreviousHiddenState = gradients.InitialState.Leaves[0].ToMatrix();
    }

    /// <summary>dxt: InputSize × batch.</summary>
    public Matrix<T> Input { get; }

    /// <summary>da_prev: HiddenSize × batch.</summary>
    public Matrix<T> PreviousHiddenState { get; }

    /// <summary>Of the input weights, rows r, z, n: (3·HiddenSize) × InputSize.</summary>
    public Matrix<T> InputWeights => Parameters["weight_ih"];

    /// <summary>Of the recurrent weights, rows r, z, n: (3·HiddenSize) × HiddenSize.</summary>
    public Matrix<T> RecurrentWeights => Parameters["weight_hh"];

    /// <summary>Of the bias, rows r, z, n: (3·HiddenSize) × 1.</summary>
    public Matrix<T> Bias => Parameters["bias"];

    /// <summary>Of the candidate's recurrent bias: HiddenSize × 1.</summary>
    public Matrix<T> CandidateBias => Parameters["bias_hn"];

    /// <summary>The same for an optimizer.</summary>
    public Gradients<T> Parameters { get; }
}
