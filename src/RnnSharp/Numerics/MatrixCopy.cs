using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Storage;

namespace RnnSharp.Numerics;

/// <summary>Copies between column-major spans and MathNet matrices of any storage.</summary>
internal static class MatrixCopy
{
    /// <summary>Copies a matrix into a span with the same number of elements.</summary>
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

    /// <summary>Copies a span of rows · columns elements into a new dense matrix.</summary>
    public static Matrix<T> FromColumns<T>(int rows, int columns, ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Matrix<T>.Build.Dense(rows, columns, values.ToArray());
}
