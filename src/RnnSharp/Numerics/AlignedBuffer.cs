using System.Numerics;
using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

/// <summary>
/// Scratch and packed storage that starts on a cache line and does not move, so that a vector load never crosses a line. Grows,
/// never shrinks; growing discards the contents. The garbage collector owns the memory: there is nothing to dispose.
/// </summary>
internal sealed unsafe class AlignedBuffer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int LineBytes = 64;

    /// <summary>The extra elements of a buffer's array, a cache line, that leave room to align its start.</summary>
    public static int Slack => LineBytes / sizeof(T);

    private T[] _array = [];
    private int _start;

    public T* Pointer { get; private set; }

    public int Length { get; private set; }

    /// <summary>A span that keeps the memory alive, as the pointer does not.</summary>
    public Span<T> Span => _array.AsSpan(_start, Length);

    /// <summary>Makes room for <paramref name="length"/> elements, whose values are undefined.</summary>
    public T* Require(long length)
    {
        if (length > Array.MaxLength - Slack)
            throw new ArgumentOutOfRangeException(nameof(length), length, $"Expected at most {Array.MaxLength - Slack} elements, the limit of a .NET array, got {length}.");
        if (length > 0 && length > _array.Length - Slack)
        {
            _array = GC.AllocateUninitializedArray<T>((int)length + Slack, pinned: true);
            nint start = (nint)Unsafe.AsPointer(ref _array[0]);
            Pointer = (T*)((start + LineBytes - 1) & -LineBytes);
            _start = (int)(((nint)Pointer - start) / sizeof(T));
        }

        Length = (int)length;
        return Pointer;
    }

    /// <summary>A buffer of zeros that the garbage collector may move. It has no pointer, but is quicker to create and to collect.</summary>
    public static AlignedBuffer<T> Movable(int length) => new() { _array = new T[length], Length = length };

    /// <summary>A buffer of zeros with a pointer.</summary>
    public static AlignedBuffer<T> Zeros(long length)
    {
        var buffer = new AlignedBuffer<T>();
        buffer.RequireZero(length);
        return buffer;
    }

    /// <summary>Makes room for <paramref name="length"/> elements and sets them to zero.</summary>
    public T* RequireZero(long length)
    {
        T* pointer = Require(length);
        Span.Clear();
        return pointer;
    }
}
