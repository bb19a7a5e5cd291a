using System.Diagnostics;
using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;

namespace RnnSharp.Notebook;

/// <summary>
/// The notebook's parameters of an LSTM: a matrix and a bias per gate. Each matrix applies to [a⟨t-1⟩; x⟨t⟩] in that order, so its first n_a
/// columns are the recurrent weights and the rest the input weights. An <see cref="LstmLayer{T}"/> holds the same numbers stacked by rows in
/// the order i, f, c (PyTorch's g), o.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class NotebookLstmWeights<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Wraps the matrices, without copying them.</summary>
    /// <param name="wf">Forget gate, n_a × (n_a + n_x); it determines the sizes, both at least 1.</param>
    /// <param name="bf">Forget gate, n_a × 1.</param>
    /// <param name="wi">Update gate, n_a × (n_a + n_x).</param>
    /// <param name="bi">Update gate, n_a × 1.</param>
    /// <param name="wc">Candidate, n_a × (n_a + n_x).</param>
    /// <param name="bc">Candidate, n_a × 1.</param>
    /// <param name="wo">Output gate, n_a × (n_a + n_x).</param>
    /// <param name="bo">Output gate, n_a × 1.</param>
    /// <exception cref="ArgumentException">A matrix is null or of another shape, or T is neither float nor double.</exception>
    public NotebookLstmWeights(Matrix<T> wf, Matrix<T> bf, Matrix<T> wi, Matrix<T> bi, Matrix<T> wc, Matrix<T> bc, Matrix<T> wo, Matrix<T> bo)
    {
        Check.ElementType<T>();
        ArgumentNullException.ThrowIfNull(wf);
        HiddenSize = wf.RowCount;
        InputSize = wf.ColumnCount - wf.RowCount;
        if (InputSize < 1) throw Check.Shape(nameof(wf), $"n_a x (n_a + n_x), so more than {HiddenSize} columns", $"{wf.RowCount} x {wf.ColumnCount}");
        Wf = wf;
        Bf = NotebookShape.Require(bf, HiddenSize, 1, nameof(bf));
        Wi = NotebookShape.Require(wi, HiddenSize, HiddenSize + InputSize, nameof(wi));
        Bi = NotebookShape.Require(bi, HiddenSize, 1, nameof(bi));
        Wc = NotebookShape.Require(wc, HiddenSize, HiddenSize + InputSize, nameof(wc));
        Bc = NotebookShape.Require(bc, HiddenSize, 1, nameof(bc));
        Wo = NotebookShape.Require(wo, HiddenSize, HiddenSize + InputSize, nameof(wo));
        Bo = NotebookShape.Require(bo, HiddenSize, 1, nameof(bo));
    }

    /// <summary>n_x: features of the input.</summary>
    public int InputSize { get; }

    /// <summary>n_a: units.</summary>
    public int HiddenSize { get; }

    /// <summary>The sizes, n_x -> n_a.</summary>
    public override string ToString() => $"notebook weights of an LSTM {InputSize} -> {HiddenSize}";

    /// <summary>Forget gate's weights, n_a × (n_a + n_x).</summary>
    public Matrix<T> Wf { get; }

    /// <summary>Forget gate's bias, n_a × 1.</summary>
    public Matrix<T> Bf { get; }

    /// <summary>Update gate's weights, n_a × (n_a + n_x).</summary>
    public Matrix<T> Wi { get; }

    /// <summary>Update gate's bias, n_a × 1.</summary>
    public Matrix<T> Bi { get; }

    /// <summary>Candidate's weights, n_a × (n_a + n_x).</summary>
    public Matrix<T> Wc { get; }

    /// <summary>Candidate's bias, n_a × 1.</summary>
    public Matrix<T> Bc { get; }

    /// <summary>Output gate's weights, n_a × (n_a + n_x).</summary>
    public Matrix<T> Wo { get; }

    /// <summary>Output gate's bias, n_a × 1.</summary>
    public Matrix<T> Bo { get; }

    /// <summary>Copies the weights of a layer.</summary>
    public static NotebookLstmWeights<T> From(LstmLayer<T> layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return Split(layer.InputWeights.ToMatrix(), layer.RecurrentWeights.ToMatrix(), layer.Bias.ToMatrix());
    }

    /// <summary>Copies the gradients of a layer: the notebook's dWf, dbf and so on.</summary>
    /// <param name="gradients">The gradients of an <see cref="LstmLayer{T}"/>; for a layer of a stack, one of the stack's <see cref="Gradients{T}.Parts"/>.</param>
    /// <exception cref="ArgumentException">The gradients belong to another kind of layer.</exception>
    public static NotebookLstmWeights<T> FromGradients(Gradients<T> gradients)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        if (gradients.Layer is not LstmLayer<T> layer) throw NotebookShape.OtherLayer(gradients.Layer, "an LstmLayer", nameof(gradients));
        return Split(gradients[layer.InputWeights.Name], gradients[layer.RecurrentWeights.Name], gradients[layer.Bias.Name]);
    }

    /// <summary>Copies the weights into a layer of the same sizes.</summary>
    /// <exception cref="ArgumentException">The layer has other sizes.</exception>
    public void ApplyTo(LstmLayer<T> layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        NotebookShape.RequireSizes(layer, InputSize, HiddenSize, nameof(layer));
        layer.InputWeights.Set(Stack(weights => weights.SubMatrix(0, HiddenSize, HiddenSize, InputSize), Wi, Wf, Wc, Wo));
        layer.RecurrentWeights.Set(Stack(weights => weights.SubMatrix(0, HiddenSize, 0, HiddenSize), Wi, Wf, Wc, Wo));
        layer.Bias.Set(Stack(bias => bias, Bi, Bf, Bc, Bo));
    }

    private static Matrix<T> Stack(Func<Matrix<T>, Matrix<T>> part, Matrix<T> i, Matrix<T> f, Matrix<T> c, Matrix<T> o) =>
        part(i).Stack(part(f)).Stack(part(c)).Stack(part(o));

    private static NotebookLstmWeights<T> Split(Matrix<T> input, Matrix<T> recurrent, Matrix<T> bias)
    {
        int hidden = recurrent.ColumnCount;
        return new NotebookLstmWeights<T>(Weights(1), Bias(1), Weights(0), Bias(0), Weights(2), Bias(2), Weights(3), Bias(3));

        Matrix<T> Weights(int gate) => Rows(recurrent, gate).Append(Rows(input, gate));
        Matrix<T> Bias(int gate) => Rows(bias, gate);
        Matrix<T> Rows(Matrix<T> gates, int gate) => gates.SubMatrix(gate * hidden, hidden, 0, gates.ColumnCount);
    }
}
