using System.Numerics;
using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

public static partial class Elementwise
{
    /// <summary>target[i] += x[i].</summary>
    internal static void Add<T>(Span<T> target, ReadOnlySpan<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Add(target, x, target);

    /// <summary>target[i] = x[i] + y[i]; the target may be the same memory as either.</summary>
    internal static void Add<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Zip(x, y, target, default(AddOperator<T>));

    internal readonly struct AddOperator<T> : IZipOperator<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector x, TVector y)
            where TVector : unmanaged, ISimdVector<TVector, T> => x + y;
    }
}
