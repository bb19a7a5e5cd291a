using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;

namespace RnnSharp.Tests.Catalogue;

/// <summary>h = h + u∘(tanh(g) - h).</summary>
internal readonly struct UpdateGateUnit : IRecurrentEquations
{
    public static int Gates => 2;

    public static bool UsesPreviousHidden => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Forward<T, TVector>(ref TVector u, ref TVector g, ref TVector s2, ref TVector s3, in UnitWeights<TVector> weights, TVector hPrevious, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        u = TVector.Sigmoid(u);
        g = TVector.Tanh(g);
        c = default;
        return TVector.MultiplyAdd(u, g - hPrevious, hPrevious);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<T, TVector>(ref TVector u, ref TVector g, ref TVector s2, ref TVector s3, ref UnitWeights<TVector> weights, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        TVector one = TVector.Broadcast(T.One);
        TVector direct = dh * (one - u);
        TVector dg = dh * u * (one - g * g);
        u = dh * (g - hPrevious) * u * (one - u);
        g = dg;
        return direct;
    }
}
