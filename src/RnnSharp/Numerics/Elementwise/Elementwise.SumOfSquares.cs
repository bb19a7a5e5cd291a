using System.Numerics;
using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

public static partial class Elementwise
{
    /// <summary>The sum of squares, in double precision.</summary>
    internal static double SumOfSquares<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Sum(values, default(SquareOperator));

    internal readonly struct SquareOperator : ISumOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Add<TVector>(TVector sum, TVector x)
            where TVector : unmanaged, ISimdVector<TVector, double> => TVector.MultiplyAdd(x, x, sum);
    }
}
