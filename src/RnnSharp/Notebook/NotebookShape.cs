using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Numerics;

namespace RnnSharp.Notebook;

/// <summary>Argument checks shared by the notebook's weights.</summary>
internal static class NotebookShape
{
    public static Matrix<T> Require<T>(Matrix<T> matrix, int rows, int columns, string name)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(matrix, name);
        if (matrix.RowCount != rows || matrix.ColumnCount != columns) throw Check.Shape(name, $"{rows} x {columns}", $"{matrix.RowCount} x {matrix.ColumnCount}");
        return matrix;
    }

    public static void RequireSizes<T>(ILayer<T> layer, int inputSize, int hiddenSize, string name)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (layer.InputSize != inputSize || layer.OutputSize != hiddenSize)
            throw Check.Shape(name, $"a layer of {inputSize} inputs and {hiddenSize} units", $"one of {layer.InputSize} inputs and {layer.OutputSize} units");
    }

    public static ArgumentException OtherLayer<T>(ILayer<T> layer, string expected, string name)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Check.Shape(name, $"gradients of {expected}", $"those of a {layer.GetType().Name}");
}
