using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>The plain recurrent unit with any activation, h = g(W x + U h + b), and with the limit of the sum that the layer's options set.</summary>
internal readonly struct ConfiguredRnnEquations : IRecurrentEquations
{
    public static int Gates => 1;

    public static IReadOnlyList<string> GateNames => ["candidate"];

    public static bool SavesGates => false;

    public static bool ReadsSettings => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Forward<T, TVector>(ref TVector s, ref TVector s1, ref TVector s2, ref TVector s3, in UnitWeights<TVector> weights, TVector hPrevious, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        c = default;
        return weights.Settings.Activate<T, TVector>(weights.Settings.Candidate, s);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<T, TVector>(ref TVector s, ref TVector s1, ref TVector s2, ref TVector s3, ref UnitWeights<TVector> weights, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        s = weights.Settings.Gradient<T, TVector>(weights.Settings.Candidate, dh, h);
        return default;
    }
}

/// <summary>The independently recurrent unit with any activation, h = g(W x + u∘h + b), and with the limit of the sum that the layer's options set.</summary>
internal readonly struct ConfiguredIndRnnEquations : IRecurrentEquations
{
    public static int Gates => 1;

    public static IReadOnlyList<string> GateNames => ConfiguredRnnEquations.GateNames;

    public static bool SavesGates => false;

    public static bool UsesPreviousHidden => true;

    public static bool HasRecurrentWeights => false;

    public static int UnitWeights => 1;

    public static string UnitWeightsName => IndRnnEquations<ReluActivation>.UnitWeightsName;

    public static bool ReadsSettings => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Forward<T, TVector>(ref TVector s, ref TVector s1, ref TVector s2, ref TVector s3, in UnitWeights<TVector> u, TVector hPrevious, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        c = default;
        return u.Settings.Activate<T, TVector>(u.Settings.Candidate, TVector.MultiplyAdd(u.First, hPrevious, s));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<T, TVector>(ref TVector s, ref TVector s1, ref TVector s2, ref TVector s3, ref UnitWeights<TVector> u, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        s = u.Settings.Gradient<T, TVector>(u.Settings.Candidate, dh, h);
        TVector dhPrevious = s * u.First;
        u.First = s * hPrevious;
        return dhPrevious;
    }
}
