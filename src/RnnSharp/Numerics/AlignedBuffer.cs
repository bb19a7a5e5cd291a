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
    private T[] _array = [];

    public T* Pointer { get; private set; }

    public int Length { get; private set; }

    public Span<T> Span => new(Pointer, Length);

    /// <summary>Makes room for <paramref name="length"/> elements; what they hold is not defined.</summary>
    public T* Require(long length)
    {
        int slack = LineBytes / sizeof(T);
        if (length > Array.MaxLength - slack)
            throw new ArgumentOutOfRangeException(nameof(length), length, $"A buffer of {length} elements is asked for; an array of .NET holds at most {Array.MaxLength - slack}.");
        if (length > _array.Length - slack)
        {
            _array = GC.AllocateUninitializedArray<T>((int)length + slack, pinned: true);
            nint start = (nint)Unsafe.AsPointer(ref _array[0]);
            Pointer = (T*)((start + LineBytes - 1) & -LineBytes);
        }

        Length = (int)length;
        return Pointer;
    }

    /// <summary>Makes room for <paramref name="length"/> elements and sets them to zero.</summary>
    public T* RequireZero(long length)
    {
        T* pointer = Require(length);
        Span.Clear();
        return pointer;
    }
}
