using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>What the tape of a variant holds besides: see <see cref="StageMemory{T}"/>.</summary>
internal sealed class StageTape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>[step][example][unit].</summary>
    public AlignedBuffer<T> Exchange { get; } = new();

    /// <summary>[panel][step][example][slot][lane].</summary>
    public AlignedBuffer<T> Normalized { get; } = new();

    /// <summary>[step][example][slot].</summary>
    public AlignedBuffer<T> InverseDeviations { get; } = new();

    /// <summary>[step][example][feature of h].</summary>
    public AlignedBuffer<T> HiddenMask { get; } = new();

    /// <summary>[step][example][unit].</summary>
    public AlignedBuffer<T> CellMask { get; } = new();

    /// <summary>[gate][example][feature of h].</summary>
    public AlignedBuffer<T> RecurrentMasks { get; } = new();

    /// <summary>[gate][step][example][feature of h].</summary>
    public AlignedBuffer<T> Masked { get; } = new();

    /// <summary>Whether the masks were put there by hand, and stay.</summary>
    public bool MasksGiven { get; set; }

    /// <summary>Draws the masks; its state between calls has no meaning.</summary>
    public FastRandom Random { get; } = new(0);
}

/// <summary>What Backward of a variant works in besides.</summary>
internal sealed class StageBackwardScratch<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>[example][unit].</summary>
    public AlignedBuffer<T> Hidden { get; } = new();

    /// <summary>[example][feature of h].</summary>
    public AlignedBuffer<T> Product { get; } = new();

    /// <summary>[panel][column][vector][lane].</summary>
    public AlignedBuffer<T> ProjectedPanels { get; } = new();

    /// <summary>[half][panel][step][example][slot][lane].</summary>
    public AlignedBuffer<T> Biased { get; } = new();

    /// <summary>[half][panel][step][example][slot][lane].</summary>
    public AlignedBuffer<T> Gained { get; } = new();

    /// <summary>[panel][column][peephole][lane].</summary>
    public AlignedBuffer<T> Peepholes { get; } = new();

    /// <summary>[sum][unit].</summary>
    public AlignedBuffer<T> GainGradient { get; } = new();

    /// <summary>[peephole][unit].</summary>
    public AlignedBuffer<T> PeepholeGradient { get; } = new();

    /// <summary>[unit][feature of h].</summary>
    public AlignedBuffer<T> ProjectionGradient { get; } = new();
}
