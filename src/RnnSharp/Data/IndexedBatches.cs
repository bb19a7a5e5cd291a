using System.Numerics;
using RnnSharp.Numerics;
using RnnSharp.Training;

namespace RnnSharp.Data;

/// <summary>
/// The base class of sources that read a known number of items in any order. It chooses the items of each batch; a derived class writes
/// them into the batch. An epoch has each item once, unless <see cref="BatchOptions"/> says otherwise.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public abstract class IndexedBatches<T> : BatchSource<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Distinguishes what a batch draws from what the order draws.
    private const ulong FillSalt = 0xa0761d6478bd642f;

    private readonly EpochOrder _order;
    private readonly FastRandom _random = new(0);
    private long _epoch;
    private int _position;

    /// <summary>Creates a source.</summary>
    /// <param name="count">Number of items, at least 1.</param>
    /// <param name="options">How the items are put into batches; the defaults when null.</param>
    /// <exception cref="ArgumentException">There is no item or more than an array can hold, not one whole batch, the sampling is for another number of items, or T is neither float nor double.</exception>
#pragma warning disable RS0022 // Others may derive from this class, and only through it from its base.
    protected IndexedBatches(int count, BatchOptions? options = null)
#pragma warning restore RS0022
        : base(options?.Seed ?? 0)
    {
        Count = Check.ArrayLength(Check.Positive(count), nameof(count));
        Options = options ?? new BatchOptions();
        if (Options.Sampling is { } sampling && sampling.Count != count) throw Check.Shape(nameof(options), $"a sampling of {count} items", $"one of {sampling.Count}");
        int items = Options.Sampling?.DrawsPerEpoch ?? count;
        if (Options.DropLast && items < Options.BatchSize) throw Check.Shape(nameof(options), $"a batch size of at most {items} (the items of an epoch) with DropLast", $"{Options.BatchSize}");
        _order = new EpochOrder(count, Options);
    }

    /// <summary>Number of items.</summary>
    public int Count { get; }

    /// <summary>How the items are put into batches.</summary>
    public BatchOptions Options { get; }

    /// <inheritdoc/>
    public override long? BatchesPerEpoch => _order.Batches;

    /// <summary>Number of epochs that have ended.</summary>
    public long Epoch => _epoch;

    private protected override string Settings =>
        $"{Count} items in batches of {Options.BatchSize}{(Options.Shuffle ? ", shuffled" : "")}{(Options.DropLast ? ", without the last" : "")}"
        + $"{(Options.BucketBatches > 0 ? $", sorted by length {Options.BucketBatches} at a time" : "")}{(Options.Sampling is { } sampling ? $", {sampling.DrawsPerEpoch} drawn by class" : "")}";

    private protected override int CursorLength => 2;

    /// <inheritdoc/>
    public override void EndEpoch()
    {
        if (_position == 0) return;
        _epoch++;
        _position = 0;
    }

    /// <summary>Replaces the contents of a batch by some items. Called again with the same items and random numbers if it throws.</summary>
    /// <param name="batch">A batch that <see cref="BatchSource{T}.CreateBatch"/> returned.</param>
    /// <param name="items">The items, each 0 to <see cref="Count"/> - 1.</param>
    /// <param name="random">A generator whose numbers depend on the seed, the epoch and the position in it. Valid during the call.</param>
    protected abstract void Fill(Batch<T> batch, ReadOnlySpan<int> items, FastRandom random);

    /// <summary>The number of steps of an item, by which items are sorted; called once for each item if <see cref="BatchOptions.BucketBatches"/> is above 0.</summary>
    protected abstract int LengthOf(int item);

    private protected override bool Read(Batch<T> batch, CancellationToken cancellation)
    {
        if (_position == _order.Batches)
        {
            EndEpoch();
            return false;
        }

        if (_order.NeedsLengths) _order.SetLengths([.. Enumerable.Range(0, Count).Select(LengthOf)]);
        _order.Prepare(Seed, _epoch);
        _random.Reseed(Seed ^ FillSalt, unchecked(((ulong)_epoch << 32) + (ulong)_position));
        Fill(batch, _order[_position], _random);
        _position++;
        return true;
    }

    private protected override void CopyCursor(Span<long> cursor) => (cursor[0], cursor[1]) = (_epoch, _position);

    private protected override void CheckCursor(ReadOnlySpan<long> cursor, ulong seed)
    {
        Require(cursor[0], 0, MaxCount, "an epoch");
        Require(cursor[1], 0, _order.Batches, "a position");
    }

    private protected override void Restore(ReadOnlySpan<long> cursor) => (_epoch, _position) = (cursor[0], (int)cursor[1]);
}
