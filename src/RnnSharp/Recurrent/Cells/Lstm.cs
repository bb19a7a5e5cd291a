using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// Long short-term memory with a forget gate (Hochreiter and Schmidhuber 1997; Gers, Schmidhuber and Cummins 2000): the notebook's
/// lstm_cell_forward and lstm_cell_backward, where g is c̃. Rows i, f, g, o, as in PyTorch.
/// </summary>
internal readonly struct LstmEquations : IRecurrentEquations
{
    public static int Gates => 4;

    public static IReadOnlyList<string> GateNames => ["input_gate", "forget_gate", "candidate", "output_gate"];

    public static bool HasCellState => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Forward<T, TVector>(ref TVector i, ref TVector f, ref TVector g, ref TVector o, in UnitWeights<TVector> weights, TVector hPrevious, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        i = TVector.Sigmoid(i);
        f = TVector.Sigmoid(f);
        g = TVector.Tanh(g);
        o = TVector.Sigmoid(o);
        c = TVector.MultiplyAdd(f, cPrevious, i * g);
        return o * TVector.Tanh(c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<T, TVector>(ref TVector i, ref TVector f, ref TVector g, ref TVector o, ref UnitWeights<TVector> weights, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        TVector one = TVector.Broadcast(T.One);
        TVector tanhC = TVector.Tanh(c);
        dc += dh * o * (one - tanhC * tanhC);
        TVector dcPrevious = dc * f;
        TVector di = dc * g * i * (one - i);
        f = dc * cPrevious * f * (one - f);
        g = dc * i * (one - g * g);
        o = dh * tanhC * o * (one - o);
        i = di;
        dc = dcPrevious;
        return default;
    }
}

/// <summary>
/// Long short-term memory with peepholes, through which the gates see the cell state (the output gate the new one; Gers and Schmidhuber
/// 2000), and with a limit on the cell state's magnitude (Sak, Senior and Beaufays 2014). Zero weights and an infinite limit have no effect.
/// Peepholes i, f, o.
/// </summary>
internal readonly struct PeepholeLstmEquations : IRecurrentEquations
{
    public static int Gates => LstmEquations.Gates;

    public static IReadOnlyList<string> GateNames => LstmEquations.GateNames;

    public static bool HasCellState => true;

    public static int UnitWeights => 3;

    public static string UnitWeightsName => "weight_peephole";

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Forward<T, TVector>(ref TVector i, ref TVector f, ref TVector g, ref TVector o, in UnitWeights<TVector> peepholes, TVector hPrevious, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        i = TVector.Sigmoid(TVector.MultiplyAdd(peepholes.First, cPrevious, i));
        f = TVector.Sigmoid(TVector.MultiplyAdd(peepholes.Second, cPrevious, f));
        return LstmVariants.Output<T, TVector>(i, f, ref g, ref o, peepholes.Third, peepholes.CellLimit, cPrevious, out c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<T, TVector>(ref TVector i, ref TVector f, ref TVector g, ref TVector o, ref UnitWeights<TVector> peepholes, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        TVector one = TVector.Broadcast(T.One);
        dc = LstmVariants.OutputBackward<T, TVector>(i, f, g, ref o, peepholes.Third, peepholes.CellLimit, dh, cPrevious, dc, out TVector clipped);
        TVector dcPrevious = dc * f;
        TVector di = dc * g * i * (one - i);
        f = dc * cPrevious * f * (one - f);
        g = dc * i * (one - g * g);
        i = di;
        dc = TVector.MultiplyAdd(f, peepholes.Second, TVector.MultiplyAdd(i, peepholes.First, dcPrevious));
        peepholes.First = i * cPrevious;
        peepholes.Second = f * cPrevious;
        peepholes.Third = o * clipped;
        return default;
    }
}

/// <summary>
/// <see cref="PeepholeLstmEquations"/> with the forget gate coupled to the input gate, f = 1 - i (Greff et al. 2017; ONNX's input_forget).
/// Rows i, g, o; peepholes i, o.
/// </summary>
internal readonly struct CoupledLstmEquations : IRecurrentEquations
{
    public static int Gates => 3;

    public static IReadOnlyList<string> GateNames => ["input_gate", "candidate", "output_gate"];

    public static bool HasCellState => true;

    public static int UnitWeights => 2;

    public static string UnitWeightsName => PeepholeLstmEquations.UnitWeightsName;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Forward<T, TVector>(ref TVector i, ref TVector g, ref TVector o, ref TVector s3, in UnitWeights<TVector> peepholes, TVector hPrevious, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        i = TVector.Sigmoid(TVector.MultiplyAdd(peepholes.First, cPrevious, i));
        TVector f = TVector.Broadcast(T.One) - i;
        return LstmVariants.Output<T, TVector>(i, f, ref g, ref o, peepholes.Second, peepholes.CellLimit, cPrevious, out c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<T, TVector>(ref TVector i, ref TVector g, ref TVector o, ref TVector s3, ref UnitWeights<TVector> peepholes, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        TVector one = TVector.Broadcast(T.One);
        TVector f = one - i;
        dc = LstmVariants.OutputBackward<T, TVector>(i, f, g, ref o, peepholes.Second, peepholes.CellLimit, dh, cPrevious, dc, out TVector clipped);
        TVector dcPrevious = dc * f;
        TVector di = (dc * g - dc * cPrevious) * i * (one - i);
        g = dc * i * (one - g * g);
        i = di;
        dc = TVector.MultiplyAdd(i, peepholes.First, dcPrevious);
        peepholes.First = i * cPrevious;
        peepholes.Second = o * clipped;
        return default;
    }
}

/// <summary>The half of a step that the variants share: from the input gate and the forget gate to h.</summary>
internal static class LstmVariants
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Output<T, TVector>(TVector i, TVector f, ref TVector g, ref TVector o, TVector peephole, TVector limit, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        g = TVector.Tanh(g);
        c = Clip<T, TVector>(TVector.MultiplyAdd(f, cPrevious, i * g), limit);
        o = TVector.Sigmoid(TVector.MultiplyAdd(peephole, c, o));
        return o * TVector.Tanh(c);
    }

    /// <summary>Returns the gradient of c before clipping. Computes again the c that h was made of, because zoneout may have replaced it on the tape.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector OutputBackward<T, TVector>(TVector i, TVector f, TVector g, ref TVector o, TVector peephole, TVector limit, TVector dh, TVector cPrevious, TVector dc, out TVector clipped)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        TVector one = TVector.Broadcast(T.One);
        TVector c = TVector.MultiplyAdd(f, cPrevious, i * g);
        clipped = Clip<T, TVector>(c, limit);
        TVector tanhC = TVector.Tanh(clipped);
        dc += dh * o * (one - tanhC * tanhC);
        o = dh * tanhC * o * (one - o);
        dc = TVector.MultiplyAdd(o, peephole, dc);
        return TVector.WherePositive(limit - TVector.Abs(c), dc, default);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Clip<T, TVector>(TVector c, TVector limit)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T> => TVector.Min(limit, TVector.Max(default(TVector) - limit, c));
}
