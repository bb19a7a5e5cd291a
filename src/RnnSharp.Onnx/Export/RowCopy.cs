namespace RnnSharp.Onnx;

/// <summary>Copies rows of a column-major matrix row by row, as files hold them.</summary>
internal static class RowCopy
{
    // A tile's columns and rows fit the first-level cache, so that a cache line is read and written once.
    private const int Tile = 32;

    /// <param name="source">The matrix, column by column.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="first">The first row to copy.</param>
    /// <param name="count">The number of rows to copy.</param>
    /// <param name="target">The copy, row by row: count times as many values as there are columns.</param>
    public static void Copy<T>(ReadOnlySpan<T> source, int rows, int first, int count, Span<T> target)
    {
        int columns = source.Length / rows;
        for (int row = 0; row < count; row += Tile)
        {
            for (int column = 0; column < columns; column += Tile)
            {
                int endRow = Math.Min(row + Tile, count), endColumn = Math.Min(column + Tile, columns);
                for (int i = row; i < endRow; i++)
                {
                    for (int j = column; j < endColumn; j++) target[i * columns + j] = source[first + i + rows * j];
                }
            }
        }
    }
}
