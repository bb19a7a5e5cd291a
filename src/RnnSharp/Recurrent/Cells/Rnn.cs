using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>The plain recurrent unit (Elman 1990): the notebook's rnn_cell_forward and rnn_cell_backward, a = tanh(Wax x + Waa a_prev + ba).</summary>
internal readonly struct RnnEquations<TActivation> : IRecurrentEquations
    where TActivation : struct, IActivation
{
    public static int Gates => 1;

    public static IReadOnlyList<string> GateNames => ["candidate"];

    public static bool SavesGates => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Forward<T, TVector>(ref TVector s, ref TVector s1, ref TVector s2, ref TVector s3, in UnitWeights<TVector> weights, TVector hPrevious, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        c = default;
        return TActivation.Value<T, TVector>(s);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<T, TVector>(ref TVector s, ref TVector s1, ref TVector s2, ref TVector s3, ref UnitWeights<TVector> weights, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        s = TActivation.Gradient<T, TVector>(dh, h);
        return default;
    }
}

/// <summary>An activation function, with its derivative expressed by its value.</summary>
internal interface IActivation
{
    static abstract TVector Value<T, TVector>(TVector sum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>;

    /// <summary>The gradient of the sum, given the gradient of the value.</summary>
    static abstract TVector Gradient<T, TVector>(TVector gradient, TVector value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>;
}

/// <summary>The hyperbolic tangent, whose derivative is 1 - tanh².</summary>
internal readonly struct TanhActivation : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Value<T, TVector>(TVector sum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T> => TVector.Tanh(sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Gradient<T, TVector>(TVector gradient, TVector value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T> => gradient * (TVector.Broadcast(T.One) - value * value);
}

/// <summary>The rectified linear unit max(0, x), with a derivative of 0 at 0, as in PyTorch.</summary>
internal readonly struct ReluActivation : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Value<T, TVector>(TVector sum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T> => TVector.Max(default, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Gradient<T, TVector>(TVector gradient, TVector value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T> => TVector.WherePositive(value, gradient, default);
}
