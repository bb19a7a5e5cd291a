using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// The gated recurrent unit with the reset gate after the product (PyTorch, cuDNN, Keras's reset_after):
/// n = tanh(W x + b + r∘(U h + b_hn)), h = (1 - z)∘n + z∘h. Rows r, z, n, as in PyTorch. The candidate's two products are separate sums:
/// n starts as its input side, m is its recurrent side U h + b_hn. Cho et al. 2014.
/// </summary>
internal readonly struct GruEquations : IRecurrentEquations
{
    public static int Gates => 3;

    public static IReadOnlyList<string> GateNames => ["reset_gate", "update_gate", "candidate"];

    public static bool SplitsLastGate => true;

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
        TVector dhPrevious = dh * z;
        TVector dn = dh * (one - z) * (one - n * n);
        TVector dm = dn * r;
        z = dh * (hPrevious - n) * z * (one - z);
        r = dn * m * r * (one - r);
        n = dn;
        m = dm;
        return dhPrevious;
    }
}

/// <summary>
/// The gated recurrent unit with the reset gate before the product, as first published (Cho et al. 2014; Keras's reset_after=False, ONNX's
/// linear_before_reset=0): n = tanh(W x + b + U (r∘h)). Rows r, z, n.
/// </summary>
internal readonly struct ResetBeforeGruEquations : IRecurrentEquations
{
    public static int Gates => GruEquations.Gates;

    public static IReadOnlyList<string> GateNames => GruEquations.GateNames;

    public static bool UsesPreviousHidden => true;

    public static bool ResetsHidden => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Reset<T, TVector>(ref TVector r, in UnitWeights<TVector> weights, TVector hPrevious)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        r = TVector.Sigmoid(r);
        return r * hPrevious;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Forward<T, TVector>(ref TVector n, ref TVector r, ref TVector z, ref TVector s3, in UnitWeights<TVector> weights, TVector hPrevious, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        z = TVector.Sigmoid(z);
        n = TVector.Tanh(n);
        c = default;
        return TVector.MultiplyAdd(z, hPrevious - n, n);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<T, TVector>(ref TVector n, ref TVector r, ref TVector z, ref TVector s3, ref UnitWeights<TVector> weights, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        TVector one = TVector.Broadcast(T.One);
        TVector dhPrevious = dh * z;
        TVector dn = dh * (one - z) * (one - n * n);
        z = dh * (hPrevious - n) * z * (one - z);
        n = dn;
        return dhPrevious;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector ResetBackward<T, TVector>(ref TVector r, in UnitWeights<TVector> weights, TVector gradient, TVector hPrevious)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        TVector dhPrevious = gradient * r;
        r = gradient * hPrevious * r * (TVector.Broadcast(T.One) - r);
        return dhPrevious;
    }
}
