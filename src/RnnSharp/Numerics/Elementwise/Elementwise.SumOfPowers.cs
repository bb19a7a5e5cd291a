using System.Numerics;
using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

public static partial class Elementwise
{
    /// <summary>The sum of |x[i]|, in double precision.</summary>
    internal static double SumOfMagnitudes<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Sum(values, default(MagnitudeOperator));

    /// <summary>The sum of |x[i] · scale|ᵖ, in double precision.</summary>
    internal static double SumOfPowers<T>(ReadOnlySpan<T> values, double scale, double power)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Sum(values, new PowerOperator(scale, power));

    internal readonly struct MagnitudeOperator : ISumOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Add<TVector>(TVector sum, TVector x)
            where TVector : unmanaged, ISimdVector<TVector, double> => sum + TVector.Abs(x);
    }

    internal readonly struct PowerOperator(double scale, double power) : ISumOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Add<TVector>(TVector sum, TVector x)
            where TVector : unmanaged, ISimdVector<TVector, double> =>
            sum + TVector.Exp(TVector.Broadcast(power) * TVector.Log(TVector.Abs(x) * TVector.Broadcast(scale)));
    }
}
