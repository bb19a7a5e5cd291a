using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Tests.Numerics;

internal enum LaneFunction
{
    Exp,
    Sigmoid,
    Tanh,
    Log,
}

/// <summary>The functions of <see cref="LaneMath"/> over memory, at a chosen width.</summary>
internal static class LaneFunctions
{
    /// <summary>In units in the last place: every float keeps it, and every double that is tried here.</summary>
    public const double Bound = 2;

    /// <summary>RNNSHARP_EXHAUSTIVE=1: the tests see every float instead of a share.</summary>
    public static bool Exhaustive { get; } = Environment.GetEnvironmentVariable("RNNSHARP_EXHAUSTIVE") is "1";

    public static T[] Map<T>(LaneFunction function, int width, T[] points)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var results = new T[points.Length];
        Map(function, width, points, results);
        return results;
    }

    public static void Map<T>(LaneFunction function, int width, T[] points, T[] results)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (width)
        {
            case 512: Map<T, Lane512<T>>(function, points, results); break;
            case 256: Map<T, Lane256<T>>(function, points, results); break;
            case 128: Map<T, Lane128<T>>(function, points, results); break;
            default: Map<T, ScalarLane<T>>(function, points, results); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Map<T, TLane>(LaneFunction function, T[] points, T[] results)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, IMemoryLane<TLane, T>
    {
        fixed (T* from = points, to = results)
        {
            for (int i = 0; i < points.Length; i += TLane.Count)
            {
                TLane x = LaneMemory.Load<T, TLane>(from + i, points.Length - i);
                TLane y = function switch
                {
                    LaneFunction.Exp => LaneMath.Exp<T, TLane>(x),
                    LaneFunction.Sigmoid => LaneMath.Sigmoid<T, TLane>(x),
                    LaneFunction.Tanh => LaneMath.Tanh<T, TLane>(x),
                    _ => LaneMath.Log<T, TLane>(x),
                };
                LaneMemory.Store(y, to + i, points.Length - i);
            }
        }
    }
}
