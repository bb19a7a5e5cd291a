using System.Numerics;
using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

/// <summary>Loads and stores of a lane's first elements, for the last vector of a column whose length is no multiple of the lane.</summary>
internal static class LaneMemory
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe TLane Load<T, TLane>(T* source, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T> =>
        count >= TLane.Count ? TLane.Load(source) : LoadPart<T, TLane>(source, count, T.Zero);

    /// <summary>Loads the first elements and fills the rest of the lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe TLane Load<T, TLane>(T* source, int count, T fill)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T> =>
        count >= TLane.Count ? TLane.Load(source) : LoadPart<T, TLane>(source, count, fill);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store<T, TLane>(TLane value, T* target, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        if (count >= TLane.Count) TLane.Store(value, target);
        else StorePart(value, target, count);
    }

    /// <summary>The first elements, and zero for the rest of the lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Keep<T, TLane>(TLane value, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T> => count >= TLane.Count ? value : KeepPart<T, TLane>(value, count);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe TLane KeepPart<T, TLane>(TLane value, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        T* elements = (T*)&value;
        for (int i = count; i < TLane.Count; i++) elements[i] = T.Zero;
        return value;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe TLane LoadPart<T, TLane>(T* source, int count, T fill)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        TLane value = TLane.Broadcast(fill);
        T* elements = (T*)&value;
        for (int i = 0; i < count; i++) elements[i] = source[i];
        return value;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe void StorePart<T, TLane>(TLane value, T* target, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        T* elements = (T*)&value;
        for (int i = 0; i < count; i++) target[i] = elements[i];
    }
}
