using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>What both forms of the gated recurrent unit share: h = (1 - z)∘n + z∘h.</summary>
internal static class GruMathematics
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Mix<T, TVector>(TVector n, TVector z, TVector hPrevious)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T> => TVector.MultiplyAdd(z, hPrevious - n, n);

    /// <summary>Turns n and z into the gradients on their sums, and returns what the previous h gets.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector MixBackward<T, TVector>(ref TVector n, ref TVector z, TVector dh, TVector hPrevious)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        TVector one = TVector.Broadcast(T.One);
        TVector direct = dh * z;
        TVector dn = dh * (one - z) * (one - n * n);
        z = dh * (hPrevious - n) * z * (one - z);
        n = dn;
        return direct;
    }
}

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Forward<T, TVector>(ref TVector n, ref TVector r, ref TVector z, ref TVector m, TVector hPrevious, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        r = TVector.Sigmoid(r);
        z = TVector.Sigmoid(z);
        n = TVector.Tanh(TVector.MultiplyAdd(r, m, n));
        c = default;
        return GruMathematics.Mix<T, TVector>(n, z, hPrevious);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<T, TVector>(ref TVector n, ref TVector r, ref TVector z, ref TVector m, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        TVector direct = GruMathematics.MixBackward<T, TVector>(ref n, ref z, dh, hPrevious);
        TVector dm = n * r;
        r = n * m * r * (TVector.Broadcast(T.One) - r);
        m = dm;
        return direct;
    }
}

/// <summary>
/// The first form of the gated recurrent unit (Cho et al. 2014; Keras' default before reset_after, ONNX' linear_before_reset = 0):
/// n = tanh(W x + b + U (r∘h)). Rows r, z, n.
/// </summary>
internal readonly struct ResetBeforeGruEquations : IStagedEquations
{
    public static KindShape Shape { get; } = new(Slots: 3, Gates: 3, HasCell: false, KeepsSlots: true, MixesHidden: true, InputBlocks: [2, 0, 1], HiddenBlocks: [0, 1]);

    public static int Slots => 3;

    public static int Peepholes => 0;

    public static bool ResetsFirst => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Reset<T, TVector>(ref TVector r, TVector hPrevious)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        r = TVector.Sigmoid(r);
        return r * hPrevious;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Forward<T, TVector>(ref TVector n, ref TVector r, ref TVector z, ref TVector s3, in UnitTerms<TVector> terms, TVector hPrevious, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        z = TVector.Sigmoid(z);
        n = TVector.Tanh(n);
        c = default;
        return GruMathematics.Mix<T, TVector>(n, z, hPrevious);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<T, TVector>(ref TVector n, ref TVector r, ref TVector z, ref TVector s3, ref UnitTerms<TVector> terms, TVector dh, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T> => GruMathematics.MixBackward<T, TVector>(ref n, ref z, dh, hPrevious);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector ResetBackward<T, TVector>(ref TVector r, TVector gradient, TVector hPrevious)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        TVector direct = gradient * r;
        r = gradient * hPrevious * r * (TVector.Broadcast(T.One) - r);
        return direct;
    }
}
