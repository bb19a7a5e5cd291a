using System.Numerics;
using RnnSharp.Numerics;
using RnnSharp.Training;

namespace RnnSharp.Data;

/// <summary>
/// Batches of long series for truncated backpropagation through time. Each example of a batch is a stream that reads one series, window by
/// window, with its state carried; when the series ends, the stream starts the next one that no stream has read, from a zero state. Streams
/// that find no more are empty until the epoch ends.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class SeriesStreamBatches<T> : BatchSource<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Example<T>[] _series;
    private readonly ExampleFormat<T> _format;
    private readonly int _window;
    private readonly bool _shuffle;
    private readonly EpochOrder _order;
    private readonly (int Series, int Step)[] _streams;
    private readonly int[] _lengths;
    private long _epoch;
    private int _next;
    private bool _fresh = true;

    /// <summary>Creates a source.</summary>
    /// <param name="series">At least one; each with a target, and step weights if any, for each step, and without a source.</param>
    /// <param name="batch">Number of streams, at least 1.</param>
    /// <param name="window">Steps of a batch, at least 1.</param>
    /// <param name="shuffle">Whether the order of the series differs between epochs.</param>
    /// <param name="seed">The seed of the order.</param>
    /// <exception cref="ArgumentException">There is no series, one is null, empty, or not like the first, or its target has other steps; or a size is out of range.</exception>
    public SeriesStreamBatches(IReadOnlyList<Example<T>> series, int batch, int window, bool shuffle = false, ulong seed = 0)
        : base(seed)
    {
        ArgumentNullException.ThrowIfNull(series);
        Check.Positive(batch);
        Check.Positive(window);
        if (series.Count == 0) throw Check.Shape(nameof(series), "at least one series", "none");
        if (batch > series.Count) throw Check.Shape(nameof(batch), $"at most {series.Count} streams (one for each series)", $"{batch}");
        _series = [.. series];
        _format = new ExampleFormat<T>(_series[0] ?? throw new ArgumentException("Series 0 is null.", nameof(series)), Array.Exists(_series, one => one?.StepWeights is not null));
        for (int i = 0; i < _series.Length; i++)
        {
            if (_format.Mismatch(_series[i], i) is { } mismatch) throw new ArgumentException(mismatch, nameof(series));
            if (_series[i].Source is not null) throw Check.Shape(nameof(series), "examples without a source", $"one in series {i}");
            if (_series[i].Input.Steps == 0 || _series[i].Target.Steps != _series[i].Input.Steps)
                throw Check.Shape(nameof(series), $"at least 1 step and as many targets in series {i}", $"{_series[i].Input.Steps} and {_series[i].Target.Steps}");
        }

        (_window, _shuffle) = (window, shuffle);
        _order = new EpochOrder(_series.Length, new BatchOptions { BatchSize = 1, Shuffle = shuffle });
        _streams = new (int, int)[batch];
        _lengths = new int[batch];
        if (!shuffle) BatchesPerEpoch = CountBatches();
    }

    /// <inheritdoc/>
    /// <remarks>Not known with shuffling.</remarks>
    public override long? BatchesPerEpoch { get; }

    /// <inheritdoc/>
    public override bool CarriesState => true;

    private protected override string Settings => $"{_series.Length} series of {_series.Sum(one => (long)one.Input.Steps)} steps in {_streams.Length} streams with windows of {_window}{(_shuffle ? ", shuffled" : "")}";

    private protected override int CursorLength => 3 + 2 * _streams.Length;

    /// <inheritdoc/>
    public override Batch<T> CreateBatch() => _format.CreateBatch();

    /// <inheritdoc/>
    public override void EndEpoch()
    {
        if (_fresh) return;
        _epoch++;
        _fresh = true;
    }

    private protected override bool Read(Batch<T> batch, CancellationToken cancellation)
    {
        Start();
        int steps = 0;
        for (int j = 0; j < _streams.Length; j++) steps = Math.Max(steps, _lengths[j] = Left(_streams[j], _window));
        if (steps == 0)
        {
            EndEpoch();
            return false;
        }

        Write(batch.Input, steps, static one => one.Input);
        Write(batch.Target, steps, static one => one.Target);
        if (batch.StepWeights is { } weights)
        {
            StepCopy.Resize(weights, _streams.Length, steps);
            weights.Values.Fill(T.One);
            Write(weights, steps, static one => one.StepWeights);
        }

        for (int j = 0; j < _streams.Length; j++)
        {
            batch.Restarts[j] = _streams[j].Step == 0;
            Advance(ref _streams[j], _window, ref _next, _series.Length, this);
        }

        return true;
    }

    private protected override void CopyCursor(Span<long> cursor)
    {
        cursor.Clear();
        (cursor[0], cursor[1]) = (_epoch, _fresh ? 1 : 0);
        if (_fresh) return;
        cursor[2] = _next;
        for (int j = 0; j < _streams.Length; j++) (cursor[3 + 2 * j], cursor[4 + 2 * j]) = _streams[j];
    }

    private protected override void CheckCursor(ReadOnlySpan<long> cursor, ulong seed)
    {
        Require(cursor[0], 0, MaxCount, "an epoch");
        Require(cursor[1], 0, 1, "a start of an epoch");
        if (cursor[1] == 1) return;
        Require(cursor[2], _streams.Length, _series.Length, "a number of series that have been started");
        for (int j = 0; j < _streams.Length; j++)
        {
            long series = cursor[3 + 2 * j];
            Require(series, -1, _series.Length - 1, "a series");
            Require(cursor[4 + 2 * j], 0, series < 0 ? 0 : _series[series].Input.Steps - 1, "a step");
        }
    }

    private protected override void Restore(ReadOnlySpan<long> cursor)
    {
        (_epoch, _fresh, _next) = (cursor[0], cursor[1] == 1, (int)cursor[2]);
        for (int j = 0; j < _streams.Length; j++) _streams[j] = ((int)cursor[3 + 2 * j], (int)cursor[4 + 2 * j]);
    }

    private void Start()
    {
        _order.Prepare(Seed, _epoch);
        if (!_fresh) return;
        for (_next = 0; _next < _streams.Length; _next++) _streams[_next] = (_order[_next][0], 0);
        _fresh = false;
    }

    /// <summary>Moves a stream on by a window, to the next series if its own has ended, or to none.</summary>
    private static void Advance(ref (int Series, int Step) stream, int window, ref int next, int count, SeriesStreamBatches<T> source)
    {
        if (stream.Series < 0) return;
        stream.Step += source.Left(stream, window);
        if (stream.Step < source._series[stream.Series].Input.Steps) return;
        stream = next < count ? (source._order[next++][0], 0) : (-1, 0);
    }

    private int Left((int Series, int Step) stream, int window) => stream.Series < 0 ? 0 : Math.Min(window, _series[stream.Series].Input.Steps - stream.Step);

    private void Write(Sequence<T> sequence, int steps, Func<Example<T>, Series<T>?> part)
    {
        StepCopy.Resize(sequence, _streams.Length, steps); // keeps the values of a sequence that has this size
        for (int j = 0; j < _streams.Length; j++)
        {
            if (_lengths[j] > 0) part(_series[_streams[j].Series])?.CopyTo(_streams[j].Step, _lengths[j], sequence, j, _streams[j].Series);
        }

        StepCopy.SetLengths(sequence, _lengths);
    }

    private long CountBatches()
    {
        _order.Prepare(Seed, 0);
        var streams = new (int Series, int Step)[_streams.Length];
        int next;
        for (next = 0; next < streams.Length; next++) streams[next] = (_order[next][0], 0);
        long batches = 0;
        while (Array.Exists(streams, stream => stream.Series >= 0))
        {
            batches++;
            for (int j = 0; j < streams.Length; j++) Advance(ref streams[j], _window, ref next, _series.Length, this);
        }

        return batches;
    }
}
