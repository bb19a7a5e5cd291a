using System.Numerics;
using RnnSharp.Numerics;
using RnnSharp.Training;

namespace RnnSharp.Data;

/// <summary>
/// The base class of the library's sources. What a source draws at random depends on its seed and its position alone, so that its state is
/// a few numbers, and a source that a state is restored to continues with the same batches to the last bit.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public abstract class BatchSource<T> : IBatchSource<T>, ICursorSource
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The largest number of an epoch or a step in a state.</summary>
    internal const long MaxCount = 1L << 53;

    private Batch<T>? _kind;

    private protected BatchSource(ulong seed)
    {
        Check.ElementType<T>();
        Seed = seed;
    }

    /// <inheritdoc/>
    public abstract long? BatchesPerEpoch { get; }

    /// <inheritdoc/>
    public virtual bool CarriesState => false;

    /// <summary>The seed of all that the source draws; a restored state brings its own.</summary>
    public ulong Seed { get; private set; }

    /// <summary>What the position belongs to: a state is only restored to a source with equal settings.</summary>
    private protected abstract string Settings { get; }

    /// <summary>The count of numbers that are the position.</summary>
    private protected abstract int CursorLength { get; }

    int ICursorSource.CursorLength => CursorLength;

    /// <inheritdoc/>
    public abstract Batch<T> CreateBatch();

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">An example is not of the kind that the source was made for. The position does not change.</exception>
    public bool Next(Batch<T> batch, CancellationToken cancellation = default)
    {
        BatchKind.Require(batch, _kind ??= CreateBatch());
        cancellation.ThrowIfCancellationRequested();
        return Read(batch, cancellation);
    }

    /// <inheritdoc/>
    public abstract void EndEpoch();

    /// <inheritdoc/>
    public StateDictionary GetState()
    {
        var cursor = new long[CursorLength];
        CopyCursor(cursor);
        return StateAt(cursor);
    }

    /// <inheritdoc/>
    public void SetState(StateDictionary state)
    {
        ArgumentNullException.ThrowIfNull(state);
        string settings = state.GetString("settings");
        if (!string.Equals(settings, Settings, StringComparison.Ordinal))
            throw new InvalidDataException($"Expected the state of a source of {Settings}, got that of {(settings.Length > 300 ? settings[..300] : settings)}.");
        ulong seed = unchecked((ulong)state.GetInt64("seed"));
        long[] cursor = state.GetArray<long>("cursor", CursorLength);
        CheckCursor(cursor, seed);
        Seed = seed;
        Restore(cursor);
    }

    void ICursorSource.CopyCursor(Span<long> cursor) => CopyCursor(cursor);

    StateDictionary ICursorSource.StateAt(ReadOnlySpan<long> cursor) => StateAt(cursor);

    /// <summary>Fills a batch that has been checked.</summary>
    private protected abstract bool Read(Batch<T> batch, CancellationToken cancellation);

    private protected abstract void CopyCursor(Span<long> cursor);

    /// <summary>Throws unless a source with the given seed can be at a position. Changes nothing.</summary>
    private protected abstract void CheckCursor(ReadOnlySpan<long> cursor, ulong seed);

    /// <summary>Moves to a position that has been checked.</summary>
    private protected abstract void Restore(ReadOnlySpan<long> cursor);

    private protected static void Require(long value, long min, long max, string what)
    {
        if (value < min || value > max) throw new InvalidDataException($"Expected {what} of {min} to {max} in the state of a data source, got {value}.");
    }

    private StateDictionary StateAt(ReadOnlySpan<long> cursor)
    {
        var state = new StateDictionary();
        state.Set("settings", Settings);
        state.Set("seed", unchecked((long)Seed));
        state.Set("cursor", cursor);
        return state;
    }
}
