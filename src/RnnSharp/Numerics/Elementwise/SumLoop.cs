using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RnnSharp.Numerics;

/// <summary>The source of a sum's elements, each of which is read once: memory, or a computation over several spans.</summary>
internal interface ISumElements<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The elements from <paramref name="index"/> on, at most a vector of them; zero past the last.</summary>
    TVector Load<TVector>(int index, int count)
        where TVector : unmanaged, IKernelVector<TVector, T>;
}

internal readonly unsafe struct MemoryElements<T>(T* source) : ISumElements<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Load<TVector>(int index, int count)
        where TVector : unmanaged, IKernelVector<TVector, T> => TVector.Load(source + index, count);
}

/// <summary>
/// The loop of <see cref="Elementwise.Sum"/>. It widens the elements to double precision and keeps four sums, because each addition to a
/// single sum would wait for the previous one.
/// </summary>
internal readonly unsafe struct SumLoop<T, TElements, TOperator>(TElements elements, int length, TOperator op) : IVectorSum<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TElements : struct, ISumElements<T>
    where TOperator : struct, ISumOperator
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double Invoke<TVector, TDouble>()
        where TVector : unmanaged, IKernelVector<TVector, T>
        where TDouble : unmanaged, IKernelVector<TDouble, double>
    {
        TElements source = elements;
        TOperator f = op;
        int whole = VectorMemory.Whole<T, TVector>(length), rest = length - whole, i = 0;
        TDouble a = TDouble.Broadcast(0), b = a, c = a, d = a;
        if (rest > 0)
        {
            // f(0) need not be zero.
            Add(f, source.Load<TVector>(whole, rest), ref a, ref b);
            a = TDouble.ZeroTail(a, rest);
            b = TDouble.ZeroTail(b, rest - TDouble.Count);
        }

        for (; i <= whole - 2 * TVector.Count; i += 2 * TVector.Count)
        {
            Add(f, source.Load<TVector>(i, TVector.Count), ref a, ref b);
            Add(f, source.Load<TVector>(i + TVector.Count, TVector.Count), ref c, ref d);
        }

        if (i < whole) Add(f, source.Load<TVector>(i, TVector.Count), ref a, ref b);
        return TDouble.Sum(a + b + (c + d));
    }

    /// <summary>Adds f of the first half of the elements to one sum and, in single precision, f of the second half to another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TVector, TDouble>(TOperator f, TVector x, ref TDouble first, ref TDouble second)
        where TVector : unmanaged, IKernelVector<TVector, T>
        where TDouble : unmanaged, IKernelVector<TDouble, double>
    {
        TDouble low, high = default;
        if (typeof(T) == typeof(double)) low = Unsafe.BitCast<TVector, TDouble>(x);
        else if (sizeof(TVector) == 64) (low, high) = Halves<Vector512<double>, TDouble>(Vector512.Widen(Unsafe.BitCast<TVector, Vector512<float>>(x)));
        else if (sizeof(TVector) == 32) (low, high) = Halves<Vector256<double>, TDouble>(Vector256.Widen(Unsafe.BitCast<TVector, Vector256<float>>(x)));
        else if (sizeof(TVector) == 16) (low, high) = Halves<Vector128<double>, TDouble>(Vector128.Widen(Unsafe.BitCast<TVector, Vector128<float>>(x)));
        else low = TDouble.Broadcast(Unsafe.BitCast<TVector, float>(x));
        first = f.Add(first, low);
        if (typeof(T) == typeof(float) && sizeof(TVector) > sizeof(T)) second = f.Add(second, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TDouble Low, TDouble High) Halves<TSource, TDouble>((TSource Low, TSource High) vectors)
        where TSource : struct
        where TDouble : struct => (Unsafe.BitCast<TSource, TDouble>(vectors.Low), Unsafe.BitCast<TSource, TDouble>(vectors.High));
}
