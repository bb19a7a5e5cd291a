using System.Collections.Concurrent;
using System.Numerics;
using System.Threading.Tasks.Sources;

namespace RnnSharp.Serving;

/// <summary>One or more time steps of a session. The objects are used again, so that a call allocates next to nothing.</summary>
internal sealed class StepWork<T> : Work<T>, IValueTaskSource<StepResult>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Queued = 0;
    private const int Begun = 1;
    private const int Cancelled = 2;
    private const int KeptAtMost = 4096;

    private static readonly ConcurrentQueue<StepWork<T>> Pool = new();

    private ManualResetValueTaskSourceCore<StepResult> _source = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;
    private int _stage;

    // Of the caller and the loop, those that may still use the object.
    private int _users;

    // Whether the caller has its result.
    private bool _isTaken;

    private StepWork()
    {
    }

    public bool IsTokens { get; private set; }

    public ReadOnlyMemory<T> Features { get; private set; }

    public ReadOnlyMemory<int> Tokens { get; private set; }

    public Memory<T> Outputs { get; private set; }

    public Memory<T> PreviousOutput { get; private set; }

    /// <summary>The number of steps.</summary>
    public int Count { get; private set; }

    /// <summary>The number of steps that are complete.</summary>
    public int Done { get; set; }

    /// <summary>The time stamp of the call; null if it is not timed.</summary>
    public long? Started { get; private set; }

    public short Version => _source.Version;

    public static StepWork<T> Rent(Session<T> session, ReadOnlyMemory<T> features, ReadOnlyMemory<int> tokens, bool isTokens, Memory<T> outputs, Memory<T> previousOutput, int count, long? started)
    {
        if (!Pool.TryDequeue(out StepWork<T>? work)) work = new StepWork<T>();
        work.Session = session;
        work.Features = features;
        work.Tokens = tokens;
        work.IsTokens = isTokens;
        work.Outputs = outputs;
        work.PreviousOutput = previousOutput;
        work.Count = count;
        work.Done = 0;
        work.Started = started;
        work._users = 2;
        work._isTaken = false;
        Volatile.Write(ref work._stage, Queued);
        return work;
    }

    /// <summary>Lets a token cancel the work until it begins. Called before the loop has the work.</summary>
    public void CancelWith(CancellationToken cancellation)
    {
        if (cancellation.CanBeCanceled) _registration = cancellation.UnsafeRegister(static (work, token) => ((StepWork<T>)work!).TryCancel(token), this);
    }

    public override bool TryBegin() => Interlocked.CompareExchange(ref _stage, Begun, Queued) == Queued;

    public void Complete(StepResult result) => _source.SetResult(result);

    public override void Fail(Exception exception)
    {
        if (TryBegin() || Volatile.Read(ref _stage) == Begun) _source.SetException(exception);
    }

    public override void Release() => Return();

    public override void Discard()
    {
        _registration.Dispose();
        _users = 1;
        Return();
    }

    public StepResult GetResult(short token)
    {
        // Before anything is released: the loop still has the object, or another call already has it.
        if (_source.GetStatus(token) == ValueTaskSourceStatus.Pending) throw new InvalidOperationException("The call has not ended: await it, or use AsTask.");
        if (Interlocked.Exchange(ref _isTaken, true)) throw new InvalidOperationException("The call has been awaited already: use AsTask.");
        try
        {
            return _source.GetResult(token);
        }
        finally
        {
            // Waits for a callback that is running, so that it cannot cancel the object's next use.
            _registration.Dispose();
            Return();
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) => _source.OnCompleted(continuation, state, token, flags);

    private void TryCancel(CancellationToken token)
    {
        if (Interlocked.CompareExchange(ref _stage, Cancelled, Queued) == Queued) _source.SetException(new OperationCanceledException(token));
    }

    private void Return()
    {
        if (Interlocked.Decrement(ref _users) > 0) return;
        Session = null!;
        Features = default;
        Tokens = default;
        Outputs = default;
        PreviousOutput = default;
        _registration = default;
        _source.Reset();
        if (Pool.Count < KeptAtMost) Pool.Enqueue(this);
    }
}
