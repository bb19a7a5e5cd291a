using System.Numerics;

namespace RnnSharp.Onnx;

/// <summary>Blocks of rows of a parameter, one for each gate, in another order.</summary>
internal static class GateBlocks
{
    /// <summary>Copies blocks row by row; zeros for a block of -1.</summary>
    /// <param name="parameter">Blocks of <paramref name="size"/> rows.</param>
    /// <param name="blocks">The parameter's block for each block of the result.</param>
    /// <param name="size">The rows of a block.</param>
    public static T[] Stack<T>(Parameter<T> parameter, int[] blocks, int size)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = parameter.Rows, columns = parameter.Columns;
        ReadOnlySpan<T> source = parameter.Values;
        var target = new T[(long)blocks.Length * size * columns];
        for (int block = 0; block < blocks.Length; block++)
        {
            if (blocks[block] < 0) continue;
            for (int unit = 0; unit < size; unit++)
            {
                int from = blocks[block] * size + unit, to = (block * size + unit) * columns;
                for (int column = 0; column < columns; column++) target[to + column] = source[from + rows * column];
            }
        }

        return target;
    }
}
