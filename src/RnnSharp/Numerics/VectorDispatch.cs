using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Wasm;

namespace RnnSharp.Numerics;

/// <summary>A function that is written once and compiled for each vector width.</summary>
internal interface IVectorFunction<T, TResult>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    TResult Invoke<TVector>()
        where TVector : unmanaged, IKernelVector<TVector, T>;
}

/// <summary>An <see cref="IVectorFunction{T, TResult}"/> without a result.</summary>
internal interface IVectorAction<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    void Invoke<TVector>()
        where TVector : unmanaged, IKernelVector<TVector, T>;
}

/// <summary>A sum in double precision, for which the computation also gets the vector of doubles of the same width.</summary>
internal interface IVectorSum<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    double Invoke<TVector, TDouble>()
        where TVector : unmanaged, IKernelVector<TVector, T>
        where TDouble : unmanaged, IKernelVector<TDouble, double>;
}

/// <summary>Selects the widest vectors that the processor accelerates. No other code asks for the width.</summary>
internal static class VectorDispatch
{
    /// <summary>The vector width in bits: 512, 256 or 128, or 0 for scalars.</summary>
    public static int Bits =>
        Vector512.IsHardwareAccelerated ? 512
        : Vector256.IsHardwareAccelerated ? 256
        : Vector128.IsHardwareAccelerated ? 128
        : 0;

    public static TResult Invoke<T, TFunction, TResult>(TFunction function)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TFunction : struct, IVectorFunction<T, TResult>
    {
        // These are constants for the JIT, which never loads the types of the other widths.
        if (Vector512.IsHardwareAccelerated) return function.Invoke<SimdVector512<T>>();
        if (Vector256.IsHardwareAccelerated) return function.Invoke<SimdVector256<T>>();
        if (PackedSimd.IsSupported) return function.Invoke<PackedVector<T>>();
        if (Vector128.IsHardwareAccelerated) return function.Invoke<SimdVector128<T>>();
        return function.Invoke<ScalarVector<T>>();
    }

    /// <summary>Selects the narrowest vectors that hold a number of elements at once; the widest if none do. The width of the vectors changes no bit of a multiply-add.</summary>
    public static TResult InvokeFor<T, TFunction, TResult>(int elements, TFunction function)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TFunction : struct, IVectorFunction<T, TResult>
    {
        if (Vector512.IsHardwareAccelerated && elements > Vector256<T>.Count) return function.Invoke<SimdVector512<T>>();
        if (Vector256.IsHardwareAccelerated && elements > Vector128<T>.Count) return function.Invoke<SimdVector256<T>>();
        if (PackedSimd.IsSupported) return function.Invoke<PackedVector<T>>();
        if (Vector128.IsHardwareAccelerated) return function.Invoke<SimdVector128<T>>();
        return function.Invoke<ScalarVector<T>>();
    }

    public static void Invoke<T, TAction>(TAction action)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TAction : struct, IVectorAction<T>
    {
        if (Vector512.IsHardwareAccelerated) action.Invoke<SimdVector512<T>>();
        else if (Vector256.IsHardwareAccelerated) action.Invoke<SimdVector256<T>>();
        else if (PackedSimd.IsSupported) action.Invoke<PackedVector<T>>();
        else if (Vector128.IsHardwareAccelerated) action.Invoke<SimdVector128<T>>();
        else action.Invoke<ScalarVector<T>>();
    }

    public static double Sum<T, TSum>(TSum sum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TSum : struct, IVectorSum<T>
    {
        if (Vector512.IsHardwareAccelerated) return sum.Invoke<SimdVector512<T>, SimdVector512<double>>();
        if (Vector256.IsHardwareAccelerated) return sum.Invoke<SimdVector256<T>, SimdVector256<double>>();
        if (PackedSimd.IsSupported) return sum.Invoke<PackedVector<T>, PackedVector<double>>();
        if (Vector128.IsHardwareAccelerated) return sum.Invoke<SimdVector128<T>, SimdVector128<double>>();
        return sum.Invoke<ScalarVector<T>, ScalarVector<double>>();
    }
}
