using System.Collections.Concurrent;
using System.Numerics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace RnnSharp.Serving;

/// <summary>
/// The thread that runs everything that touches a session: it takes calls from the queue, keeps those of one session in order, and computes
/// the next steps of as many sessions as wait in one call of the model. Nothing of a session needs a lock.
/// </summary>
internal sealed partial class ServerLoop<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ModelServerOptions _options;
    private readonly ISessionStore? _store;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Channel<Work<T>> _queue;
    private readonly ConcurrentDictionary<string, Session<T>> _sessions = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // What other threads want done on this one. It stays short: a timer posts once, and a refused call only for a session without a state.
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly ManualResetEventSlim _wake = new();

    private readonly Queue<Work<T>> _startable = new();
    private readonly Queue<StepWork<T>> _ready = new();
    private readonly List<StepWork<T>> _batch = [];
    private readonly Exception?[] _faults;
    private readonly StepBatch<T> _steps;

    private ServedModel<T> _model;
    private (ServedModel<T> Model, TaskCompletionSource Done)? _swap;

    // Calls taken from the queue that have not ended, and those of several steps among them that have begun.
    private int _held;
    private int _unfinished;
    private volatile bool _stopping;
    private volatile bool _aborting;
    private bool _savesAtEnd;
    private int _sessionCount;

    public ServerLoop(ServedModel<T> model, ModelServerOptions options, ISessionStore? store, TimeProvider time, ILogger logger, ServerMetrics metrics)
    {
        (_model, _options, _store, _time, _logger) = (model, options, store, time, logger);
        _steps = new StepBatch<T>(model, options.MaxBatchSize);
        _faults = new Exception?[options.MaxBatchSize];
        _queue = Channel.CreateBounded<Work<T>>(new BoundedChannelOptions(options.QueueCapacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        Metrics = metrics;
        metrics.Observe(() => SessionCount, () => QueueLength);
        new Thread(Run) { IsBackground = true, Name = "RnnSharp model server" }.Start();
    }

    public ServerMetrics Metrics { get; }

    public ServedModel<T> Model => Volatile.Read(ref _model);

    public int SessionCount => Volatile.Read(ref _sessionCount);

    public int QueueLength => _queue.Reader.Count + Volatile.Read(ref _held);

    public bool IsFull => _queue.Reader.Count >= _options.QueueCapacity;

    public bool IsRunning => !_stopping && !_ended.Task.IsCompleted;

    /// <summary>What other threads want done and has not been, other than calls.</summary>
    public int PostedCount => _posted.Count;

    /// <summary>The sessions that the store does not have as they are. Exact when the loop has ended.</summary>
    public int UnsavedCount => _store is null ? 0 : _sessions.Values.Count(session => session.IsChanged || session.IsBeingSaved);

    public Task Ended => _ended.Task;

    /// <summary>Puts a call whose session it has entered into the queue, if there is room.</summary>
    /// <exception cref="ObjectDisposedException">The server has stopped.</exception>
    public bool TryPost(Work<T> work)
    {
        if (_queue.Writer.TryWrite(work))
        {
            Wake();
            return true;
        }

        return _stopping ? throw Stopped() : false;
    }

    /// <summary>Puts a call into the queue as soon as there is room; earlier calls go first.</summary>
    /// <exception cref="ObjectDisposedException">The server has stopped.</exception>
    public async ValueTask PostAsync(Work<T> work, CancellationToken cancellation)
    {
        try
        {
            await _queue.Writer.WriteAsync(work, cancellation).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw Stopped();
        }

        Wake();
    }

    /// <summary>Replaces the model between two steps. Calls that have begun end on the old one.</summary>
    public Task SwapAsync(ServedModel<T> model)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() => _swap = (model, done));
        return Task.WhenAny(done.Task, _ended.Task).ContinueWith(
            _ => done.Task.IsCompleted ? Task.CompletedTask : Task.FromException(Stopped()), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).Unwrap();
    }

    /// <summary>Ends the loop when every call in the queue has ended, and saves the sessions that have changed.</summary>
    public void Stop()
    {
        _stopping = true;
        _queue.Writer.TryComplete();
        Wake();
    }

    /// <summary>Ends the loop after the present batch; calls that wait fail, and nothing is saved.</summary>
    public void Abort()
    {
        _aborting = true;
        Stop();
    }

    private static ObjectDisposedException Stopped() => new(nameof(ModelServer<>), "The server has stopped.");

    private void Post(Action action)
    {
        if (_ended.Task.IsCompleted) return; // nobody would run it
        _posted.Enqueue(action);
        Wake();
    }

    private void Wake()
    {
        if (!_wake.IsSet) _wake.Set();
    }

    private void Run()
    {
        try
        {
            while (RunOnce())
            {
            }

            FailEverything(Stopped());
        }
        catch (Exception exception)
        {
            FailEverything(exception);
            ServingLog.LoopFailed(_logger, exception);
        }
        finally
        {
            _ended.TrySetResult();
            Metrics.Dispose();
        }
    }

    private bool RunOnce()
    {
        // Before anything is looked at, so that whatever comes later sets it again.
        _wake.Reset();

        // Not more than there are now, because those that come meanwhile could keep the calls waiting.
        for (int left = _posted.Count; left > 0 && _posted.TryDequeue(out Action? action); left--) action();
        long limit = (long)_options.QueueCapacity + _options.MaxBatchSize;

        // So many at a time, because calls that end at once, such as for a copy, could otherwise keep others from their steps.
        int taken = 0;
        for (; taken < limit && _held < limit && _queue.Reader.TryRead(out Work<T>? work); taken++) Accept(work);
        while (_startable.TryDequeue(out Work<T>? work)) Start(work);
        if (_aborting) return false;
        if (_swap is { } swap && _unfinished == 0)
        {
            Volatile.Write(ref _model, swap.Model);
            _swap = null;
            swap.Done.TrySetResult();
        }

        if (RunBatch() || _startable.Count > 0 || !_posted.IsEmpty || taken == limit) return true;
        if (_queue.Reader.Completion.IsCompleted && _held == 0 && _inputOutput == 0)
        {
            if (_savesAtEnd || _store is null) return false;
            _savesAtEnd = true;
            SaveChanged();
            return true;
        }

        _wake.Wait();
        return true;
    }

    private void Accept(Work<T> work)
    {
        _held++;
        Session<T> session = work.Session;
        if (session.Current is null)
        {
            session.Current = work;
            Start(work);
        }
        else
        {
            (session.Waiting ??= new Queue<Work<T>>()).Enqueue(work);
        }
    }

    /// <summary>Starts the current work of a session; with the store, the session may have to be loaded first.</summary>
    private void Start(Work<T> work)
    {
        Session<T> session = work.Session;
        session.LastUsed = _time.GetTimestamp();
        if (session.IsClosed)
        {
            Finish(session, new SessionNotFoundException(session.Id));
        }
        else if (session.IsLoaded || work is SessionWork<T> { Kind: SessionWorkKind.Restore or SessionWorkKind.Close })
        {
            Continue(work);
        }
        else
        {
            Load(session);
        }
    }

    private void Continue(Work<T> work)
    {
        if (work is SessionWork<T> other)
        {
            RunSessionWork(other);
        }
        else if (work.Session.State is null)
        {
            Finish(work.Session, new SessionNotFoundException(work.Session.Id));
        }
        else
        {
            _ready.Enqueue((StepWork<T>)work);
        }
    }

    /// <summary>
    /// Ends the current work of a session, and lets the next start. The caller is told last, by this method of a fault and otherwise afterwards,
    /// so that the call no longer counts when it returns.
    /// </summary>
    private void Finish(Session<T> session, Exception? fault = null)
    {
        Work<T> work = session.Current!;
        session.Current = null;
        session.Leave();
        _held--;
        if (session.Waiting is { Count: > 0 } waiting)
        {
            session.Current = waiting.Dequeue();
            _startable.Enqueue(session.Current);
        }
        else if (session.State is null && session.TryClose())
        {
            Remove(session);
        }

        if (fault is not null) work.Fail(fault);
        work.Release();
    }

    private bool RunBatch()
    {
        _batch.Clear();
        for (int left = _ready.Count; left > 0 && _batch.Count < _options.MaxBatchSize; left--)
        {
            StepWork<T> work = _ready.Dequeue();

            // A batch has one kind of input, and a model that is to be replaced gets no new calls.
            if ((_batch.Count > 0 && work.IsTokens != _batch[0].IsTokens) || (_swap is not null && work.Done == 0))
            {
                _ready.Enqueue(work);
                continue;
            }

            if (work.Done == 0)
            {
                if (!work.TryBegin())
                {
                    Metrics.Cancelled();
                    Finish(work.Session);
                    continue;
                }

                if (work.Count > 1) _unfinished++;
            }

            _batch.Add(work);
        }

        if (_batch.Count == 0) return false;
        long? started = Metrics.TimesModel ? _time.GetTimestamp() : null;
        _steps.Run(_model.Model, _batch, _faults);
        Metrics.Batch(_batch.Count);
        if (started is { } start) Metrics.Model(_time.GetElapsedTime(start).TotalSeconds);
        for (int i = 0; i < _batch.Count; i++) EndStep(_batch[i], _faults[i]);
        return true;
    }

    private void EndStep(StepWork<T> work, Exception? fault)
    {
        if (fault is null && work.Done < work.Count)
        {
            _ready.Enqueue(work);
            return;
        }

        if (work.Count > 1) _unfinished--;
        Session<T> session = work.Session;
        if (work.Started is { } started) Metrics.Call(_time.GetElapsedTime(started).TotalSeconds);
        if (fault is not null) Metrics.Failed();
        var result = new StepResult(session.Steps - work.Count, _model.Version, _model.Metadata);
        Finish(session, fault);
        if (fault is null) work.Complete(result);
    }

    private void FailEverything(Exception exception)
    {
        // First, so that a call either is in the queue and fails here, or cannot get there any more.
        _stopping = true;
        _queue.Writer.TryComplete();
        while (_queue.Reader.TryRead(out Work<T>? work)) work.Fail(exception);
        foreach (Session<T> session in _sessions.Values) FailCalls(session, exception);

        // Of sessions that have been closed, which are no longer among those in memory.
        while (_startable.TryDequeue(out Work<T>? work)) FailCalls(work.Session, exception);
        while (_ready.TryDequeue(out StepWork<T>? work)) FailCalls(work.Session, exception);
    }

    private static void FailCalls(Session<T> session, Exception exception)
    {
        session.Current?.Fail(exception);
        session.Current = null;
        while (session.Waiting is { Count: > 0 } waiting) waiting.Dequeue().Fail(exception);
    }
}
