using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>What belongs to a unit besides its sums.</summary>
/// <param name="Peephole0">The first peephole weight, and so on; zero without one.</param>
/// <param name="Peephole1">The second.</param>
/// <param name="Peephole2">The third.</param>
/// <param name="Limit">The largest magnitude of a cell state; infinite without one.</param>
internal readonly record struct UnitTerms<TVector>(TVector Peephole0, TVector Peephole1, TVector Peephole2, TVector Limit);

/// <summary>
/// The equations of a kind whose step takes more than one product, or that has weights of single units: as
/// <see cref="IRecurrentEquations"/>, with these at hand.
/// </summary>
internal interface IStagedEquations
{
    static abstract KindShape Shape { get; }

    /// <summary>Sums a unit, 1 to 4.</summary>
    static abstract int Slots { get; }

    /// <summary>Peephole weights a unit, 0 to 3.</summary>
    static abstract int Peepholes { get; }

    /// <summary>Whether slot 0 gets its recurrent product, of the last block of rows, only after <see cref="Reset"/> has made what it is taken of.</summary>
    static virtual bool ResetsFirst => false;

    static abstract TVector Forward<T, TVector>(ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3, in UnitTerms<TVector> terms, TVector hPrevious, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>;

    /// <param name="s0">The slots as forward left them; coming out the gradients on the sums.</param>
    /// <param name="s1">The second.</param>
    /// <param name="s2">The third.</param>
    /// <param name="s3">The fourth.</param>
    /// <param name="terms">As in forward; coming out the gradients of the peephole weights.</param>
    /// <param name="dh">The whole gradient on h.</param>
    /// <param name="hPrevious">h of the step before.</param>
    /// <param name="c">c, as it went on to the next step.</param>
    /// <param name="cPrevious">c of the step before.</param>
    /// <param name="dc">The gradient on c; coming out that on the previous c.</param>
    static abstract TVector Backward<T, TVector>(ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3, ref UnitTerms<TVector> terms, TVector dh, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>;

    /// <summary>Of a kind that resets first: the reset gate from its sum in slot 1, and what the candidate's product is taken of.</summary>
    static virtual TVector Reset<T, TVector>(ref TVector s1, TVector hPrevious)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T> => throw new NotSupportedException();

    /// <summary>From the gradient on what <see cref="Reset"/> returned: that on the gate's sum, and, returned, that on the previous h.</summary>
    static virtual TVector ResetBackward<T, TVector>(ref TVector s1, TVector gradient, TVector hPrevious)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T> => throw new NotSupportedException();
}

/// <summary>A kind without terms of its own, in stages.</summary>
internal readonly struct Staged<TKind> : IStagedEquations
    where TKind : struct, IRecurrentEquations
{
    public static KindShape Shape => KindShape.Of<TKind>() with { KeepsSlots = true };

    public static int Slots => TKind.Slots;

    public static int Peepholes => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Forward<T, TVector>(ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3, in UnitTerms<TVector> terms, TVector hPrevious, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        TVector h = TKind.Forward<T, TVector>(ref s0, ref s1, ref s2, ref s3, hPrevious, cPrevious, out c);

        // A kind that keeps no slots reads h itself, which zoneout or a projection would have changed on its way to the output.
        if (!TKind.KeepsSlots) s0 = h;
        return h;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward<T, TVector>(ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3, ref UnitTerms<TVector> terms, TVector dh, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T> => TKind.Backward<T, TVector>(ref s0, ref s1, ref s2, ref s3, dh, TKind.KeepsSlots ? default : s0, hPrevious, c, cPrevious, ref dc);
}
