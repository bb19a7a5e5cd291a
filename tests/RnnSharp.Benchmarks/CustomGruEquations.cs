using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;

namespace RnnSharp.Benchmarks;

/// <summary>The gated recurrent unit as a user would write it, to be compared with the built-in one.</summary>
internal readonly struct CustomGruEquations : IRecurrentEquations
{
    public static bool SplitsLastGate => true;

    public static int Gates => 3;

    public static bool UsesPreviousHidden => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Forward<T, TVector>(ref TVector n, ref TVector r, ref TVector z, ref TVector m, in UnitWeights<TVector> weights, TVector hPrevious, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        r = TVector.Sigmoid(r);
        z = TVector.Sigmoid(z);
        n = TVector.Tanh(TVector.MultiplyAdd(r, m, n));
        c = default;
        return TVector.MultiplyAdd(z, hPrevious - n, n);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<T, TVector>(ref TVector n, ref TVector r, ref TVector z, ref TVector m, ref UnitWeights<TVector> weights, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        TVector one = TVector.Broadcast(T.One);
        TVector direct = dh * z;
        TVector dn = dh * (one - z) * (one - n * n);
        z = dh * (hPrevious - n) * z * (one - z);
        TVector dm = dn * r;
        r = dn * m * r * (one - r);
        n = dn;
        m = dm;
        return direct;
    }
}
