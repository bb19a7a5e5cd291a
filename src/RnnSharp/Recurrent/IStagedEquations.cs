using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>What belongs to a unit besides its sums.</summary>
/// <param name="Peephole0">The first peephole weight, and so on; zero without one.</param>
/// <param name="Peephole1">The second.</param>
/// <param name="Peephole2">The third.</param>
/// <param name="Limit">The largest magnitude of a cell state; infinite without one.</param>
internal readonly record struct UnitTerms<TLane>(TLane Peephole0, TLane Peephole1, TLane Peephole2, TLane Limit);

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

    static abstract TLane Forward<T, TLane>(ref TLane s0, ref TLane s1, ref TLane s2, ref TLane s3, in UnitTerms<TLane> terms, TLane hPrevious, TLane cPrevious, out TLane c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>;

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
    static abstract TLane Backward<T, TLane>(ref TLane s0, ref TLane s1, ref TLane s2, ref TLane s3, ref UnitTerms<TLane> terms, TLane dh, TLane hPrevious, TLane c, TLane cPrevious, ref TLane dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>;

    /// <summary>Of a kind that resets first: the reset gate from its sum in slot 1, and what the candidate's product is taken of.</summary>
    static virtual TLane Reset<T, TLane>(ref TLane s1, TLane hPrevious)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T> => throw new NotSupportedException();

    /// <summary>From the gradient on what <see cref="Reset"/> returned: that on the gate's sum, and, returned, that on the previous h.</summary>
    static virtual TLane ResetBackward<T, TLane>(ref TLane s1, TLane gradient, TLane hPrevious)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T> => throw new NotSupportedException();
}

/// <summary>A kind without terms of its own, in stages.</summary>
internal readonly struct Staged<TKind> : IStagedEquations
    where TKind : struct, IRecurrentEquations
{
    public static KindShape Shape => KindShape.Of<TKind>() with { KeepsSlots = true };

    public static int Slots => TKind.Slots;

    public static int Peepholes => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Forward<T, TLane>(ref TLane s0, ref TLane s1, ref TLane s2, ref TLane s3, in UnitTerms<TLane> terms, TLane hPrevious, TLane cPrevious, out TLane c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>
    {
        TLane h = TKind.Forward<T, TLane>(ref s0, ref s1, ref s2, ref s3, hPrevious, cPrevious, out c);

        // A kind that keeps no slots reads h itself, which zoneout or a projection would have changed on its way to the output.
        if (!TKind.KeepsSlots) s0 = h;
        return h;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Backward<T, TLane>(ref TLane s0, ref TLane s1, ref TLane s2, ref TLane s3, ref UnitTerms<TLane> terms, TLane dh, TLane hPrevious, TLane c, TLane cPrevious, ref TLane dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T> => TKind.Backward<T, TLane>(ref s0, ref s1, ref s2, ref s3, dh, TKind.KeepsSlots ? default : s0, hPrevious, c, cPrevious, ref dc);
}
