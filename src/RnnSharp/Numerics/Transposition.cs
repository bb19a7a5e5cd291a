using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

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
    public static unsafe void ToColumns<T>(ReadOnlySpan<T> source, int columns, Span<T> target, int stride)
        where T : unmanaged
    {
        int rows = source.Length / columns;
        if (rows == 0) return;
        long needed = (long)stride * (columns - 1) + rows;
        if (needed > target.Length) throw Check.Shape(nameof(target), $"at least {needed} elements", $"{target.Length}");
        if (columns == 1)
        {
            source.CopyTo(target);
            return;
        }

        fixed (T* from = source, to = target) Transpose(from, columns, to, stride, rows, columns);
    }

    /// <summary>target[column][row] = source[row][column].</summary>
    /// <param name="source">The first element.</param>
    /// <param name="sourceStride">Elements from a row of the source to the next.</param>
    /// <param name="target">The first element; the memory does not overlap the source.</param>
    /// <param name="targetStride">Elements from a column of the source to the next in the target.</param>
    /// <param name="rows">Rows of the source.</param>
    /// <param name="columns">Columns of the source.</param>
    public static unsafe void Transpose<T>(T* source, nint sourceStride, T* target, nint targetStride, int rows, int columns)
        where T : unmanaged
    {
        for (int column = 0; column < columns; column += Tile)
        {
            int width = Math.Min(Tile, columns - column);
            for (int row = 0; row < rows; row += Tile)
                CopyTile(ref source[row * sourceStride + column], sourceStride, ref target[column * targetStride + row], targetStride, Math.Min(Tile, rows - row), width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyTile<T>(ref T from, nint columns, ref T to, nint stride, int rows, int width)
        where T : unmanaged
    {
        int vectorRows = 0, vectorWidth = 0;
        if (Sse.IsSupported && Unsafe.SizeOf<T>() == sizeof(float))
        {
            (vectorRows, vectorWidth) = (rows & ~3, width & ~3);
            for (int i = 0; i < vectorRows; i += 4)
            {
                for (int j = 0; j < vectorWidth; j += 4) Copy4X4(ref Unsafe.As<T, float>(ref Unsafe.Add(ref from, i * columns + j)), columns, ref Unsafe.As<T, float>(ref Unsafe.Add(ref to, j * stride + i)), stride);
            }
        }
        else if (Sse2.IsSupported && Unsafe.SizeOf<T>() == sizeof(double))
        {
            (vectorRows, vectorWidth) = (rows & ~1, width & ~1);
            for (int i = 0; i < vectorRows; i += 2)
            {
                for (int j = 0; j < vectorWidth; j += 2) Copy2X2(ref Unsafe.As<T, double>(ref Unsafe.Add(ref from, i * columns + j)), columns, ref Unsafe.As<T, double>(ref Unsafe.Add(ref to, j * stride + i)), stride);
            }
        }

        for (int j = 0; j < width; j++)
        {
            for (int i = j < vectorWidth ? vectorRows : 0; i < rows; i++) Unsafe.Add(ref to, j * stride + i) = Unsafe.Add(ref from, i * columns + j);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy4X4(ref float from, nint columns, ref float to, nint stride)
    {
        var first = Vector128.LoadUnsafe(ref from);
        var second = Vector128.LoadUnsafe(ref Unsafe.Add(ref from, columns));
        var third = Vector128.LoadUnsafe(ref Unsafe.Add(ref from, 2 * columns));
        var fourth = Vector128.LoadUnsafe(ref Unsafe.Add(ref from, 3 * columns));
        Vector128<float> lowUpper = Sse.UnpackLow(first, second), lowLower = Sse.UnpackLow(third, fourth);
        Vector128<float> highUpper = Sse.UnpackHigh(first, second), highLower = Sse.UnpackHigh(third, fourth);
        Sse.MoveLowToHigh(lowUpper, lowLower).StoreUnsafe(ref to);
        Sse.MoveHighToLow(lowLower, lowUpper).StoreUnsafe(ref Unsafe.Add(ref to, stride));
        Sse.MoveLowToHigh(highUpper, highLower).StoreUnsafe(ref Unsafe.Add(ref to, 2 * stride));
        Sse.MoveHighToLow(highLower, highUpper).StoreUnsafe(ref Unsafe.Add(ref to, 3 * stride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy2X2(ref double from, nint columns, ref double to, nint stride)
    {
        var first = Vector128.LoadUnsafe(ref from);
        var second = Vector128.LoadUnsafe(ref Unsafe.Add(ref from, columns));
        Sse2.UnpackLow(first, second).StoreUnsafe(ref to);
        Sse2.UnpackHigh(first, second).StoreUnsafe(ref Unsafe.Add(ref to, stride));
    }
}
