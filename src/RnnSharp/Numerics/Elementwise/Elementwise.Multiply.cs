using System.Numerics;
using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

public static partial class Elementwise
{
    /// <summary>target[i] = x[i] · y[i]; the target may be the same memory as either.</summary>
    internal static void Multiply<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Zip(x, y, target, default(MultiplyOperator<T>));

    internal readonly struct MultiplyOperator<T> : IZipOperator<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector x, TVector y)
            where TVector : unmanaged, ISimdVector<TVector, T> => x * y;
    }
}
