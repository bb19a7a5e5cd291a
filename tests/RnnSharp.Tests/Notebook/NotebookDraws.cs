using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Notebook;

namespace RnnSharp.Tests.Notebook;

/// <summary>The notebook's draws: <c>np.random.seed(1)</c>, then <c>np.random.randn(shape)</c> in the order given.</summary>
internal sealed class NotebookDraws
{
    private readonly NumpyRandom _random = new(1);

    public Matrix<double> Matrix(int rows, int columns)
    {
        double[] drawn = _random.RandN(rows * columns);
        return Matrix<double>.Build.Dense(rows, columns, (i, j) => drawn[i * columns + j]);
    }

    /// <summary>An array [feature, example, step], as one matrix per step.</summary>
    public Sequence<double> Sequence(int features, int batch, int steps)
    {
        double[] drawn = _random.RandN(features * batch * steps);
        var sequence = new Sequence<double>(features, batch, steps);
        for (int i = 0; i < features; i++)
        {
            for (int j = 0; j < batch; j++)
            {
                for (int t = 0; t < steps; t++) sequence[i, j, t] = drawn[(i * batch + j) * steps + t];
            }
        }

        return sequence;
    }
}
