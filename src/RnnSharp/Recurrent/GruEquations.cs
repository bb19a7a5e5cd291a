using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// The gated recurrent unit in the form with the reset gate after the product (PyTorch, cuDNN, Keras' reset_after):
/// n = tanh(W x + b + r∘(U h + b_hn)), h = (1 - z)∘n + z∘h. Rows r, z, n as in PyTorch. The candidate's two products stay apart: slot
/// <c>n</c> starts as its input side, slot <c>m</c> is its recurrent side.
/// </summary>
internal readonly struct GruEquations : IRecurrentEquations
{
    public static int Slots => 4;

    public static int Gates => 3;

    public static bool HasCell => false;

    public static bool KeepsSlots => true;

    public static bool MixesHidden => true;

    public static int[] InputBlocks => [2, 0, 1];

    public static int[] HiddenBlocks => [0, 1, 2];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Forward<T, TLane>(ref TLane n, ref TLane r, ref TLane z, ref TLane m, TLane hPrevious, TLane cPrevious, out TLane c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        r = LaneMath.Sigmoid<T, TLane>(r);
        z = LaneMath.Sigmoid<T, TLane>(z);
        n = LaneMath.Tanh<T, TLane>(TLane.MultiplyAdd(r, m, n));
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
