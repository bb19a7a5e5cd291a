using System.Numerics;
using System.Runtime.Intrinsics;

namespace RnnSharp.Numerics;

/// <summary>What is made for a lane that only the running processor decides.</summary>
internal interface IVectorFactory<T, TResult>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    TResult Create<TVector>()
        where TVector : unmanaged, IKernelVector<TVector, T>;
}

/// <summary>The one place that asks the processor how wide its vectors are.</summary>
internal static class VectorDispatch
{
    /// <summary>The bits of the lane in use: 512, 256 or 128, or 0 for scalars.</summary>
    public static int Bits =>
        Vector512.IsHardwareAccelerated ? 512
        : Vector256.IsHardwareAccelerated ? 256
        : Vector128.IsHardwareAccelerated ? 128
        : 0;

    /// <summary>Calls the factory with the widest lane that the processor runs without emulation.</summary>
    public static TResult Create<T, TFactory, TResult>(TFactory factory)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TFactory : IVectorFactory<T, TResult>
    {
        // Asked for one by one, because the compiler then loads and compiles the types of no other width.
        if (Vector512.IsHardwareAccelerated) return factory.Create<SimdVector512<T>>();
        if (Vector256.IsHardwareAccelerated) return factory.Create<SimdVector256<T>>();
        if (Vector128.IsHardwareAccelerated) return factory.Create<SimdVector128<T>>();
        return factory.Create<ScalarVector<T>>();
    }
}
