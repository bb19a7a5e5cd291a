using System.Numerics;
using RnnSharp.Numerics;
using RnnSharp.Training;

namespace RnnSharp.Data;

/// <summary>
/// Batches of fresh examples from a function, without end: synthetic tasks, simulations, random excerpts. The random numbers of a batch depend
/// only on the seed, the epoch and the position in it, so that a restored source continues with the same examples at once.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class GeneratedBatches<T> : BatchSource<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const ulong Salt = 0x8ebc6af09c88c6e3;

    private readonly Func<FastRandom, Example<T>> _generate;
    private readonly ExampleFormat<T> _format;
    private readonly int _batchSize;
    private readonly int _batchesPerEpoch;
    private readonly ExampleWriter<T> _writer = new();
    private readonly FastRandom _random = new(0);
    private long _epoch;
    private int _position;

    /// <summary>Creates a source, and calls the function once for the format of its examples.</summary>
    /// <param name="generate">
    /// Returns an example, made with the numbers of a generator that is valid during the call. All examples have the same features or
    /// vocabularies, and the same parts, as the first.
    /// </param>
    /// <param name="batchSize">Examples in a batch, at least 1.</param>
    /// <param name="batchesPerEpoch">The batches after which an epoch ends, at least 1; the next epoch has fresh ones.</param>
    /// <param name="seed">The seed of the generator.</param>
    /// <exception cref="ArgumentException">The function is null or returns null, a number is out of range, or T is neither float nor double.</exception>
    public GeneratedBatches(Func<FastRandom, Example<T>> generate, int batchSize, int batchesPerEpoch, ulong seed = 0)
        : base(seed)
    {
        ArgumentNullException.ThrowIfNull(generate);
        _batchSize = Check.Positive(batchSize);
        _batchesPerEpoch = Check.Positive(batchesPerEpoch);
        _generate = generate;
        _random.Reseed(seed ^ Salt, 0);
        Example<T> first = generate(_random) ?? throw new ArgumentException("Expected a function that returns an example, got null.", nameof(generate));
        _format = new ExampleFormat<T>(first, first.StepWeights is not null);
    }

    /// <inheritdoc/>
    public override long? BatchesPerEpoch => _batchesPerEpoch;

    private protected override string Settings => $"generated examples in {_batchesPerEpoch} batches of {_batchSize}";

    private protected override int CursorLength => 2;

    /// <inheritdoc/>
    public override Batch<T> CreateBatch() => _format.CreateBatch();

    /// <inheritdoc/>
    public override void EndEpoch()
    {
        if (_position == 0) return;
        _epoch++;
        _position = 0;
    }

    private protected override bool Read(Batch<T> batch, CancellationToken cancellation)
    {
        if (_position == _batchesPerEpoch)
        {
            EndEpoch();
            return false;
        }

        _writer.Clear();
        _random.Reseed(Seed ^ Salt, unchecked((ulong)_epoch * (ulong)_batchesPerEpoch + (ulong)_position));
        for (long item = _position * (long)_batchSize; _writer.Count < _batchSize; item++)
        {
            Example<T> example = _generate(_random);
            if (_format.Mismatch(example, item) is { } mismatch) throw new InvalidDataException(mismatch);
            _writer.Add(example, item);
        }

        _writer.Write(batch);
        _position++;
        return true;
    }

    private protected override void CopyCursor(Span<long> cursor) => (cursor[0], cursor[1]) = (_epoch, _position);

    private protected override void CheckCursor(ReadOnlySpan<long> cursor, ulong seed)
    {
        Require(cursor[0], 0, MaxCount, "an epoch");
        Require(cursor[1], 0, _batchesPerEpoch, "a position");
    }

    private protected override void Restore(ReadOnlySpan<long> cursor) => (_epoch, _position) = (cursor[0], (int)cursor[1]);
}
