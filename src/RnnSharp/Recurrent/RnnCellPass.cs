using System.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace RnnSharp.Recurrent;

/// <summary>What one step of an <see cref="RnnCell{T}"/> leaves behind: the notebook's a_next and cache. All matrices are HiddenSize × batch but the input.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class RnnCellPass<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal RnnCellPass(ForwardPass<T> pass, Matrix<T> input, Matrix<T> previousHidden)
    {
        Pass = pass;
        Input = input;
        PreviousHiddenState = previousHidden;
        HiddenState = pass.FinalState.Leaves[0].ToMatrix();
    }

    /// <summary>a⟨t⟩ (a_next).</summary>
    public Matrix<T> HiddenState { get; }

    /// <summary>x⟨t⟩ (xt), InputSize × batch, as it was given.</summary>
    public Matrix<T> Input { get; }

    /// <summary>a⟨t-1⟩ (a_prev), as it was given.</summary>
    public Matrix<T> PreviousHiddenState { get; }

    internal ForwardPass<T> Pass { get; }
}
