using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Tests.Numerics;

internal enum VectorFunction
{
    Exp,
    Sigmoid,
    Tanh,
    Log,
}

/// <summary>The functions of <see cref="VectorMath"/> over memory, at a chosen width.</summary>
internal static class VectorFunctions
{
    /// <summary>The largest error in units in the last place, for every float and for every double that is tested.</summary>
    public const double Bound = 2;

    /// <summary>RNNSHARP_EXHAUSTIVE=1: the tests cover every float instead of a sample.</summary>
    public static bool Exhaustive { get; } = Environment.GetEnvironmentVariable("RNNSHARP_EXHAUSTIVE") is "1";

    public static T[] Map<T>(VectorFunction function, int width, T[] points)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var results = new T[points.Length];
        Map(function, width, points, results);
        return results;
    }

    public static void Map<T>(VectorFunction function, int width, T[] points, T[] results)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (width)
        {
            case 512: Map<T, SimdVector512<T>>(function, points, results); break;
            case 256: Map<T, SimdVector256<T>>(function, points, results); break;
            case 128: Map<T, SimdVector128<T>>(function, points, results); break;
            default: Map<T, ScalarVector<T>>(function, points, results); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Map<T, TVector>(VectorFunction function, T[] points, T[] results)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, IKernelVector<TVector, T>
    {
        fixed (T* from = points, to = results)
        {
            for (int i = 0; i < points.Length; i += TVector.Count)
            {
                TVector x = TVector.Load(from + i, points.Length - i);
                TVector y = function switch
                {
                    VectorFunction.Exp => VectorMath.Exp<T, TVector>(x),
                    VectorFunction.Sigmoid => VectorMath.Sigmoid<T, TVector>(x),
                    VectorFunction.Tanh => VectorMath.Tanh<T, TVector>(x),
                    _ => VectorMath.Log<T, TVector>(x),
                };
                TVector.Store(y, to + i, points.Length - i);
            }
        }
    }
}
