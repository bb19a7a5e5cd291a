using System.Diagnostics;
using System.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace RnnSharp.Recurrent;

/// <summary>The results of one step of a cell, and what its Backward needs: the notebook's a_next and cache.</summary>
/// <typeparam name="T">float or double.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public abstract class RecurrentCellPass<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly RecurrentLayer<T> _layer;

    private protected RecurrentCellPass(RecurrentLayer<T> layer, ForwardPass<T> pass, Matrix<T> input, Matrix<T> previousHidden)
    {
        _layer = layer;
        Pass = pass;
        Input = input;
        PreviousHiddenState = previousHidden;
        HiddenState = pass.FinalState.Leaves[0].ToMatrix();
    }

    /// <summary>a⟨t⟩ (a_next): HiddenSize × batch.</summary>
    public Matrix<T> HiddenState { get; }

    /// <summary>x⟨t⟩ (xt): InputSize × batch, as passed in.</summary>
    public Matrix<T> Input { get; }

    /// <summary>a⟨t-1⟩ (a_prev): HiddenSize × batch, as passed in.</summary>
    public Matrix<T> PreviousHiddenState { get; }

    /// <summary>The layer of the cell and the shapes of the step.</summary>
    public override string ToString() => Pass.ToString();

    internal ForwardPass<T> Pass { get; }

    /// <summary>The gate of an index in <see cref="RecurrentLayer{T}.GateNames"/>: HiddenSize × batch.</summary>
    private protected Matrix<T> Gate(int index) => _layer.GetGate(Pass, _layer.GateNames[index]).StepMatrix(0);
}
