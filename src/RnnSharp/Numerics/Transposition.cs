using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RnnSharp.Numerics;

/// <summary>Transposes matrices in tiles, so that reads and writes both stay within few cache lines.</summary>
internal static class Transposition
{
    private const int Tile = 16;

    /// <summary>Copies row-major rows into a part of a column-major matrix.</summary>
    /// <param name="source">Rows of as many columns.</param>
    /// <param name="columns">The number of columns.</param>
    /// <param name="target">The matrix from the first of the rows on.</param>
    /// <param name="stride">The number of rows of the whole matrix.</param>
    public static void ToColumns<T>(ReadOnlySpan<T> source, int columns, Span<T> target, int stride)
        where T : unmanaged
    {
        int rows = source.Length / columns;
        if (rows == 0) return;
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)stride * (columns - 1) + rows, target.Length);
        if (columns == 1)
        {
            source.CopyTo(target);
            return;
        }

        for (int column = 0; column < columns; column += Tile)
        {
            int width = Math.Min(Tile, columns - column);
            for (int row = 0; row < rows; row += Tile)
            {
                ref T from = ref Unsafe.Add(ref MemoryMarshal.GetReference(source), (nint)row * columns + column);
                ref T to = ref Unsafe.Add(ref MemoryMarshal.GetReference(target), (nint)column * stride + row);
                CopyTile(ref from, columns, ref to, stride, Math.Min(Tile, rows - row), width);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyTile<T>(ref T from, nint columns, ref T to, nint stride, int rows, int width)
        where T : unmanaged
    {
        for (int j = 0; j < width; j++)
        {
            ref T column = ref Unsafe.Add(ref to, j * stride);
            ref T source = ref Unsafe.Add(ref from, j);
            int i = 0;
            for (; i + 4 <= rows; i += 4)
            {
                T first = source, second = Unsafe.Add(ref source, columns), third = Unsafe.Add(ref source, 2 * columns), fourth = Unsafe.Add(ref source, 3 * columns);
                Unsafe.Add(ref column, i) = first;
                Unsafe.Add(ref column, i + 1) = second;
                Unsafe.Add(ref column, i + 2) = third;
                Unsafe.Add(ref column, i + 3) = fourth;
                source = ref Unsafe.Add(ref source, 4 * columns);
            }

            for (; i < rows; i++)
            {
                Unsafe.Add(ref column, i) = source;
                source = ref Unsafe.Add(ref source, columns);
            }
        }
    }
}
