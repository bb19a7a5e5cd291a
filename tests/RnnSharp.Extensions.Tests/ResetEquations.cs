using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;

namespace RnnSharp.Extensions.Tests;

/// <summary>
/// A user-defined recurrent cell whose candidate reads a gated h: r = σ(W_r x + U_r h + b_r), n = tanh(W_n x + U_n (r∘h) + b_n),
/// h' = (h + n) / 2.
/// </summary>
public readonly struct ResetEquations : IRecurrentEquations
{
    /// <summary>All that it takes to save and load layers of this cell.</summary>
    public static readonly LayerFormat Format = new CustomRecurrentFormat<ResetEquations>("reset");

    /// <inheritdoc/>
    public static int Gates => 2;

    /// <inheritdoc/>
    public static bool UsesPreviousHidden => true;

    /// <inheritdoc/>
    public static bool ResetsHidden => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Reset<T, TVector>(ref TVector r, in UnitWeights<TVector> weights, TVector hPrevious)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        r = TVector.Sigmoid(r);
        return r * hPrevious;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Forward<T, TVector>(ref TVector n, ref TVector r, ref TVector s2, ref TVector s3, in UnitWeights<TVector> weights, TVector hPrevious, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        n = TVector.Tanh(n);
        c = default;
        return TVector.Broadcast(T.CreateChecked(0.5)) * (hPrevious + n);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<T, TVector>(ref TVector n, ref TVector r, ref TVector s2, ref TVector s3, ref UnitWeights<TVector> weights, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        TVector half = TVector.Broadcast(T.CreateChecked(0.5)) * dh;
        n = half * (TVector.Broadcast(T.One) - n * n);
        return half;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector ResetBackward<T, TVector>(ref TVector r, in UnitWeights<TVector> weights, TVector gradient, TVector hPrevious)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        TVector direct = gradient * r;
        r = gradient * hPrevious * r * (TVector.Broadcast(T.One) - r);
        return direct;
    }
}
