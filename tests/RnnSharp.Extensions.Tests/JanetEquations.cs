using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;

namespace RnnSharp.Extensions.Tests;

/// <summary>
/// A user-defined recurrent cell: JANET, long short-term memory with nothing but its forget gate (van der Westhuizen and Lasenby 2018).
/// <para>
/// f⟨t⟩ = σ(W_f x⟨t⟩ + U_f h⟨t−1⟩ + b_f), n⟨t⟩ = tanh(W_n x⟨t⟩ + U_n h⟨t−1⟩ + b_n), h⟨t⟩ = f⟨t⟩ ∘ h⟨t−1⟩ + (1 − f⟨t⟩) ∘ n⟨t⟩.
/// </para>
/// <para><c>new CustomRecurrentLayer&lt;float, JanetEquations&gt;(inputSize, hiddenSize)</c> is the layer, and the engine does all the rest.</para>
/// </summary>
public readonly struct JanetEquations : IRecurrentEquations
{
    /// <summary>All that it takes to save and load layers of this cell.</summary>
    public static readonly LayerFormat Format = new CustomRecurrentFormat<JanetEquations>("janet");

    /// <inheritdoc/>
    public static int Gates => 2;

    /// <inheritdoc/>
    public static IReadOnlyList<string> GateNames => ["f", "n"];

    /// <inheritdoc/>
    public static bool UsesPreviousHidden => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Forward<T, TVector>(ref TVector f, ref TVector n, ref TVector s2, ref TVector s3, in UnitWeights<TVector> weights, TVector hPrevious, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        f = TVector.Sigmoid(f);
        n = TVector.Tanh(n);
        c = default;
        return TVector.MultiplyAdd(f, hPrevious - n, n);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<T, TVector>(ref TVector f, ref TVector n, ref TVector s2, ref TVector s3, ref UnitWeights<TVector> weights, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        TVector one = TVector.Broadcast(T.One);
        TVector dhPrevious = dh * f;
        TVector dn = dh * (one - f) * (one - n * n);
        f = dh * (hPrevious - n) * f * (one - f);
        n = dn;
        return dhPrevious;
    }
}
