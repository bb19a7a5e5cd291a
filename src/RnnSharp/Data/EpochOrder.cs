using RnnSharp.Numerics;

namespace RnnSharp.Data;

/// <summary>The order of the items in an epoch, a function of the settings, the seed and the number of the epoch alone.</summary>
internal sealed class EpochOrder
{
    private readonly BatchOptions _options;
    private readonly int _count;
    private readonly int[] _items;
    private readonly int[] _batches;
    private readonly int _used;
    private readonly FastRandom _random = new(0);
    private readonly (int[] Members, int[] Next) _classScratch;
    private int[] _lengths = [];
    private long[] _keys = [];
    private int[] _sorted = [];
    private (ulong Seed, long Epoch)? _current;

    /// <param name="count">Number of items, at least 1.</param>
    /// <param name="options">The settings, which fit the items.</param>
    public EpochOrder(int count, BatchOptions options)
    {
        (_count, _options) = (count, options);
        _items = new int[options.Sampling?.DrawsPerEpoch ?? count];
        int left = _items.Length % options.BatchSize;
        _used = options.DropLast ? _items.Length - left : _items.Length;
        _batches = new int[_used / options.BatchSize + (options.DropLast || left == 0 ? 0 : 1)];
        _classScratch = options.Sampling?.CreateScratch() ?? ([], []);
    }

    public int Batches => _batches.Length;

    /// <summary>Whether the lengths of the items are needed.</summary>
    public bool NeedsLengths => _options.BucketBatches > 0 && _lengths.Length == 0;

    public void SetLengths(int[] lengths)
    {
        _lengths = lengths;
        _keys = new long[(int)Math.Min(_used, (long)_options.BucketBatches * _options.BatchSize)];
        _sorted = new int[_keys.Length];
    }

    public void Prepare(ulong seed, long epoch)
    {
        if (_current == (seed, epoch)) return;
        _random.Reseed(seed, (ulong)epoch);
        if (_options.Sampling is { } sampling)
        {
            sampling.Draw(_items, _classScratch, _random);
        }
        else
        {
            for (int i = 0; i < _count; i++) _items[i] = i;
            if (_options.Shuffle) Shuffle(_items, _random);
        }

        for (int i = 0; i < _batches.Length; i++) _batches[i] = i;
        if (_options.BucketBatches > 0)
        {
            for (int start = 0; start < _used; start += _keys.Length) SortByLength(_items.AsSpan(start, Math.Min(_keys.Length, _used - start)));
            if (_options.Shuffle) Shuffle(_batches, _random);
        }

        _current = (seed, epoch);
    }

    /// <summary>The items of a batch.</summary>
    public ReadOnlySpan<int> this[int batch]
    {
        get
        {
            int start = _batches[batch] * _options.BatchSize;
            return _items.AsSpan(start, Math.Min(_options.BatchSize, _used - start));
        }
    }

    /// <summary>Fisher and Yates's shuffle. That of <see cref="Random"/> may change with the framework.</summary>
    public static void Shuffle(Span<int> values, FastRandom random)
    {
        for (int i = values.Length - 1; i > 0; i--)
        {
            int j = random.Next(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }

    /// <summary>Items of the same length keep their order, so that they stay shuffled.</summary>
    private void SortByLength(Span<int> items)
    {
        Span<long> keys = _keys.AsSpan(0, items.Length);
        for (int i = 0; i < items.Length; i++) keys[i] = ((long)_lengths[items[i]] << 32) | (uint)i;
        keys.Sort();
        for (int i = 0; i < items.Length; i++) _sorted[i] = items[(int)(uint)keys[i]];
        _sorted.AsSpan(0, items.Length).CopyTo(items);
    }
}
