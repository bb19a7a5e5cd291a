using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Storage;

namespace RnnSharp.Numerics;

/// <summary>Copies between MathNet's matrices, of whatever storage, and column-major spans.</summary>
internal static class MatrixCopy
{
    public static void ToColumns<T>(Matrix<T> matrix, Span<T> columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (matrix.Storage is DenseColumnMajorMatrixStorage<T> dense)
        {
            dense.Data.AsSpan(0, columns.Length).CopyTo(columns);
            return;
        }

        for (int j = 0, at = 0; j < matrix.ColumnCount; j++)
        {
            for (int i = 0; i < matrix.RowCount; i++) columns[at++] = matrix[i, j];
        }
    }

    public static Matrix<T> FromColumns<T>(int rows, int columns, ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Matrix<T>.Build.Dense(rows, columns, values.ToArray());
}
