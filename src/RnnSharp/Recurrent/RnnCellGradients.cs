using System.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace RnnSharp.Recurrent;

/// <summary>The gradients of one step of an <see cref="RnnCell{T}"/>: the notebook's gradients dictionary.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class RnnCellGradients<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal RnnCellGradients(Gradients<T> gradients)
    {
        Parameters = gradients;
        Input = gradients.Input!.StepMatrix(0);
        PreviousHiddenState = gradients.InitialState.Leaves[0].ToMatrix();
    }

    /// <summary>dxt: InputSize × batch.</summary>
    public Matrix<T> Input { get; }

    /// <summary>da_prev: HiddenSize × batch.</summary>
    public Matrix<T> PreviousHiddenState { get; }

    /// <summary>dWax: HiddenSize × InputSize.</summary>
    public Matrix<T> InputWeights => Parameters["weight_ih"];

    /// <summary>dWaa: HiddenSize × HiddenSize.</summary>
    public Matrix<T> RecurrentWeights => Parameters["weight_hh"];

    /// <summary>dba: HiddenSize × 1.</summary>
    public Matrix<T> Bias => Parameters["bias"];

    /// <summary>The same for an optimizer.</summary>
    public Gradients<T> Parameters { get; }
}
