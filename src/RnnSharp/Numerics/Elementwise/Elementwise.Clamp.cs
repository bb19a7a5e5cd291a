using System.Numerics;
using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

public static partial class Elementwise
{
    /// <summary>Limits values[i] to ±bound; NaN stays NaN.</summary>
    internal static void Clamp<T>(Span<T> values, T bound)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Map(values, values, new ClampOperator<T>(bound));

    internal readonly struct ClampOperator<T>(T bound) : IMapOperator<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector x)
            where TVector : unmanaged, ISimdVector<TVector, T> => TVector.Min(TVector.Broadcast(bound), TVector.Max(TVector.Broadcast(-bound), x));
    }
}
