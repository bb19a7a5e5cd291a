using System.Numerics;
using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

// The loops of Elementwise. Each copies its fields to locals, which no store through a pointer can change, so that they stay in
// registers. The tail comes first: with a call after it, a loop would keep its values in memory, because calls preserve no vector
// registers.

internal readonly unsafe struct MapLoop<T, TOperator>(T* source, T* target, int length, TOperator op) : IVectorAction<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TOperator : struct, IMapOperator<T>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke<TVector>()
        where TVector : unmanaged, IKernelVector<TVector, T>
    {
        T* x = source, y = target;
        TOperator f = op;
        int whole = VectorMemory.Whole<T, TVector>(length), rest = length - whole;
        if (rest > 0) TVector.Store(f.Invoke(TVector.Load(x + whole, rest)), y + whole, rest);
        for (int i = 0; i < whole; i += TVector.Count) TVector.Store(f.Invoke(TVector.Load(x + i)), y + i);
    }
}

internal readonly unsafe struct ZipLoop<T, TOperator>(T* left, T* right, T* target, int length, TOperator op) : IVectorAction<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TOperator : struct, IZipOperator<T>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke<TVector>()
        where TVector : unmanaged, IKernelVector<TVector, T>
    {
        T* x = left, y = right, z = target;
        TOperator f = op;
        int whole = VectorMemory.Whole<T, TVector>(length), rest = length - whole;
        if (rest > 0) TVector.Store(f.Invoke(TVector.Load(x + whole, rest), TVector.Load(y + whole, rest)), z + whole, rest);
        for (int i = 0; i < whole; i += TVector.Count) TVector.Store(f.Invoke(TVector.Load(x + i), TVector.Load(y + i)), z + i);
    }
}

/// <summary>A <see cref="MapLoop{T, TOperator}"/> whose result is zero where an element's bit is set: bit i mod 64 of word i / 64.</summary>
internal readonly unsafe struct MaskedMapLoop<T, TOperator>(T* source, ulong* zeros, T* target, int length, TOperator op) : IVectorAction<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TOperator : struct, IMapOperator<T>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke<TVector>()
        where TVector : unmanaged, IKernelVector<TVector, T>
    {
        T* x = source, y = target;
        ulong* words = zeros;
        TOperator f = op;

        // A vector starts at a multiple of its length, so its bits are in one word.
        int whole = VectorMemory.Whole<T, TVector>(length), rest = length - whole;
        if (rest > 0) TVector.Store(TVector.Without((int)(words[whole >> 6] >> whole), f.Invoke(TVector.Load(x + whole, rest))), y + whole, rest);
        for (int i = 0; i < whole; i += TVector.Count) TVector.Store(TVector.Without((int)(words[i >> 6] >> i), f.Invoke(TVector.Load(x + i))), y + i);
    }
}

internal readonly unsafe struct UpdateLoop<T, TOperator>(T* weights, T* gradient, T* state, int length, TOperator op) : IRangeLoop<UpdateLoop<T, TOperator>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TOperator : struct, IUpdateOperator<T>
{
    public UpdateLoop<T, TOperator> Range(int from, int count) => new(weights + from, gradient + from, state + from, count, op);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke<TVector>()
        where TVector : unmanaged, IKernelVector<TVector, T>
    {
        T* w = weights, g = gradient, s = state;
        TOperator update = op;
        int whole = VectorMemory.Whole<T, TVector>(length), rest = length - whole;
        if (rest > 0)
        {
            TVector x = TVector.Load(w + whole, rest), y = TVector.Load(s + whole, rest);
            update.Invoke(ref x, TVector.Load(g + whole, rest), ref y);
            TVector.Store(x, w + whole, rest);
            TVector.Store(y, s + whole, rest);
        }

        for (int i = 0; i < whole; i += TVector.Count)
        {
            TVector x = TVector.Load(w + i), y = TVector.Load(s + i);
            update.Invoke(ref x, TVector.Load(g + i), ref y);
            TVector.Store(x, w + i);
            TVector.Store(y, s + i);
        }
    }
}

internal readonly unsafe struct UpdateLoop2<T, TOperator>(T* weights, T* gradient, T* first, T* second, int length, TOperator op) : IRangeLoop<UpdateLoop2<T, TOperator>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TOperator : struct, IUpdateOperator2<T>
{
    public UpdateLoop2<T, TOperator> Range(int from, int count) => new(weights + from, gradient + from, first + from, second + from, count, op);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke<TVector>()
        where TVector : unmanaged, IKernelVector<TVector, T>
    {
        T* w = weights, g = gradient, s = first, t = second;
        TOperator update = op;
        int whole = VectorMemory.Whole<T, TVector>(length), rest = length - whole;
        if (rest > 0)
        {
            TVector x = TVector.Load(w + whole, rest), y = TVector.Load(s + whole, rest), z = TVector.Load(t + whole, rest);
            update.Invoke(ref x, TVector.Load(g + whole, rest), ref y, ref z);
            TVector.Store(x, w + whole, rest);
            TVector.Store(y, s + whole, rest);
            TVector.Store(z, t + whole, rest);
        }

        for (int i = 0; i < whole; i += TVector.Count)
        {
            TVector x = TVector.Load(w + i), y = TVector.Load(s + i), z = TVector.Load(t + i);
            update.Invoke(ref x, TVector.Load(g + i), ref y, ref z);
            TVector.Store(x, w + i);
            TVector.Store(y, s + i);
            TVector.Store(z, t + i);
        }
    }
}

internal readonly unsafe struct UpdateLoop3<T, TOperator>(T* weights, T* gradient, T* first, T* second, T* third, int length, TOperator op) : IRangeLoop<UpdateLoop3<T, TOperator>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TOperator : struct, IUpdateOperator3<T>
{
    public UpdateLoop3<T, TOperator> Range(int from, int count) => new(weights + from, gradient + from, first + from, second + from, third + from, count, op);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke<TVector>()
        where TVector : unmanaged, IKernelVector<TVector, T>
    {
        T* w = weights, g = gradient, s = first, t = second, u = third;
        TOperator update = op;
        int whole = VectorMemory.Whole<T, TVector>(length), rest = length - whole;
        if (rest > 0)
        {
            TVector a = TVector.Load(w + whole, rest), b = TVector.Load(s + whole, rest), c = TVector.Load(t + whole, rest), d = TVector.Load(u + whole, rest);
            update.Invoke(ref a, TVector.Load(g + whole, rest), ref b, ref c, ref d);
            TVector.Store(a, w + whole, rest);
            TVector.Store(b, s + whole, rest);
            TVector.Store(c, t + whole, rest);
            TVector.Store(d, u + whole, rest);
        }

        for (int i = 0; i < whole; i += TVector.Count)
        {
            TVector a = TVector.Load(w + i), b = TVector.Load(s + i), c = TVector.Load(t + i), d = TVector.Load(u + i);
            update.Invoke(ref a, TVector.Load(g + i), ref b, ref c, ref d);
            TVector.Store(a, w + i);
            TVector.Store(b, s + i);
            TVector.Store(c, t + i);
            TVector.Store(d, u + i);
        }
    }
}
