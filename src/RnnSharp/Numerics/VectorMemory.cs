using System.Numerics;
using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

/// <summary>Partial loads and stores, for the tail of a column whose length is not a multiple of the vector's.</summary>
internal static class VectorMemory
{
    /// <summary>The number of elements that fill whole vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Whole<T, TVector>(int length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, IKernelVector<TVector, T> => length & -TVector.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe TVector Load<T, TVector>(T* source, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, IKernelVector<TVector, T> =>
        count >= TVector.Count ? TVector.Load(source) : TVector.LoadFirst(source, count);

    /// <summary>Loads the first elements and fills the rest of the vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe TVector Load<T, TVector>(T* source, int count, T fill)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, IKernelVector<TVector, T> =>
        count >= TVector.Count ? TVector.Load(source) : TVector.First(count, TVector.LoadFirst(source, count), TVector.Broadcast(fill));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store<T, TVector>(TVector value, T* target, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, IKernelVector<TVector, T>
    {
        if (count >= TVector.Count) TVector.Store(value, target);
        else TVector.StoreFirst(value, target, count);
    }

    /// <summary>Sets all but the first <paramref name="count"/> elements to zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector ZeroTail<T, TVector>(TVector value, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, IKernelVector<TVector, T> => count >= TVector.Count ? value : TVector.First(count, value, TVector.Broadcast(T.Zero));

    /// <summary><see cref="IKernelVector{TSelf, T}.LoadFirst"/> for processors without masked loads.</summary>
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

    /// <summary><see cref="IKernelVector{TSelf, T}.StoreFirst"/> for processors without masked stores.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static unsafe void StoreOneByOne<T, TVector>(TVector value, T* target, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, IKernelVector<TVector, T>
    {
        T* elements = (T*)&value;
        for (int i = 0; i < count; i++) target[i] = elements[i];
    }
}
