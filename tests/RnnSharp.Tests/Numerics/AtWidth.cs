using System.Numerics;
using RnnSharp.Numerics;
using Xunit;

namespace RnnSharp.Tests.Numerics;

/// <summary>Runs the library's loops at a chosen vector width, emulated if the processor's vectors are narrower.</summary>
internal static unsafe class AtWidth
{
    /// <summary>The width in bits; 0 for scalars.</summary>
    public static TheoryData<int> All => [512, 256, 128, 0];

    public static void Map<T, TOperator>(int width, ReadOnlySpan<T> source, Span<T> target, TOperator op)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TOperator : struct, IMapOperator<T>
    {
        fixed (T* x = source, y = target) Invoke<T, MapLoop<T, TOperator>>(width, new(x, y, source.Length, op));
    }

    public static void MapMasked<T, TOperator>(int width, ReadOnlySpan<T> source, ReadOnlySpan<ulong> zeros, Span<T> target, TOperator op)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TOperator : struct, IMapOperator<T>
    {
        fixed (T* x = source, y = target)
        fixed (ulong* words = zeros) Invoke<T, MaskedMapLoop<T, TOperator>>(width, new(x, words, y, source.Length, op));
    }

    public static void Zip<T, TOperator>(int width, ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> target, TOperator op)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TOperator : struct, IZipOperator<T>
    {
        fixed (T* x = left, y = right, z = target) Invoke<T, ZipLoop<T, TOperator>>(width, new(x, y, z, left.Length, op));
    }

    public static void Update<T, TOperator>(int width, Span<T> weights, ReadOnlySpan<T> gradient, Span<T> state, TOperator op)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TOperator : struct, IUpdateOperator<T>
    {
        fixed (T* w = weights, g = gradient, s = state) Invoke<T, UpdateLoop<T, TOperator>>(width, new(w, g, s, weights.Length, op));
    }

    public static void Update<T, TOperator>(int width, Span<T> weights, ReadOnlySpan<T> gradient, Span<T> first, Span<T> second, TOperator op)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TOperator : struct, IUpdateOperator2<T>
    {
        fixed (T* w = weights, g = gradient, s = first, t = second) Invoke<T, UpdateLoop2<T, TOperator>>(width, new(w, g, s, t, weights.Length, op));
    }

    public static void Update<T, TOperator>(int width, Span<T> weights, ReadOnlySpan<T> gradient, Span<T> first, Span<T> second, Span<T> third, TOperator op)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TOperator : struct, IUpdateOperator3<T>
    {
        fixed (T* w = weights, g = gradient, s = first, t = second, u = third) Invoke<T, UpdateLoop3<T, TOperator>>(width, new(w, g, s, t, u, weights.Length, op));
    }

    public static double Sum<T, TOperator>(int width, ReadOnlySpan<T> source, TOperator op)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TOperator : struct, ISumOperator
    {
        fixed (T* x = source) return Sum<T, SumLoop<T, MemoryElements<T>, TOperator>>(width, new(new(x), source.Length, op));
    }

    public static void Invoke<T, TAction>(int width, TAction action)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TAction : struct, IVectorAction<T>
    {
        switch (width)
        {
            case 512: action.Invoke<SimdVector512<T>>(); break;
            case 256: action.Invoke<SimdVector256<T>>(); break;
            case 128: action.Invoke<SimdVector128<T>>(); break;
            default: action.Invoke<ScalarVector<T>>(); break;
        }
    }

    public static TResult Invoke<T, TFunction, TResult>(int width, TFunction function)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TFunction : struct, IVectorFunction<T, TResult> => width switch
        {
            512 => function.Invoke<SimdVector512<T>>(),
            256 => function.Invoke<SimdVector256<T>>(),
            128 => function.Invoke<SimdVector128<T>>(),
            _ => function.Invoke<ScalarVector<T>>(),
        };

    public static double Sum<T, TSum>(int width, TSum sum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TSum : struct, IVectorSum<T> => width switch
        {
            512 => sum.Invoke<SimdVector512<T>, SimdVector512<double>>(),
            256 => sum.Invoke<SimdVector256<T>, SimdVector256<double>>(),
            128 => sum.Invoke<SimdVector128<T>, SimdVector128<double>>(),
            _ => sum.Invoke<ScalarVector<T>, ScalarVector<double>>(),
        };
}
