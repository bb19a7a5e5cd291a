using System.Numerics;

namespace RnnSharp.Numerics;

/// <summary>
/// One sum of products of a tile: for every column j, Σ over k of weights[k] · data[k, j], k ascending. All steps are in elements.
/// </summary>
internal unsafe struct ProductTerm<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>[Count][vectors][lane], with stride <see cref="WeightStep"/>.</summary>
    public T* Weights;

    public nint WeightStep;

    /// <summary>The distance from a weight vector to the memory to prefetch while it is used; 0 to prefetch nothing new.</summary>
    public nint Prefetch;

    /// <summary>Element (k, j) at k · <see cref="DataStep"/> + j · <see cref="DataColumn"/>.</summary>
    public T* Data;

    public nint DataStep;

    public nint DataColumn;

    /// <summary>The number of indices k; 0 for an unused term.</summary>
    public int Count;
}

/// <summary>What one call of the micro-kernel computes: accumulators = start + first term + second term, in that order.</summary>
internal unsafe struct TileCall<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>[column][slot][lane]; may be the same memory as <see cref="Start"/>.</summary>
    public T* Accumulators;

    public nint AccumulatorColumn;

    /// <summary>[column][slot][lane]; a column step of 0 starts every column alike (a bias).</summary>
    public T* Start;

    public nint StartColumn;

    public ProductTerm<T> First;

    public ProductTerm<T> Second;
}
