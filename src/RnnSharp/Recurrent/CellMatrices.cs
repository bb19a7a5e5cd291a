using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>What the cells check of matrices that they are given.</summary>
internal static class CellMatrices
{
    public static Sequence<T> Input<T>(RecurrentLayer<T> layer, Matrix<T> input)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.RowCount != layer.InputSize)
            throw Check.Shape(nameof(input), $"{layer.InputSize} x batch (input size x batch)", $"{input.RowCount} x {input.ColumnCount}");
        return Sequence<T>.FromMatrices([input]);
    }

    public static void CheckState<T>(Matrix<T> matrix, int units, int batch, string name)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(matrix, name);
        if (matrix.RowCount != units || matrix.ColumnCount != batch)
            throw Check.Shape(name, $"{units} x {batch} (units x batch)", $"{matrix.RowCount} x {matrix.ColumnCount}");
    }
}
