using System.Numerics;
using System.Runtime.ExceptionServices;
using RnnSharp.Training;

namespace RnnSharp.Data;

/// <summary>
/// The batches of another source, prepared ahead on a thread of its own. The state is that after the last batch handed out, so that
/// resuming is exact, whatever has been prepared. An exception of the source is thrown by the call whose batch it concerns; the call after
/// it tries again. The thread waits for further calls until the source is disposed.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class PrefetchedBatches<T> : IBatchSource<T>, IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int MaxCapacity = 1024;

    private readonly IBatchSource<T> _source;
    private readonly ICursorSource? _cursors;
    private readonly Slot[] _slots;
    private readonly Slot _last;
    private readonly Batch<T> _kind;
    private int _read;
    private int _filled;
    private bool _disposed;
    private Worker? _worker;

    /// <summary>Creates a source. Its thread starts with the first batch.</summary>
    /// <param name="source">The source of the batches, which is used through this one alone from then on. It is not disposed with this one.</param>
    /// <param name="capacity">Batches that are prepared ahead, 1 to 1024.</param>
    /// <exception cref="ArgumentException">The source is null, or the capacity is out of range.</exception>
    public PrefetchedBatches(IBatchSource<T> source, int capacity = 2)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (capacity is < 1 or > MaxCapacity) throw new ArgumentOutOfRangeException(nameof(capacity), capacity, $"Expected 1 to {MaxCapacity}, got {capacity}.");
        _source = source;
        _cursors = source is ICursorSource { CursorLength: >= 0 } cursors ? cursors : null;
        _slots = new Slot[capacity];
        for (int i = 0; i < capacity; i++) _slots[i] = new Slot(_cursors);
        _kind = source.CreateBatch();
        _last = new Slot(_cursors);
        _last.NotePosition(source, _cursors);
    }

    /// <inheritdoc/>
    public long? BatchesPerEpoch => _source.BatchesPerEpoch;

    /// <inheritdoc/>
    public bool CarriesState => _source.CarriesState;

    /// <inheritdoc/>
    public Batch<T> CreateBatch() => _source.CreateBatch();

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The source has been disposed.</exception>
    public bool Next(Batch<T> batch, CancellationToken cancellation = default)
    {
        BatchKind.Require(batch, _kind);
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancellation.ThrowIfCancellationRequested();
        if (_filled == 0)
        {
            _worker ??= new Worker(_source, _cursors, _slots, _read);
            _worker.Filled.Wait(cancellation);
        }
        else
        {
            _filled--; // left by a worker that was stopped
        }

        Slot slot = _slots[_read];
        _read = (_read + 1) % _slots.Length;
        if (slot.Error is { } error)
        {
            slot.Error = null;
            Stop();
            error.Throw();
        }

        if (!slot.IsEnd) batch.Exchange(slot.Batch!);
        _last.TakePosition(slot);
        bool any = !slot.IsEnd;
        _worker?.Free.Release();
        return any;
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The source has been disposed.</exception>
    public void EndEpoch()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Rewind();
        _source.EndEpoch();
        _last.NotePosition(_source, _cursors);
    }

    /// <inheritdoc/>
    public StateDictionary GetState() => _last.State(_cursors);

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The source has been disposed.</exception>
    public void SetState(StateDictionary state)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentNullException.ThrowIfNull(state);
        Stop();
        _source.SetState(state); // batches that have been prepared still follow if this throws
        _filled = 0;
        _last.NotePosition(_source, _cursors);
    }

    /// <summary>Ends the thread, and returns the source to the position after the last batch handed out.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        Rewind();
    }

    private void Rewind()
    {
        if (_worker is null && _filled == 0) return;
        Stop();
        _filled = 0;
        _source.SetState(_last.State(_cursors));
    }

    /// <summary>Ends the thread. Batches that it has prepared remain, and the source is where it was after the last of them.</summary>
    private void Stop()
    {
        if (_worker is not { } worker) return;
        _worker = null;
        _filled = worker.Stop();

        // The errors of a stopped worker are no longer due: what it was doing is done again.
        if (_filled > 0 && _slots[(_read + _filled - 1) % _slots.Length] is { Error: not null } failed)
        {
            failed.Error = null;
            _filled--;
        }
    }

    /// <summary>A batch that has been prepared, and the position after it.</summary>
    private sealed class Slot(ICursorSource? cursors)
    {
        private readonly long[] _cursor = new long[cursors?.CursorLength ?? 0];
        private StateDictionary? _state;

        public Batch<T>? Batch { get; set; }

        public bool IsEnd { get; set; }

        public ExceptionDispatchInfo? Error { get; set; }

        public void NotePosition(IBatchSource<T> source, ICursorSource? from)
        {
            if (from is null) _state = source.GetState();
            else from.CopyCursor(_cursor);
        }

        public void TakePosition(Slot other)
        {
            _state = other._state;
            other._cursor.CopyTo(_cursor, 0);
        }

        public StateDictionary State(ICursorSource? from)
        {
            if (from is not null) return from.StateAt(_cursor);
            var copy = new StateDictionary();
            copy.Set("state", _state!);
            return copy.GetPart("state");
        }
    }

    /// <summary>The thread. It alone uses the source while it runs, and fills the slots in turn.</summary>
    private sealed class Worker
    {
        private readonly IBatchSource<T> _source;
        private readonly ICursorSource? _cursors;
        private readonly Slot[] _slots;
        private readonly CancellationTokenSource _stopping = new();
        private readonly Thread _thread;
        private int _write;

        public Worker(IBatchSource<T> source, ICursorSource? cursors, Slot[] slots, int first)
        {
            (_source, _cursors, _slots, _write) = (source, cursors, slots, first);
            Free = new SemaphoreSlim(slots.Length);
            _thread = new Thread(Run) { IsBackground = true, Name = "RnnSharp prefetch" };
            _thread.Start();
        }

        public SemaphoreSlim Filled { get; } = new(0);

        public SemaphoreSlim Free { get; }

        /// <summary>Ends the thread. Returns the number of slots that it has filled and nobody has taken.</summary>
        public int Stop()
        {
            _stopping.Cancel();
            _thread.Join();
            int filled = Filled.CurrentCount;
            _stopping.Dispose();
            Filled.Dispose();
            Free.Dispose();
            return filled;
        }

        private void Run()
        {
            CancellationToken stopping = _stopping.Token;
            while (true)
            {
                try
                {
                    Free.Wait(stopping);
                }
                catch (OperationCanceledException)
                {
                    return;
                }

                Slot slot = _slots[_write];
                _write = (_write + 1) % _slots.Length;
                try
                {
                    slot.IsEnd = !_source.Next(slot.Batch ??= _source.CreateBatch(), stopping);
                    slot.NotePosition(_source, _cursors);
                }
                catch (OperationCanceledException) when (stopping.IsCancellationRequested)
                {
                    return;
                }
#pragma warning disable CA1031 // Whatever it is, the call that asks for the batch throws it.
                catch (Exception error)
#pragma warning restore CA1031
                {
                    slot.Error = ExceptionDispatchInfo.Capture(error);
                    Filled.Release();
                    return;
                }

                Filled.Release();
            }
        }
    }
}
