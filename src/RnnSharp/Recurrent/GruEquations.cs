using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>What both forms of the gated recurrent unit share: h = (1 - z)∘n + z∘h.</summary>
internal static class GruMathematics
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Mix<T, TLane>(TLane n, TLane z, TLane hPrevious)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T> => TLane.MultiplyAdd(z, hPrevious - n, n);

    /// <summary>Turns n and z into the gradients on their sums, and returns what the previous h gets.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane MixBackward<T, TLane>(ref TLane n, ref TLane z, TLane dh, TLane hPrevious)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        TLane one = TLane.Broadcast(T.One);
        TLane direct = dh * z;
        TLane dn = dh * (one - z) * (one - n * n);
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
    public static TLane Forward<T, TLane>(ref TLane n, ref TLane r, ref TLane z, ref TLane m, TLane hPrevious, TLane cPrevious, out TLane c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        r = TLane.Sigmoid(r);
        z = TLane.Sigmoid(z);
        n = TLane.Tanh(TLane.MultiplyAdd(r, m, n));
        c = default;
        return GruMathematics.Mix<T, TLane>(n, z, hPrevious);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Backward<T, TLane>(ref TLane n, ref TLane r, ref TLane z, ref TLane m, TLane dh, TLane h, TLane hPrevious, TLane c, TLane cPrevious, ref TLane dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        TLane direct = GruMathematics.MixBackward<T, TLane>(ref n, ref z, dh, hPrevious);
        TLane dm = n * r;
        r = n * m * r * (TLane.Broadcast(T.One) - r);
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
    public static TLane Reset<T, TLane>(ref TLane r, TLane hPrevious)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        r = TLane.Sigmoid(r);
        return r * hPrevious;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Forward<T, TLane>(ref TLane n, ref TLane r, ref TLane z, ref TLane s3, in UnitTerms<TLane> terms, TLane hPrevious, TLane cPrevious, out TLane c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        z = TLane.Sigmoid(z);
        n = TLane.Tanh(n);
        c = default;
        return GruMathematics.Mix<T, TLane>(n, z, hPrevious);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Backward<T, TLane>(ref TLane n, ref TLane r, ref TLane z, ref TLane s3, ref UnitTerms<TLane> terms, TLane dh, TLane hPrevious, TLane c, TLane cPrevious, ref TLane dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T> => GruMathematics.MixBackward<T, TLane>(ref n, ref z, dh, hPrevious);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane ResetBackward<T, TLane>(ref TLane r, TLane gradient, TLane hPrevious)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        TLane direct = gradient * r;
        r = gradient * hPrevious * r * (TLane.Broadcast(T.One) - r);
        return direct;
    }
}
