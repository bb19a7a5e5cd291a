using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// <see cref="PeepholeLstmEquations"/> with the activations and the limit of the sums that the layer's options set: i, f, o are
/// f(sum), g is g(sum) and h = o∘h(c) in ONNX's names. A limited sum includes bias and peepholes.
/// </summary>
internal readonly struct ConfiguredLstmEquations : IRecurrentEquations
{
    public static int Gates => LstmEquations.Gates;

    public static IReadOnlyList<string> GateNames => LstmEquations.GateNames;

    public static bool HasCellState => true;

    public static int UnitWeights => PeepholeLstmEquations.UnitWeights;

    public static string UnitWeightsName => PeepholeLstmEquations.UnitWeightsName;

    public static bool ReadsSettings => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Forward<T, TVector>(ref TVector i, ref TVector f, ref TVector g, ref TVector o, in UnitWeights<TVector> peepholes, TVector hPrevious, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        CellSettings settings = peepholes.Settings;
        i = settings.Activate<T, TVector>(settings.Gate, TVector.MultiplyAdd(peepholes.First, cPrevious, i));
        f = settings.Activate<T, TVector>(settings.Gate, TVector.MultiplyAdd(peepholes.Second, cPrevious, f));
        return ConfiguredLstm.Output<T, TVector>(settings, i, f, ref g, ref o, peepholes.Third, cPrevious, out c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<T, TVector>(ref TVector i, ref TVector f, ref TVector g, ref TVector o, ref UnitWeights<TVector> peepholes, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        CellSettings settings = peepholes.Settings;
        dc = ConfiguredLstm.OutputBackward<T, TVector>(settings, i, f, g, ref o, peepholes.Third, dh, cPrevious, dc, out TVector limited);
        TVector dcPrevious = dc * f;
        TVector di = settings.Gradient<T, TVector>(settings.Gate, dc * g, i);
        f = settings.Gradient<T, TVector>(settings.Gate, dc * cPrevious, f);
        g = settings.Gradient<T, TVector>(settings.Candidate, dc * i, g);
        i = di;
        dc = TVector.MultiplyAdd(f, peepholes.Second, TVector.MultiplyAdd(i, peepholes.First, dcPrevious));
        peepholes.First = i * cPrevious;
        peepholes.Second = f * cPrevious;
        peepholes.Third = o * limited;
        return default;
    }
}

/// <summary><see cref="CoupledLstmEquations"/> with the activations and the limit of the sums that the layer's options set.</summary>
internal readonly struct ConfiguredCoupledLstmEquations : IRecurrentEquations
{
    public static int Gates => CoupledLstmEquations.Gates;

    public static IReadOnlyList<string> GateNames => CoupledLstmEquations.GateNames;

    public static bool HasCellState => true;

    public static int UnitWeights => CoupledLstmEquations.UnitWeights;

    public static string UnitWeightsName => CoupledLstmEquations.UnitWeightsName;

    public static bool ReadsSettings => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Forward<T, TVector>(ref TVector i, ref TVector g, ref TVector o, ref TVector s3, in UnitWeights<TVector> peepholes, TVector hPrevious, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        CellSettings settings = peepholes.Settings;
        i = settings.Activate<T, TVector>(settings.Gate, TVector.MultiplyAdd(peepholes.First, cPrevious, i));
        return ConfiguredLstm.Output<T, TVector>(settings, i, TVector.Broadcast(T.One) - i, ref g, ref o, peepholes.Second, cPrevious, out c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<T, TVector>(ref TVector i, ref TVector g, ref TVector o, ref TVector s3, ref UnitWeights<TVector> peepholes, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        CellSettings settings = peepholes.Settings;
        TVector f = TVector.Broadcast(T.One) - i;
        dc = ConfiguredLstm.OutputBackward<T, TVector>(settings, i, f, g, ref o, peepholes.Second, dh, cPrevious, dc, out TVector limited);
        TVector dcPrevious = dc * f;
        TVector di = settings.Gradient<T, TVector>(settings.Gate, dc * (g - cPrevious), i);
        g = settings.Gradient<T, TVector>(settings.Candidate, dc * i, g);
        i = di;
        dc = TVector.MultiplyAdd(i, peepholes.First, dcPrevious);
        peepholes.First = i * cPrevious;
        peepholes.Second = o * limited;
        return default;
    }
}

/// <summary>The half of a step that the two share: from the input gate and the forget gate to h.</summary>
internal static class ConfiguredLstm
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Output<T, TVector>(CellSettings settings, TVector i, TVector f, ref TVector g, ref TVector o, TVector peephole, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        g = settings.Activate<T, TVector>(settings.Candidate, g);
        c = settings.LimitCell<T, TVector>(TVector.MultiplyAdd(f, cPrevious, i * g));
        o = settings.Activate<T, TVector>(settings.Gate, TVector.MultiplyAdd(peephole, c, o));
        return o * settings.Output.Value<T, TVector>(c);
    }

    /// <summary>Returns the gradient of c before it was limited. Computes again the c that h was made of, because zoneout may have replaced it on the tape.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector OutputBackward<T, TVector>(CellSettings settings, TVector i, TVector f, TVector g, ref TVector o, TVector peephole, TVector dh, TVector cPrevious, TVector dc, out TVector limited)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        TVector c = TVector.MultiplyAdd(f, cPrevious, i * g);
        limited = settings.LimitCell<T, TVector>(c);
        TVector value = settings.Output.Value<T, TVector>(limited);
        dc += settings.Output.Gradient<T, TVector>(dh * o, value);
        o = settings.Gradient<T, TVector>(settings.Gate, dh * value, o);
        return settings.LimitCellGradient<T, TVector>(TVector.MultiplyAdd(o, peephole, dc), c);
    }
}
