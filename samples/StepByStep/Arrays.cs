using MathNet.Numerics.LinearAlgebra;
using RnnSharp;
using RnnSharp.Layers;
using RnnSharp.Notebook;
using RnnSharp.Recurrent;

namespace StepByStep;

/// <summary>What several sections of the walk have in common: slices as NumPy writes them, and the notebook's weights in the order in which it draws them.</summary>
internal static class Arrays
{
    /// <summary>a[feature][example]: the values of all steps.</summary>
    public static IEnumerable<double> Slice(this Sequence<double> a, int feature, int example) => Enumerable.Range(0, a.Steps).Select(t => a[feature, example, t]);

    public static IEnumerable<int> Shape(this Matrix<double> matrix) => [matrix.RowCount, matrix.ColumnCount];

    public static IEnumerable<int> Shape(this Sequence<double> a) => [a.Features, a.Batch, a.Steps];

    /// <summary>ŷ⟨t⟩ = softmax(Wya a⟨t⟩ + by), for all steps.</summary>
    public static Sequence<double> Softmax(this DenseLayer<double> head, Sequence<double> a) =>
        Sequence<double>.FromMatrices([.. head.Predict(a).ToMatrices().Select(RnnSharp.Numerics.Softmax.Columns)]);

    /// <summary>A head for two classes, with the notebook's Wya or Wy (2, 5) and by (2, 1).</summary>
    public static DenseLayer<double> Head(Matrix<double> weights, Matrix<double> bias)
    {
        var head = new DenseLayer<double>(weights.ColumnCount, weights.RowCount);
        head.Weights.Set(weights);
        head.Bias.Set(bias);
        return head;
    }

    /// <summary>Wf, bf, Wi, bi, Wo, bo, Wc, bc: each matrix is (5, 8), five columns for a⟨t-1⟩ and three for x⟨t⟩, each bias (5, 1).</summary>
    public static LstmCell<double> LstmCell(NumpyRandom random)
    {
        Matrix<double> wf = random.RandN(5, 8), bf = random.RandN(5, 1);
        Matrix<double> wi = random.RandN(5, 8), bi = random.RandN(5, 1);
        Matrix<double> wo = random.RandN(5, 8), bo = random.RandN(5, 1);
        Matrix<double> wc = random.RandN(5, 8), bc = random.RandN(5, 1);
        var cell = new LstmCell<double>(inputSize: 3, hiddenSize: 5);
        new NotebookLstmWeights<double>(wf, bf, wi, bi, wc, bc, wo, bo).ApplyTo(cell.Layer);
        return cell;
    }

    /// <summary>A state that begins with a⟨0⟩ and, in an LSTM, with c⟨0⟩ = 0.</summary>
    public static State<double> StateOf(this RecurrentLayer<double> layer, Matrix<double> a0)
    {
        State<double> state = layer.CreateState(a0.ColumnCount);
        state.Set("h", a0);
        return state;
    }
}
