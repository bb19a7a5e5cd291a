using System.Numerics;
using RnnSharp.Numerics;
using RnnSharp.Training;

namespace RnnSharp.Data;

/// <summary>
/// Batches of examples that are enumerated, such as those of a file that does not fit into memory. Each epoch enumerates them anew. A buffer
/// can shuffle them: each example of a batch is drawn from the buffer, which is then filled up. A restored source enumerates up to its
/// position, so each enumeration must give the same examples.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class StreamedExampleBatches<T> : BatchSource<T>, IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Func<ExampleReader<T>> _open;
    private readonly ExampleFormat<T> _format;
    private readonly int _batchSize;
    private readonly int _shuffleBuffer;
    private readonly bool _dropLast;
    private readonly ExampleWriter<T> _writer = new();
    private readonly List<Example<T>> _buffer = [];
    private readonly FastRandom _random = new(0);
    private ExampleReader<T>? _reader;
    private bool _ended;
    private long _epoch;
    private long _batches;
    private long _drawn;

    /// <summary>Creates a source of examples that an enumeration gives at once.</summary>
    /// <param name="examples">The examples.</param>
    /// <param name="like">An example of the same features or vocabularies and parts as all of them, such as the first.</param>
    /// <param name="batchSize">Examples in a batch, at least 1.</param>
    /// <param name="shuffleBuffer">Examples among which each one is drawn; 0 or 1 for the order in which they come.</param>
    /// <param name="seed">The seed of the draws.</param>
    /// <param name="dropLast">Whether the examples that do not fill a batch at the end are left out.</param>
    /// <exception cref="ArgumentException">An argument is null or out of range.</exception>
    public StreamedExampleBatches(IEnumerable<Example<T>> examples, Example<T> like, int batchSize = 32, int shuffleBuffer = 0, ulong seed = 0, bool dropLast = false)
        : this(Opening(Check.NotNull(examples)), like, batchSize, shuffleBuffer, seed, dropLast)
    {
    }

    /// <summary>
    /// Creates a source of examples that come asynchronously. <see cref="BatchSource{T}.Next"/> waits for them;
    /// <see cref="BatchSources.Prefetch"/> lets a thread of its own wait ahead of the training. A wait allocates a task.
    /// </summary>
    /// <inheritdoc cref="StreamedExampleBatches{T}(IEnumerable{Example{T}}, Example{T}, int, int, ulong, bool)"/>
    public StreamedExampleBatches(IAsyncEnumerable<Example<T>> examples, Example<T> like, int batchSize = 32, int shuffleBuffer = 0, ulong seed = 0, bool dropLast = false)
        : this(Opening(Check.NotNull(examples)), like, batchSize, shuffleBuffer, seed, dropLast)
    {
    }

    private StreamedExampleBatches(Func<ExampleReader<T>> open, Example<T> like, int batchSize, int shuffleBuffer, ulong seed, bool dropLast)
        : base(seed)
    {
        ArgumentNullException.ThrowIfNull(like);
        _open = open;
        _format = new ExampleFormat<T>(like, like.StepWeights is not null);
        _batchSize = Check.Positive(batchSize);
        _shuffleBuffer = Check.NotNegative(shuffleBuffer);
        _dropLast = dropLast;
    }

    /// <inheritdoc/>
    /// <remarks>Null: it shows only at the end.</remarks>
    public override long? BatchesPerEpoch => null;

    private protected override string Settings => $"enumerated examples in batches of {_batchSize}{(_shuffleBuffer > 1 ? $", shuffled in a buffer of {_shuffleBuffer}" : "")}{(_dropLast ? ", without the last" : "")}";

    private protected override int CursorLength => 2;

    /// <inheritdoc/>
    public override Batch<T> CreateBatch() => _format.CreateBatch();

    /// <inheritdoc/>
    public override void EndEpoch()
    {
        Close();
        if (_batches == 0) return;
        _epoch++;
        _batches = 0;
    }

    /// <summary>Ends the enumeration. A later call of <see cref="BatchSource{T}.Next"/> opens it again at the same position.</summary>
    public void Dispose() => Close();

    private protected override bool Read(Batch<T> batch, CancellationToken cancellation)
    {
        if (_reader is null)
        {
            _random.Reseed(Seed, (ulong)_epoch);
            _reader = _open();
        }

        long before = _batches * _batchSize;
        try
        {
            while (_drawn < before && Draw(cancellation, out _)) { }

            // The last batch before the position may have had fewer examples.
            if (_drawn < before && (_dropLast || _drawn <= before - _batchSize))
                throw new InvalidDataException($"Expected at least {(_dropLast ? before : before - _batchSize + 1)} examples, as many as there were when the state was saved, got {_drawn}.");
            while (_writer.Count < _batchSize && Draw(cancellation, out Example<T>? example)) _writer.Add(example!, _drawn - 1);
            bool any = _writer.Count == _batchSize || (_writer.Count > 0 && !_dropLast);
            if (any) _writer.Write(batch);
            _writer.Clear();
            if (any)
            {
                _batches++;
                return true;
            }
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            // An iterator that has thrown would pretend to have ended; the next call enumerates up to here again.
            Close();
            throw;
        }

        Close();
        _epoch++;
        _batches = 0;
        return false;
    }

    private protected override void CopyCursor(Span<long> cursor) => (cursor[0], cursor[1]) = (_epoch, _batches);

    private protected override void CheckCursor(ReadOnlySpan<long> cursor, ulong seed)
    {
        Require(cursor[0], 0, MaxCount, "an epoch");
        Require(cursor[1], 0, MaxCount / _batchSize, "a number of batches");
    }

    private protected override void Restore(ReadOnlySpan<long> cursor)
    {
        Close();
        (_epoch, _batches) = (cursor[0], cursor[1]);
    }

    private static Func<ExampleReader<T>> Opening(IEnumerable<Example<T>> examples) => () => ExampleReader<T>.Of(examples);

    private static Func<ExampleReader<T>> Opening(IAsyncEnumerable<Example<T>> examples) => () => ExampleReader<T>.Of(examples);

    private bool Draw(CancellationToken cancellation, out Example<T>? example)
    {
        while (!_ended && _buffer.Count < Math.Max(_shuffleBuffer, 1))
        {
            if (!_reader!.MoveNext(cancellation))
            {
                _ended = true;
                break;
            }

            Example<T> next = _reader.Current;
            if (_format.Mismatch(next, _drawn + _buffer.Count) is { } mismatch) throw new InvalidDataException(mismatch);
            _buffer.Add(next);
        }

        example = null;
        if (_buffer.Count == 0) return false;
        int at = _random.Next(_buffer.Count);
        example = _buffer[at];
        _buffer[at] = _buffer[^1];
        _buffer.RemoveAt(_buffer.Count - 1);
        _drawn++;
        return true;
    }

    private void Close()
    {
        ExampleReader<T>? reader = _reader;
        _reader = null;
        _ended = false;
        _drawn = 0;
        _buffer.Clear();
        _writer.Clear();
        reader?.Dispose();
    }
}
