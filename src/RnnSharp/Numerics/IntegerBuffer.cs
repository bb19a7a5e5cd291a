using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

/// <summary>Integers that do not move. The memory grows and never shrinks; growing discards the contents.</summary>
internal sealed unsafe class IntegerBuffer
{
    private int[] _array = [];

    /// <summary>Makes room for some integers, whose values are undefined. They live as long as this object.</summary>
    public int* Require(long length)
    {
        if (length > _array.Length) _array = GC.AllocateUninitializedArray<int>(checked((int)length), pinned: true);
        return _array.Length == 0 ? null : (int*)Unsafe.AsPointer(ref _array[0]);
    }
}
