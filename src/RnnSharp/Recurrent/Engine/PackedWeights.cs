using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>A recurrent layer's weights, packed.</summary>
internal sealed class PackedWeights<T> : PackedSnapshot
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Start of the sums: [panel][slot][unit vector][lane].</summary>
    public AlignedBuffer<T> Bias { get; } = new();

    /// <summary>[panel][input feature][gate][unit vector][lane].</summary>
    public AlignedBuffer<T> Input { get; } = new();

    /// <summary>[panel][hidden unit][gate][unit vector][lane].</summary>
    public AlignedBuffer<T> Hidden { get; } = new();

    /// <summary>[panel of inputs][gate][unit, padded][vector][lane].</summary>
    public AlignedBuffer<T> InputTransposed { get; } = new();

    /// <summary>Gains of normalised sums: [panel][slot][lane].</summary>
    public AlignedBuffer<T> Gains { get; } = new();

    /// <summary>[panel][peephole][lane].</summary>
    public AlignedBuffer<T> Peepholes { get; } = new();

    /// <summary>The recurrent weights of a candidate that is reset first: [panel][feature of h][lane].</summary>
    public AlignedBuffer<T> Candidate { get; } = new();

    /// <summary>[panel of h][unit, padded][vector][lane].</summary>
    public AlignedBuffer<T> CandidateTransposed { get; } = new();

    /// <summary>[panel of h][unit][vector][lane].</summary>
    public AlignedBuffer<T> Projection { get; } = new();

    /// <summary>[panel of units][feature of h, padded][vector][lane].</summary>
    public AlignedBuffer<T> ProjectionTransposed { get; } = new();

    /// <summary>[panel of hidden units][gate][unit, padded][vector][lane].</summary>
    public AlignedBuffer<T> HiddenTransposed { get; } = new();
}
