using System.Diagnostics;
using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;

namespace RnnSharp.Notebook;

/// <summary>The notebook's parameters of a plain recurrent layer: a⟨t⟩ = tanh(Waa a⟨t-1⟩ + Wax x⟨t⟩ + ba).</summary>
/// <typeparam name="T">float or double.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class NotebookRnnWeights<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Wraps the matrices, without copying them.</summary>
    /// <param name="wax">Input weights, n_a × n_x; it determines the sizes.</param>
    /// <param name="waa">Recurrent weights, n_a × n_a.</param>
    /// <param name="ba">Bias, n_a × 1.</param>
    /// <exception cref="ArgumentException">A matrix is null or of another shape, or T is neither float nor double.</exception>
    public NotebookRnnWeights(Matrix<T> wax, Matrix<T> waa, Matrix<T> ba)
    {
        Check.ElementType<T>();
        ArgumentNullException.ThrowIfNull(wax);
        HiddenSize = wax.RowCount;
        InputSize = wax.ColumnCount;
        Wax = wax;
        Waa = NotebookShape.Require(waa, HiddenSize, HiddenSize, nameof(waa));
        Ba = NotebookShape.Require(ba, HiddenSize, 1, nameof(ba));
    }

    /// <summary>n_x: features of the input.</summary>
    public int InputSize { get; }

    /// <summary>n_a: units.</summary>
    public int HiddenSize { get; }

    /// <summary>The sizes, n_x -> n_a.</summary>
    public override string ToString() => $"notebook weights of an RNN {InputSize} -> {HiddenSize}";

    /// <summary>Input weights, n_a × n_x.</summary>
    public Matrix<T> Wax { get; }

    /// <summary>Recurrent weights, n_a × n_a.</summary>
    public Matrix<T> Waa { get; }

    /// <summary>Bias, n_a × 1.</summary>
    public Matrix<T> Ba { get; }

    /// <summary>Copies the weights of a layer.</summary>
    public static NotebookRnnWeights<T> From(RnnLayer<T> layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return new NotebookRnnWeights<T>(layer.InputWeights.ToMatrix(), layer.RecurrentWeights.ToMatrix(), layer.Bias.ToMatrix());
    }

    /// <summary>Copies the gradients of a layer: the notebook's dWax, dWaa and dba.</summary>
    /// <param name="gradients">The gradients of an <see cref="RnnLayer{T}"/>; for a layer of a stack, one of the stack's <see cref="Gradients{T}.Parts"/>.</param>
    /// <exception cref="ArgumentException">The gradients belong to another kind of layer.</exception>
    public static NotebookRnnWeights<T> FromGradients(Gradients<T> gradients)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        if (gradients.Layer is not RnnLayer<T> layer) throw NotebookShape.OtherLayer(gradients.Layer, "an RnnLayer", nameof(gradients));
        return new NotebookRnnWeights<T>(gradients[layer.InputWeights.Name].Clone(), gradients[layer.RecurrentWeights.Name].Clone(), gradients[layer.Bias.Name].Clone());
    }

    /// <summary>Copies the weights into a layer of the same sizes. The layer's activation is not changed; the notebook uses tanh.</summary>
    /// <exception cref="ArgumentException">The layer has other sizes.</exception>
    public void ApplyTo(RnnLayer<T> layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        NotebookShape.RequireSizes(layer, InputSize, HiddenSize, nameof(layer));
        layer.InputWeights.Set(Wax);
        layer.RecurrentWeights.Set(Waa);
        layer.Bias.Set(Ba);
    }
}
