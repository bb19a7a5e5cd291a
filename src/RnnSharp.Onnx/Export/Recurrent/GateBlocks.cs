using System.Numerics;

namespace RnnSharp.Onnx;

/// <summary>Blocks of rows of a parameter, one for each gate, in another order.</summary>
internal static class GateBlocks
{
    /// <summary>Copies blocks row by row; a block of -1 leaves the target as it is.</summary>
    /// <param name="parameter">Blocks of <paramref name="size"/> rows.</param>
    /// <param name="blocks">The parameter's block for each block of the result.</param>
    /// <param name="size">The rows of a block.</param>
    /// <param name="target">The result, row by row.</param>
    public static void Stack<T>(Parameter<T> parameter, int[] blocks, int size, Span<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int length = size * parameter.Columns;
        for (int block = 0; block < blocks.Length; block++)
        {
            if (blocks[block] >= 0) RowCopy.Copy(parameter.Values, parameter.Rows, blocks[block] * size, size, target.Slice(block * length, length));
        }
    }
}
