using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Numerics;

namespace StepByStep;

/// <summary>Softmax and sigmoid.</summary>
internal static class HelperLessons
{
    public static void Activations(Walk walk)
    {
        walk.Text("Two functions serve all that follows. Softmax turns the scores of a column into probabilities; sigmoid turns a number into a gate between 0 and 1.");
        walk.Equations("softmax(z)ᵢ = e^zᵢ / Σⱼ e^zⱼ   for each column", "σ(x) = 1 / (1 + e⁻ˣ)");
        walk.Run(Matrix<double>.Build.DenseOfArray(new double[,] { { 1, 1000 }, { 2, 1000 }, { 3, 1001 } }), out Matrix<double> z);
        walk.Expect("softmax(z)[:, 0]", Softmax.Columns(z).Column(0), "0.09003057 0.24472847 0.66524096");
        walk.Expect("softmax(z)[:, 1]", Softmax.Columns(z).Column(1), "0.21194156 0.21194156 0.57611688");
        walk.Run(Matrix<double>.Build.Dense(1, 3, [-2, 0, 2]), out Matrix<double> x);
        walk.Expect("sigmoid(x)", Sigmoid.Of(x).Row(0), "0.11920292 0.5 0.88079708");

        walk.Erratum("The notebook subtracts one maximum of the whole matrix before it takes e^z. A column far below the highest number becomes 0/0, as the first one of z:");
        walk.Expect("notebook's formula", NotebookSoftmax(z).Column(0), "nan nan nan");
        walk.Text("RnnSharp subtracts the maximum of each column.");
        walk.Erratum("The notebook's sigmoid computes e⁷²⁰, which overflows, and so loses the negative tail. RnnSharp computes eˣ / (1 + eˣ) there, exact to the smallest numbers:");
        walk.Expect("notebook's 1 / (1 + e⁻ˣ) at -720", 1 / (1 + Math.Exp(720)), "0.0");
        walk.Expect("σ(-720) · e⁷⁰⁰, which is e⁻²⁰", Sigmoid.Of(Matrix<double>.Build.Dense(1, 1, -720))[0, 0] * Math.Exp(700), "0.000000002061154");
    }

    private static Matrix<double> NotebookSoftmax(Matrix<double> z)
    {
        Matrix<double> exponentials = (z - z.Enumerate().Max()).PointwiseExp();
        return Matrix<double>.Build.Dense(z.RowCount, z.ColumnCount, (i, j) => exponentials[i, j] / exponentials.Column(j).Sum());
    }
}
