using System.Numerics;
using RnnSharp.Numerics;
using RnnSharp.Training;

namespace RnnSharp.Data;

/// <summary>
/// Batches of streams of features that a function writes step by step, which may be endless: truncated backpropagation through time on
/// data that are generated or measured. Each batch is the next window of every stream, with its state carried. A window ends before a step
/// that restarts, so that batches can be ragged.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class StreamBatches<T> : BatchSource<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly StreamReader<T> _reader;
    private readonly int _inputs;
    private readonly int _targets;
    private readonly int _window;
    private readonly int? _batchesPerEpoch;
    private readonly long[] _steps;
    private readonly int[] _lengths;
    private readonly bool[] _restarts;
    private readonly T[] _first;
    private long _batches;

    /// <summary>Creates a source.</summary>
    /// <param name="reader">Writes a step of a stream.</param>
    /// <param name="inputs">Features of the input, at least 1.</param>
    /// <param name="targets">Features of the target, at least 1.</param>
    /// <param name="batch">Number of streams, at least 1.</param>
    /// <param name="window">Steps of a batch, at least 1.</param>
    /// <param name="batchesPerEpoch">
    /// The batches after which an epoch ends, at least 1; the streams go on in the next one. When null, an epoch ends when all streams
    /// have ended. Streams that have all ended start again at step 0.
    /// </param>
    /// <exception cref="ArgumentException">The reader is null, a size is out of range, or T is neither float nor double.</exception>
    public StreamBatches(StreamReader<T> reader, int inputs, int targets, int batch, int window, int? batchesPerEpoch = null)
        : base(seed: 0)
    {
        ArgumentNullException.ThrowIfNull(reader);
        _inputs = Check.Positive(inputs);
        _targets = Check.Positive(targets);
        Check.Positive(batch);
        _window = Check.Positive(window);
        if (batchesPerEpoch is { } batches) Check.Positive(batches, nameof(batchesPerEpoch));
        _first = new T[Check.ArrayLength(((long)inputs + targets) * batch, nameof(batch))];
        Check.ArrayLength(new SequenceShape(Math.Max(inputs, targets), batch, window).Length(Math.Max(inputs, targets)), nameof(window));
        (_reader, _batchesPerEpoch) = (reader, batchesPerEpoch);
        _steps = new long[batch];
        _lengths = new int[batch];
        _restarts = new bool[batch];
    }

    /// <inheritdoc/>
    /// <remarks>Null unless given; fewer if the streams end before.</remarks>
    public override long? BatchesPerEpoch => _batchesPerEpoch;

    /// <inheritdoc/>
    public override bool CarriesState => true;

    private protected override string Settings => $"{_steps.Length} streams of {_inputs} inputs and {_targets} targets with windows of {_window}{(_batchesPerEpoch is { } batches ? $", {batches} in an epoch" : "")}";

    private protected override int CursorLength => 1 + _steps.Length;

    /// <inheritdoc/>
    public override Batch<T> CreateBatch() => new(new Sequence<T>(_inputs, 1, 0), new Sequence<T>(_targets, 1, 0));

    /// <summary>Ends the current epoch. The streams go on in the next one.</summary>
    public override void EndEpoch() => _batches = 0;

    private protected override bool Read(Batch<T> batch, CancellationToken cancellation)
    {
        if (_batches == _batchesPerEpoch)
        {
            EndEpoch();
            return false;
        }

        if (!ReadFirst(cancellation))
        {
            EndEpoch();
            Array.Clear(_steps);
            return false;
        }

        int steps = 0;
        StepCopy.Resize(batch.Input, _steps.Length, _window);
        StepCopy.Resize(batch.Target, _steps.Length, _window);
        for (int j = 0; j < _steps.Length; j++)
        {
            if (_lengths[j] > 0) _lengths[j] = ReadRest(batch, j, cancellation);
            steps = Math.Max(steps, _lengths[j]);
        }

        batch.Input.Resize(_steps.Length, steps);
        batch.Target.Resize(_steps.Length, steps);
        StepCopy.SetLengths(batch.Input, _lengths);
        StepCopy.SetLengths(batch.Target, _lengths);
        _restarts.CopyTo(batch.Restarts);
        for (int j = 0; j < _steps.Length; j++) _steps[j] += _lengths[j];
        _batches++;
        return true;
    }

    private protected override void CopyCursor(Span<long> cursor)
    {
        cursor[0] = _batches;
        _steps.CopyTo(cursor[1..]);
    }

    private protected override void CheckCursor(ReadOnlySpan<long> cursor, ulong seed)
    {
        Require(cursor[0], 0, _batchesPerEpoch ?? MaxCount, "a number of batches");
        foreach (long step in cursor[1..]) Require(step, 0, MaxCount, "a step");
    }

    private protected override void Restore(ReadOnlySpan<long> cursor)
    {
        _batches = cursor[0];
        cursor[1..].CopyTo(_steps);
    }

    /// <summary>Reads the first step of every stream, so that a batch remains as it is when all have ended.</summary>
    private bool ReadFirst(CancellationToken cancellation)
    {
        bool any = false;
        Array.Clear(_first);
        for (int j = 0; j < _steps.Length; j++)
        {
            cancellation.ThrowIfCancellationRequested();
            (Memory<T> input, Memory<T> target) = FirstOf(j);
            StreamStep kind = Require(_reader(j, _steps[j], input.Span, target.Span));
            _lengths[j] = kind == StreamStep.Ends ? 0 : 1;
            _restarts[j] = kind != StreamStep.Continues || _steps[j] == 0;
            any |= kind != StreamStep.Ends;
        }

        return any;
    }

    /// <summary>Writes the first step of a stream and those that continue it. Returns their number.</summary>
    private int ReadRest(Batch<T> batch, int stream, CancellationToken cancellation)
    {
        (Memory<T> firstInput, Memory<T> firstTarget) = FirstOf(stream);
        firstInput.Span.CopyTo(batch.Input.Step(0)[(stream * _inputs)..]);
        firstTarget.Span.CopyTo(batch.Target.Step(0)[(stream * _targets)..]);
        for (int t = 1; t < _window; t++)
        {
            cancellation.ThrowIfCancellationRequested();
            Span<T> input = batch.Input.Step(t).Slice(stream * _inputs, _inputs), target = batch.Target.Step(t).Slice(stream * _targets, _targets);
            input.Clear();
            target.Clear();
            if (Require(_reader(stream, _steps[stream] + t, input, target)) != StreamStep.Continues) return t;
        }

        return _window;
    }

    private (Memory<T> Input, Memory<T> Target) FirstOf(int stream)
    {
        Memory<T> both = _first.AsMemory(stream * (_inputs + _targets), _inputs + _targets);
        return (both[.._inputs], both[_inputs..]);
    }

    private static StreamStep Require(StreamStep kind) => kind is >= StreamStep.Continues and <= StreamStep.Ends
        ? kind
        : throw new InvalidDataException($"Expected Continues, Restarts or Ends from the reader of a stream, got {kind}.");
}
