using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary><see cref="GruEquations"/> with the activations and the limit of the sums that the layer's options set: r and z are f(sum), n is g(sum) in ONNX's names.</summary>
internal readonly struct ConfiguredGruEquations : IRecurrentEquations
{
    public static int Gates => GruEquations.Gates;

    public static IReadOnlyList<string> GateNames => GruEquations.GateNames;

    public static bool SplitsLastGate => true;

    public static bool UsesPreviousHidden => true;

    public static bool ReadsSettings => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Forward<T, TVector>(ref TVector n, ref TVector r, ref TVector z, ref TVector m, in UnitWeights<TVector> weights, TVector hPrevious, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        CellSettings settings = weights.Settings;
        r = settings.Activate<T, TVector>(settings.Gate, r);
        z = settings.Activate<T, TVector>(settings.Gate, z);
        n = settings.Activate<T, TVector>(settings.Candidate, TVector.MultiplyAdd(r, m, n));
        c = default;
        return TVector.MultiplyAdd(z, hPrevious - n, n);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<T, TVector>(ref TVector n, ref TVector r, ref TVector z, ref TVector m, ref UnitWeights<TVector> weights, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        CellSettings settings = weights.Settings;
        TVector dhPrevious = dh * z;
        TVector dn = settings.Gradient<T, TVector>(settings.Candidate, dh * (TVector.Broadcast(T.One) - z), n);
        z = settings.Gradient<T, TVector>(settings.Gate, dh * (hPrevious - n), z);
        n = dn;
        TVector dr = settings.Gradient<T, TVector>(settings.Gate, dn * m, r);
        m = dn * r;
        r = dr;
        return dhPrevious;
    }
}

/// <summary><see cref="ResetBeforeGruEquations"/> with the activations and the limit of the sums that the layer's options set.</summary>
internal readonly struct ConfiguredResetBeforeGruEquations : IRecurrentEquations
{
    public static int Gates => GruEquations.Gates;

    public static IReadOnlyList<string> GateNames => GruEquations.GateNames;

    public static bool UsesPreviousHidden => true;

    public static bool ResetsHidden => true;

    public static bool ReadsSettings => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Reset<T, TVector>(ref TVector r, in UnitWeights<TVector> weights, TVector hPrevious)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        r = weights.Settings.Activate<T, TVector>(weights.Settings.Gate, r);
        return r * hPrevious;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Forward<T, TVector>(ref TVector n, ref TVector r, ref TVector z, ref TVector s3, in UnitWeights<TVector> weights, TVector hPrevious, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        CellSettings settings = weights.Settings;
        z = settings.Activate<T, TVector>(settings.Gate, z);
        n = settings.Activate<T, TVector>(settings.Candidate, n);
        c = default;
        return TVector.MultiplyAdd(z, hPrevious - n, n);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<T, TVector>(ref TVector n, ref TVector r, ref TVector z, ref TVector s3, ref UnitWeights<TVector> weights, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        CellSettings settings = weights.Settings;
        TVector dhPrevious = dh * z;
        TVector dn = settings.Gradient<T, TVector>(settings.Candidate, dh * (TVector.Broadcast(T.One) - z), n);
        z = settings.Gradient<T, TVector>(settings.Gate, dh * (hPrevious - n), z);
        n = dn;
        return dhPrevious;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector ResetBackward<T, TVector>(ref TVector r, in UnitWeights<TVector> weights, TVector gradient, TVector hPrevious)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        TVector dhPrevious = gradient * r;
        r = weights.Settings.Gradient<T, TVector>(weights.Settings.Gate, gradient * hPrevious, r);
        return dhPrevious;
    }
}
