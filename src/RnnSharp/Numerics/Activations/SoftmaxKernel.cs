using System.Numerics;
using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

/// <summary>The softmax of one column.</summary>
internal static unsafe class SoftmaxKernel
{
    /// <summary>The softmax; the spans may be the same.</summary>
    public static void Softmax<T>(ReadOnlySpan<T> source, Span<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (T* from = source, to = target) VectorDispatch.Invoke<T, SoftmaxLoop<T>>(new(from, to, source.Length));
    }

    /// <summary>The logarithm of the softmax.</summary>
    public static void LogSoftmax<T>(ReadOnlySpan<T> source, Span<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (T* from = source, to = target) VectorDispatch.Invoke<T, LogSoftmaxLoop<T>>(new(from, to, source.Length));
    }

    /// <summary>Writes scale · softmax, unless the target is empty, and returns the maximum and the sum of e^(z - maximum).</summary>
    public static (T Max, T Sum) Scaled<T>(ReadOnlySpan<T> source, Span<T> target, T scale)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (T* from = source, to = target) return VectorDispatch.Invoke<T, ScaledLoop<T>, (T, T)>(new(from, to, source.Length, scale));
    }

    /// <summary>
    /// Writes scale · softmax, unless <paramref name="to"/> is null, and returns the maximum and the sum of e^(z - maximum). Memory for
    /// <paramref name="room"/> elements may be read and written, so that the tail is processed as a whole vector if there is room for it.
    /// </summary>
    /// <param name="from">The scores.</param>
    /// <param name="to">Receives the result; may be the same memory, or null.</param>
    /// <param name="length">The elements of the column.</param>
    /// <param name="room">At least the length.</param>
    /// <param name="scale">A factor for the result.</param>
    /// <param name="rest"><see cref="Rest"/> of the length.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (T Max, T Sum) Column<T, TVector>(T* from, T* to, int length, int room, T scale, in TVector rest)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, IKernelVector<TVector, T>
    {
        int whole = VectorMemory.Whole<T, TVector>(length);
        TVector last = TVector.Broadcast(T.NegativeInfinity);
        bool fits = room - whole >= TVector.Count;
        if (fits && whole < length) last = TVector.WherePositive(rest, TVector.Load(from + whole), last);
        else if (whole < length) last = VectorMemory.Load<T, TVector>(from + whole, length - whole, T.NegativeInfinity);

        TVector largest = last;
        int i = 0;
        if (whole >= 4 * TVector.Count)
        {
            TVector b = last, c = last, d = last;
            for (; i <= whole - 4 * TVector.Count; i += 4 * TVector.Count)
            {
                largest = TVector.Max(largest, TVector.Load(from + i));
                b = TVector.Max(b, TVector.Load(from + i + TVector.Count));
                c = TVector.Max(c, TVector.Load(from + i + 2 * TVector.Count));
                d = TVector.Max(d, TVector.Load(from + i + 3 * TVector.Count));
            }

            largest = TVector.Max(TVector.Max(largest, b), TVector.Max(c, d));
        }

        for (; i < whole; i += TVector.Count) largest = TVector.Max(largest, TVector.Load(from + i));
        T max = TVector.Largest(largest);

        // The maximum may have missed a NaN, but the sum is then NaN.
        TVector shift = TVector.Broadcast(max);
        TVector zero = TVector.Broadcast(T.Zero);
        TVector sums = zero;
        for (i = 0; i < length; i += TVector.Count)
        {
            // Past the end, e^0 is computed and replaced by zero: e^-∞ is zero as well, but takes the processor longer than all the rest.
            bool tail = i == whole;
            TVector e = VectorMath.Exp<T, TVector>(tail ? TVector.WherePositive(rest, last - shift, zero) : TVector.Load(from + i) - shift);
            if (tail) e = last = TVector.WherePositive(rest, e, zero);
            else if (to != null) TVector.Store(e, to + i);
            sums += e;
        }

        T sum = TVector.Sum(sums);
        if (to == null) return (max, sum);
        TVector factor = TVector.Broadcast(scale / sum);
        for (i = 0; i < whole; i += TVector.Count) TVector.Store(TVector.Load(to + i) * factor, to + i);
        if (fits && whole < length) TVector.Store(last * factor, to + whole);
        else if (whole < length) TVector.Store(last * factor, to + whole, length - whole);
        return (max, sum);
    }

    /// <summary>Ones for the tail of a column (the elements after the last whole vector), then zeros.</summary>
    public static TVector Rest<T, TVector>(int length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, IKernelVector<TVector, T> => TVector.ZeroTail(TVector.Broadcast(T.One), length - VectorMemory.Whole<T, TVector>(length));

    internal readonly struct ScaledLoop<T>(T* source, T* target, int length, T scale) : IVectorFunction<T, (T Max, T Sum)>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public (T Max, T Sum) Invoke<TVector>()
            where TVector : unmanaged, IKernelVector<TVector, T> => Column(source, target, length, length, scale, Rest<T, TVector>(length));
    }

    internal readonly struct SoftmaxLoop<T>(T* source, T* target, int length) : IVectorAction<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Invoke<TVector>()
            where TVector : unmanaged, IKernelVector<TVector, T> => Column(source, target, length, length, T.One, Rest<T, TVector>(length));
    }

    internal readonly struct LogSoftmaxLoop<T>(T* source, T* target, int length) : IVectorAction<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Invoke<TVector>()
            where TVector : unmanaged, IKernelVector<TVector, T>
        {
            (T max, T sum) = Column(source, null, length, length, T.One, Rest<T, TVector>(length));
            new MapLoop<T, ShiftTwice<T>>(source, target, length, new(max, T.Log(sum))).Invoke<TVector>();
        }
    }

    /// <summary>(x - first) - second.</summary>
    private readonly struct ShiftTwice<T>(T first, T second) : IMapOperator<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector x)
            where TVector : unmanaged, ISimdVector<TVector, T> => x - TVector.Broadcast(first) - TVector.Broadcast(second);
    }
}
