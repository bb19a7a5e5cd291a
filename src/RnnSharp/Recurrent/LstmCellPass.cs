using System.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace RnnSharp.Recurrent;

/// <summary>What one step of an <see cref="LstmCell{T}"/> leaves behind: the notebook's a_next, c_next and cache. All matrices are HiddenSize × batch but the input.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class LstmCellPass<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal LstmCellPass(LstmLayer<T> layer, ForwardPass<T> pass, Matrix<T> input, Matrix<T> previousHidden, Matrix<T> previousCell)
    {
        Pass = pass;
        Input = input;
        PreviousHiddenState = previousHidden;
        PreviousCellState = previousCell;
        HiddenState = pass.FinalState.Leaves[0].ToMatrix();
        CellState = pass.FinalState.Leaves[1].ToMatrix();
        InputGate = layer.SlotMatrix(pass, 0, 0);
        ForgetGate = layer.SlotMatrix(pass, 0, 1);
        Candidate = layer.SlotMatrix(pass, 0, 2);
        OutputGate = layer.SlotMatrix(pass, 0, 3);
    }

    /// <summary>a⟨t⟩ (a_next).</summary>
    public Matrix<T> HiddenState { get; }

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

    /// <summary>x⟨t⟩ (xt), InputSize × batch, as it was given.</summary>
    public Matrix<T> Input { get; }

    /// <summary>a⟨t-1⟩ (a_prev), as it was given.</summary>
    public Matrix<T> PreviousHiddenState { get; }

    /// <summary>c⟨t-1⟩ (c_prev), as it was given.</summary>
    public Matrix<T> PreviousCellState { get; }

    internal ForwardPass<T> Pass { get; }
}
