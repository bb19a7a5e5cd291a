using RnnSharp.Numerics;

namespace RnnSharp.Data;

/// <summary>How a source puts the items of a list into batches.</summary>
public sealed class BatchOptions
{
    /// <summary>Examples in a batch, at least 1; 32 by default. The last batch of an epoch may have fewer.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int BatchSize { get; init => field = Check.Positive(value, nameof(value)); } = 32;

    /// <summary>Whether each epoch has another order, which depends on the seed and the number of the epoch alone; true by default.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>The seed of the order and of all else that the source draws; 0 by default.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether the examples that do not fill a batch at the end of an epoch are left out; with shuffling, others each time.</summary>
    public bool DropLast { get; init; }

    /// <summary>
    /// Puts examples of similar length together, which leaves less padding: that many batches at a time are sorted by length, and then come
    /// in random order if the source shuffles. 0, the default, does not sort; more batches mean less padding, but also less variety.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int BucketBatches { get; init => field = Check.NotNegative(value, nameof(value)); }

    /// <summary>Draws the examples of an epoch by class, in place of each one once; null by default.</summary>
    public ClassSampling? Sampling { get; init; }
}
