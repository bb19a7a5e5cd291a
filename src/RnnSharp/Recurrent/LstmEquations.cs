using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// Long short-term memory with a forget gate (Hochreiter and Schmidhuber 1997; Gers, Schmidhuber and Cummins 2000), as in the
/// notebook's lstm_cell_forward and lstm_cell_backward. Rows i, f, g, o as in PyTorch; g is the notebook's c̃.
/// </summary>
internal readonly struct LstmEquations : IRecurrentEquations
{
    public static int Slots => 4;

    public static int Gates => 4;

    public static bool HasCell => true;

    public static bool KeepsSlots => true;

    public static bool MixesHidden => false;

    public static int[] InputBlocks => [0, 1, 2, 3];

    public static int[] HiddenBlocks => [0, 1, 2, 3];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Forward<T, TLane>(ref TLane i, ref TLane f, ref TLane g, ref TLane o, TLane hPrevious, TLane cPrevious, out TLane c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        i = LaneMath.Sigmoid<T, TLane>(i);
        f = LaneMath.Sigmoid<T, TLane>(f);
        g = LaneMath.Tanh<T, TLane>(g);
        o = LaneMath.Sigmoid<T, TLane>(o);
        c = TLane.MultiplyAdd(f, cPrevious, i * g);
        return o * LaneMath.Tanh<T, TLane>(c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Backward<T, TLane>(ref TLane i, ref TLane f, ref TLane g, ref TLane o, TLane dh, TLane h, TLane hPrevious, TLane c, TLane cPrevious, ref TLane dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        TLane one = TLane.Broadcast(T.One);
        TLane tanhC = LaneMath.Tanh<T, TLane>(c);
        TLane dcAll = dc + dh * o * (one - tanhC * tanhC);
        dc = dcAll * f;
        o = dh * tanhC * o * (one - o);
        f = dcAll * cPrevious * f * (one - f);
        TLane di = dcAll * g * i * (one - i);
        g = dcAll * i * (one - g * g);
        i = di;
        return default;
    }
}
