using System.Numerics;
using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

/// <summary>Loads and stores of a lane's first elements, for the last vector of a column whose length is no multiple of the lane.</summary>
internal static class LaneMemory
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe TLane Load<T, TLane>(T* source, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, IMemoryLane<TLane, T> =>
        count >= TLane.Count ? TLane.Load(source) : TLane.LoadFirst(source, count);

    /// <summary>Loads the first elements and fills the rest of the lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe TLane Load<T, TLane>(T* source, int count, T fill)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, IMemoryLane<TLane, T> =>
        count >= TLane.Count ? TLane.Load(source) : TLane.First(count, TLane.LoadFirst(source, count), TLane.Broadcast(fill));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store<T, TLane>(TLane value, T* target, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, IMemoryLane<TLane, T>
    {
        if (count >= TLane.Count) TLane.Store(value, target);
        else TLane.StoreFirst(value, target, count);
    }

    /// <summary>The first elements, and zero for the rest of the lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Keep<T, TLane>(TLane value, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, IMemoryLane<TLane, T> => count >= TLane.Count ? value : TLane.First(count, value, TLane.Broadcast(T.Zero));

    /// <summary><see cref="IMemoryLane{TSelf, T}.LoadFirst"/> for a processor that has no masks.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static unsafe TLane LoadOneByOne<T, TLane>(T* source, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, IMemoryLane<TLane, T>
    {
        TLane value = TLane.Broadcast(T.Zero);
        T* elements = (T*)&value;
        for (int i = 0; i < count; i++) elements[i] = source[i];
        return value;
    }

    /// <summary><see cref="IMemoryLane{TSelf, T}.StoreFirst"/> for a processor that has no masks.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static unsafe void StoreOneByOne<T, TLane>(TLane value, T* target, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, IMemoryLane<TLane, T>
    {
        T* elements = (T*)&value;
        for (int i = 0; i < count; i++) target[i] = elements[i];
    }
}
