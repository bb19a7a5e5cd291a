using System.Numerics;
using RnnSharp.Training;

namespace RnnSharp.Data;

/// <summary>What can be put around any source of batches.</summary>
public static class BatchSources
{
    /// <summary>Changes each batch by a function, such as one that adds noise. What the function draws is part of the state.</summary>
    /// <param name="source">The source of the batches, which is used through the result alone from then on.</param>
    /// <param name="transform">Changes a batch.</param>
    /// <param name="seed">The seed of the generator that the function gets.</param>
    /// <exception cref="ArgumentException">An argument is null.</exception>
    public static TransformedBatches<T> Transform<T>(this IBatchSource<T> source, BatchTransform<T> transform, ulong seed = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(source, transform, seed);

    /// <summary>Prepares batches ahead on a thread of its own. Dispose the result to end the thread.</summary>
    /// <param name="source">The source of the batches, which is used through the result alone from then on.</param>
    /// <param name="capacity">Batches that are prepared ahead, 1 to 1024.</param>
    /// <exception cref="ArgumentException">The source is null, or the capacity is out of range.</exception>
    public static PrefetchedBatches<T> Prefetch<T>(this IBatchSource<T> source, int capacity = 2)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(source, capacity);
}
