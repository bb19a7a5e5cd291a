using System.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>Where the steps of a <see cref="StagedEngine{T, TKind, TVector}"/> read and write besides. What a layer does not have is null.</summary>
internal unsafe struct StageMemory<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Whether each step has a place of its own in what follows, as backward needs; else all steps use the same.</summary>
    public bool IsTape;

    /// <summary>[step][example][unit]: what a second product is taken of: o∘tanh(c) before the projection, or r∘h.</summary>
    public T* Exchange;

    /// <summary>[panel, SlotPanel apart][step][example][slot][lane]: the normalised sums, before gain and bias; only on a tape.</summary>
    public T* Normalized;

    /// <summary>[step][example][slot]: 1 over the standard deviation of the sums; only on a tape.</summary>
    public T* InverseDeviations;

    /// <summary>[step][example][feature of h]: 1 where h stays; without it the rate of staying counts.</summary>
    public T* HiddenMask;

    /// <summary>[step][example][unit]: 1 where c stays.</summary>
    public T* CellMask;

    /// <summary>[gate][example][feature of h]: what the recurrent products' h is multiplied with at every step; only on a tape.</summary>
    public T* RecurrentMasks;

    /// <summary>[gate, MaskedGate apart][step][example][feature of h]: h so multiplied.</summary>
    public T* Masked;

    public nint MaskedGate;

    /// <summary>[example][unit]: the gradient on h before its zoneout, then on what is projected.</summary>
    public T* Hidden;

    /// <summary>[example][feature of h]: the gradient on a projected h, or a product on its way.</summary>
    public T* Product;

    /// <summary>[panel, so many blocks' columns apart][column][vector][lane]: the gradient on a projected h, for the projection's.</summary>
    public T* ProjectedPanels;

    /// <summary>[panel][column][slot][lane]: gradients on normalised sums after gain and bias; lies as the sums do.</summary>
    public T* Biased;

    /// <summary>The same times the normalised sums, which is what the gains get.</summary>
    public T* Gained;

    /// <summary>[panel][column][peephole][lane]: what the peepholes get.</summary>
    public T* Peepholes;

    public T* GainGradient;

    public T* PeepholeGradient;

    public T* ProjectionGradient;
}
