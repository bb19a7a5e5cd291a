using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>The activation of a plain recurrent unit, with its gradient from the activated value.</summary>
internal interface IActivationEquations
{
    static abstract TLane Value<T, TLane>(TLane sum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>;

    /// <summary>The gradient on the sum, from that on the value.</summary>
    static abstract TLane Gradient<T, TLane>(TLane gradient, TLane value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>;
}

/// <summary>tanh, whose derivative is 1 - tanh².</summary>
internal readonly struct TanhEquations : IActivationEquations
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Value<T, TLane>(TLane sum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T> => TLane.Tanh(sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Gradient<T, TLane>(TLane gradient, TLane value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T> => gradient * (TLane.Broadcast(T.One) - value * value);
}

/// <summary>The rectifier max(0, x), whose derivative at 0 is 0, as PyTorch's.</summary>
internal readonly struct ReluEquations : IActivationEquations
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Value<T, TLane>(TLane sum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T> => TLane.Max(default, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Gradient<T, TLane>(TLane gradient, TLane value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T> => TLane.WherePositive(value, gradient, default);
}

/// <summary>The plain recurrent unit (Elman 1990), the notebook's rnn_cell_forward and rnn_cell_backward: a = tanh(Wax x + Waa a_prev + ba).</summary>
internal readonly struct RnnEquations<TActivation> : IRecurrentEquations
    where TActivation : struct, IActivationEquations
{
    public static int Slots => 1;

    public static int Gates => 1;

    public static bool HasCell => false;

    public static bool KeepsSlots => false;

    public static bool MixesHidden => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Forward<T, TLane>(ref TLane s, ref TLane s1, ref TLane s2, ref TLane s3, TLane hPrevious, TLane cPrevious, out TLane c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        c = default;
        return TActivation.Value<T, TLane>(s);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Backward<T, TLane>(ref TLane s, ref TLane s1, ref TLane s2, ref TLane s3, TLane dh, TLane h, TLane hPrevious, TLane c, TLane cPrevious, ref TLane dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        s = TActivation.Gradient<T, TLane>(dh, h);
        return default;
    }
}
