using System.Numerics;
using RnnSharp.Numerics;
using RnnSharp.Training;

namespace RnnSharp.Data;

/// <summary>
/// The batches of another source, each changed by a function, such as one that adds noise (augmentation). What the function draws is part of
/// the state. A batch whose function throws is lost; the next call continues with the one after it.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class TransformedBatches<T> : IBatchSource<T>, ICursorSource
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const ulong Salt = 0xe7037ed1a0b428db;

    private readonly IBatchSource<T> _source;
    private readonly BatchTransform<T> _transform;
    private readonly FastRandom _random = new(0);
    private ulong _seed;
    private long _batches;

    /// <summary>Creates a source.</summary>
    /// <param name="source">The source of the batches, which is used through this one alone from then on.</param>
    /// <param name="transform">Changes a batch.</param>
    /// <param name="seed">The seed of the generator that the function gets.</param>
    /// <exception cref="ArgumentException">An argument is null.</exception>
    public TransformedBatches(IBatchSource<T> source, BatchTransform<T> transform, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(transform);
        (_source, _transform, _seed) = (source, transform, seed);
    }

    /// <inheritdoc/>
    public long? BatchesPerEpoch => _source.BatchesPerEpoch;

    /// <inheritdoc/>
    public bool CarriesState => _source.CarriesState;

    int ICursorSource.CursorLength => _source is ICursorSource { CursorLength: >= 0 and var length } ? length + 1 : -1;

    /// <inheritdoc/>
    public Batch<T> CreateBatch() => _source.CreateBatch();

    /// <inheritdoc/>
    public bool Next(Batch<T> batch, CancellationToken cancellation = default)
    {
        if (!_source.Next(batch, cancellation)) return false;
        _random.Reseed(_seed ^ Salt, (ulong)_batches++);
        _transform(batch, _random);
        return true;
    }

    /// <inheritdoc/>
    public void EndEpoch() => _source.EndEpoch();

    /// <inheritdoc/>
    public StateDictionary GetState() => StateOf(_source.GetState(), _batches);

    /// <inheritdoc/>
    public void SetState(StateDictionary state)
    {
        ArgumentNullException.ThrowIfNull(state);
        ulong seed = unchecked((ulong)state.GetInt64("seed"));
        long batches = state.GetInt64("batches", 0, BatchSource<T>.MaxCount);
        _source.SetState(state.GetPart("source"));
        (_seed, _batches) = (seed, batches);
    }

    void ICursorSource.CopyCursor(Span<long> cursor)
    {
        cursor[0] = _batches;
        ((ICursorSource)_source).CopyCursor(cursor[1..]);
    }

    StateDictionary ICursorSource.StateAt(ReadOnlySpan<long> cursor) => StateOf(((ICursorSource)_source).StateAt(cursor[1..]), cursor[0]);

    private StateDictionary StateOf(StateDictionary source, long batches)
    {
        var state = new StateDictionary();
        state.Set("seed", unchecked((long)_seed));
        state.Set("batches", batches);
        state.Set("source", source);
        return state;
    }
}
