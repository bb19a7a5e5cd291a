using System.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace RnnSharp.Recurrent;

/// <summary>What one step of a <see cref="GruCell{T}"/> leaves behind. All matrices are HiddenSize × batch but the input.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class GruCellPass<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal GruCellPass(GruLayer<T> layer, ForwardPass<T> pass, Matrix<T> input, Matrix<T> previousHidden)
    {
        Pass = pass;
        Input = input;
        PreviousHiddenState = previousHidden;
        HiddenState = pass.FinalState.Leaves[0].ToMatrix();
        Candidate = layer.SlotMatrix(pass, 0, 0);
        ResetGate = layer.SlotMatrix(pass, 0, 1);
        UpdateGate = layer.SlotMatrix(pass, 0, 2);
        CandidateRecurrence = layer.SlotMatrix(pass, 0, 3);
    }

    /// <summary>a⟨t⟩ (a_next).</summary>
    public Matrix<T> HiddenState { get; }

    /// <summary>n = tanh(W x + b + r∘m).</summary>
    public Matrix<T> Candidate { get; }

    /// <summary>r.</summary>
    public Matrix<T> ResetGate { get; }

    /// <summary>z.</summary>
    public Matrix<T> UpdateGate { get; }

    /// <summary>m = U h + b_hn: the candidate's recurrent side, before the reset gate.</summary>
    public Matrix<T> CandidateRecurrence { get; }

    /// <summary>x⟨t⟩ (xt), InputSize × batch, as it was given.</summary>
    public Matrix<T> Input { get; }

    /// <summary>a⟨t-1⟩ (a_prev), as it was given.</summary>
    public Matrix<T> PreviousHiddenState { get; }

    internal ForwardPass<T> Pass { get; }
}
