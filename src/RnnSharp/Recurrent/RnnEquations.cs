using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>The plain recurrent unit (Elman 1990), the notebook's rnn_cell_forward and rnn_cell_backward: a = tanh(Wax x + Waa a_prev + ba).</summary>
internal readonly struct RnnTanhEquations : IRecurrentEquations
{
    public static int Slots => 1;

    public static int Gates => 1;

    public static bool HasCell => false;

    public static bool KeepsSlots => false;

    public static bool MixesHidden => false;

    public static int[] InputBlocks => [0];

    public static int[] HiddenBlocks => [0];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Forward<T, TLane>(ref TLane s, ref TLane s1, ref TLane s2, ref TLane s3, TLane hPrevious, TLane cPrevious, out TLane c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        c = default;
        return LaneMath.Tanh<T, TLane>(s);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Backward<T, TLane>(ref TLane s, ref TLane s1, ref TLane s2, ref TLane s3, TLane dh, TLane h, TLane hPrevious, TLane c, TLane cPrevious, ref TLane dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        s = dh * (TLane.Broadcast(T.One) - h * h);
        return default;
    }
}

/// <summary>The plain recurrent unit with a rectifier: a = max(0, Wax x + Waa a_prev + ba). Its derivative at 0 is 0, as PyTorch's.</summary>
internal readonly struct RnnReluEquations : IRecurrentEquations
{
    public static int Slots => 1;

    public static int Gates => 1;

    public static bool HasCell => false;

    public static bool KeepsSlots => false;

    public static bool MixesHidden => false;

    public static int[] InputBlocks => [0];

    public static int[] HiddenBlocks => [0];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Forward<T, TLane>(ref TLane s, ref TLane s1, ref TLane s2, ref TLane s3, TLane hPrevious, TLane cPrevious, out TLane c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        c = default;
        return TLane.Max(default, s);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Backward<T, TLane>(ref TLane s, ref TLane s1, ref TLane s2, ref TLane s3, TLane dh, TLane h, TLane hPrevious, TLane c, TLane cPrevious, ref TLane dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        s = TLane.WherePositive(h, dh, default);
        return default;
    }
}
