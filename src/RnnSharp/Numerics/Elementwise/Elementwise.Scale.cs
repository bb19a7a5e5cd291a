using System.Numerics;
using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

public static partial class Elementwise
{
    /// <summary>values[i] *= factor.</summary>
    internal static void Scale<T>(Span<T> values, T factor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Map(values, values, new ScaleOperator<T>(factor));

    internal readonly struct ScaleOperator<T>(T factor) : IMapOperator<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector x)
            where TVector : unmanaged, ISimdVector<TVector, T> => x * TVector.Broadcast(factor);
    }
}
