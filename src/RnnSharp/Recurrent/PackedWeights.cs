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

    /// <summary>[panel of hidden units][gate][unit, padded][vector][lane].</summary>
    public AlignedBuffer<T> HiddenTransposed { get; } = new();
}
