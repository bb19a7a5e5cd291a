using System.Diagnostics;
using System.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace RnnSharp.Recurrent;

/// <summary>The gradients of one step of a cell: the notebook's gradients dictionary.</summary>
/// <typeparam name="T">float or double.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public class RecurrentCellGradients<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal RecurrentCellGradients(Gradients<T> gradients)
    {
        Parameters = gradients;
        Input = gradients.Input!.StepMatrix(0);
        PreviousHiddenState = gradients.InitialState.Leaves[0].ToMatrix();
    }

    /// <summary>dxt: InputSize × batch.</summary>
    public Matrix<T> Input { get; }

    /// <summary>da_prev: HiddenSize × batch.</summary>
    public Matrix<T> PreviousHiddenState { get; }

    /// <summary>The gradient of the input weights (the notebook's dWax), gates stacked by rows: (gates·HiddenSize) × InputSize.</summary>
    public Matrix<T> InputWeights => Parameters["weight_ih"];

    /// <summary>The gradient of the recurrent weights (the notebook's dWaa), gates stacked by rows: (gates·HiddenSize) × HiddenSize.</summary>
    public Matrix<T> RecurrentWeights => Parameters["weight_hh"];

    /// <summary>The gradient of the bias (the notebook's dba), gates stacked by rows: (gates·HiddenSize) × 1.</summary>
    public Matrix<T> Bias => Parameters["bias"];

    /// <summary>The gradients of all parameters, for an optimizer or for NotebookLstmWeights, which gives the notebook's dWf … dbo.</summary>
    public Gradients<T> Parameters { get; }

    /// <summary>The parameters, with their shapes.</summary>
    public override string ToString() => Parameters.ToString();
}
