using System.Numerics;

namespace RnnSharp.Serving;

/// <summary>Something that happens to a session between its steps.</summary>
internal enum SessionWorkKind
{
    Create,
    Restore,
    Look,
    Export,
    Save,
    Close,
}

/// <summary>Work on a session as a whole.</summary>
internal sealed class SessionWork<T> : Work<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly TaskCompletionSource<object?> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SessionWork(SessionWorkKind kind, Session<T> session) => (Kind, Session) = (kind, session);

    public SessionWorkKind Kind { get; }

    public Task<object?> Task => _source.Task;

    /// <summary>For Restore: the state, the output of the last step, and the number of steps.</summary>
    public (State<T> State, T[] Output, long Steps) Restored { get; init; }

    public override bool TryBegin() => true;

    public void Complete(object? result = null) => _source.TrySetResult(result);

    public override void Fail(Exception exception) => _source.TrySetException(exception);
}
