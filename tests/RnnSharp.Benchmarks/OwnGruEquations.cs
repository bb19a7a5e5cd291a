using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;

namespace RnnSharp.Benchmarks;

/// <summary>The gated recurrent unit as a user would write it, to be timed beside the library's own.</summary>
internal readonly struct OwnGruEquations : IRecurrentEquations
{
    public static int Slots => 4;

    public static int Gates => 3;

    public static bool MixesHidden => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Forward<T, TLane>(ref TLane n, ref TLane r, ref TLane z, ref TLane m, TLane hPrevious, TLane cPrevious, out TLane c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        r = TLane.Sigmoid(r);
        z = TLane.Sigmoid(z);
        n = TLane.Tanh(TLane.MultiplyAdd(r, m, n));
        c = default;
        return TLane.MultiplyAdd(z, hPrevious - n, n);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Backward<T, TLane>(ref TLane n, ref TLane r, ref TLane z, ref TLane m, TLane dh, TLane h, TLane hPrevious, TLane c, TLane cPrevious, ref TLane dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        TLane one = TLane.Broadcast(T.One);
        TLane direct = dh * z;
        TLane dn = dh * (one - z) * (one - n * n);
        z = dh * (hPrevious - n) * z * (one - z);
        TLane dm = dn * r;
        r = dn * m * r * (one - r);
        n = dn;
        m = dm;
        return direct;
    }
}
