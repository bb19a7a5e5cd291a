using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// The longer functions of <see cref="Activation"/>. Each is a method of its own, because all of them together would exceed what the JIT
/// inlines into one.
/// </summary>
internal static class ActivationFunctions
{
    /// <summary>
    /// ln(1 + eˣ) = max(0, x) + ln(1 + e) with e = e^(-|x|) from 0 to 1, and ln(1 + e) = e·ln(w) / (w - 1) with w = 1 + e rounded, which keeps every
    /// digit of a small e (Goldberg 1991, theorem 4).
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static TVector Softplus<T, TVector>(TVector x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        TVector one = TVector.Broadcast(T.One);
        TVector e = TVector.Exp(default(TVector) - TVector.Abs(x));
        TVector w = one + e;
        TVector above = w - one;
        return TVector.Max(default, x) + TVector.WherePositive(above, e * TVector.Log(w) / above, e);
    }

    /// <summary>1 - e⁻ʸ = 2t / (1 + t) with t = tanh(y / 2), which keeps every digit of a small y.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static TVector OneMinusExp<T, TVector>(TVector y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        TVector t = TVector.Tanh(TVector.Broadcast(T.CreateChecked(0.5)) * y);
        return (t + t) / (TVector.Broadcast(T.One) + t);
    }

    /// <summary>x above 0, and α(eˣ - 1) elsewhere, where eˣ - 1 = 2t / (1 - t) with t = tanh(x / 2).</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static TVector Elu<T, TVector>(TVector x, TVector alpha)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        TVector t = TVector.Tanh(TVector.Broadcast(T.CreateChecked(0.5)) * x);
        return TVector.WherePositive(x, x, alpha * ((t + t) / (TVector.Broadcast(T.One) - t)));
    }

    /// <summary>α·tanh(βx).</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static TVector ScaledTanh<T, TVector>(TVector x, TVector alpha, TVector beta)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T> => alpha * TVector.Tanh(beta * x);
}
