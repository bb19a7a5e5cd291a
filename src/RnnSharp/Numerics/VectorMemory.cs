using System.Numerics;
using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

/// <summary>Copies, and partial loads and stores for the tail of a column whose length is not a multiple of the vector's.</summary>
internal static class VectorMemory
{
    /// <summary>The number of elements that fill whole vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Whole<T, TVector>(int length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, IKernelVector<TVector, T> => length & -TVector.Count;

    /// <summary>Copies elements between memory that may overlap.</summary>
    public static unsafe void Copy<T>(T* source, T* target, int count)
        where T : unmanaged => new ReadOnlySpan<T>(source, count).CopyTo(new Span<T>(target, count));

    /// <summary>Loads the first elements and fills the rest of the vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe TVector Load<T, TVector>(T* source, int count, T fill)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, IKernelVector<TVector, T> =>
        count >= TVector.Count ? TVector.Load(source) : TVector.First(count, TVector.Load(source, count), TVector.Broadcast(fill));

    /// <summary><see cref="IKernelVector{TSelf, T}.Load(T*, int)"/> for processors without masked loads.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static unsafe TVector LoadOneByOne<T, TVector>(T* source, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, IKernelVector<TVector, T>
    {
        TVector value = TVector.Broadcast(T.Zero);
        T* elements = (T*)&value;
        for (int i = 0; i < count; i++) elements[i] = source[i];
        return value;
    }

    /// <summary><see cref="IKernelVector{TSelf, T}.Store(TSelf, T*, int)"/> for processors without masked stores.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static unsafe void StoreOneByOne<T, TVector>(TVector value, T* target, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, IKernelVector<TVector, T>
    {
        T* elements = (T*)&value;
        for (int i = 0; i < count; i++) target[i] = elements[i];
    }
}
