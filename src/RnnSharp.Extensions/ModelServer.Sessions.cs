namespace RnnSharp.Serving;

/// <content>Sessions as a whole.</content>
public sealed partial class ModelServer<T>
{
    /// <summary>Creates a session with a state of zeros, under a name of 32 random hexadecimal digits that nobody can guess.</summary>
    /// <param name="cancellation">Cancels the call while it waits for room in the queue.</param>
    /// <returns>The name.</returns>
    /// <exception cref="ServerBusyException">The queue is full and calls do not wait for it, the session has too many calls, or the server has too many sessions.</exception>
    /// <exception cref="InvalidDataException">The store has damaged bytes for the session, or those of another model.</exception>
    /// <exception cref="IOException">The store cannot load the session; or another exception of the store.</exception>
    /// <exception cref="ObjectDisposedException">The server has stopped.</exception>
    public async Task<string> CreateSessionAsync(CancellationToken cancellation = default)
    {
        string id = SessionId.Create();
        await CreateSessionAsync(id, cancellation).ConfigureAwait(false);
        return id;
    }

    /// <summary>Creates a session with a state of zeros.</summary>
    /// <param name="sessionId">Its name: any text of 1 to 100 bytes of UTF-8. Whoever knows it can use the session.</param>
    /// <param name="cancellation">Cancels the call while it waits for room in the queue.</param>
    /// <exception cref="ArgumentException">The name is not valid.</exception>
    /// <exception cref="SessionExistsException">There is such a session, in memory or in the store.</exception>
    /// <exception cref="ServerBusyException">The queue is full and calls do not wait for it, the session has too many calls, or the server has too many sessions.</exception>
    /// <exception cref="InvalidDataException">The store has damaged bytes for the session, or those of another model.</exception>
    /// <exception cref="IOException">The store cannot load the session; or another exception of the store.</exception>
    /// <exception cref="ObjectDisposedException">The server has stopped.</exception>
    public Task CreateSessionAsync(string sessionId, CancellationToken cancellation = default) =>
        RunAsync(new SessionWork<T>(SessionWorkKind.Create, _loop.Enter(SessionId.Check(sessionId), creates: true)), cancellation);

    /// <summary>Creates or overwrites a session with what <see cref="ExportSessionAsync"/> returned, from this server or another of the same model.</summary>
    /// <param name="sessionId">Its name: any text of 1 to 100 bytes of UTF-8.</param>
    /// <param name="session">The bytes. They may come from an untrusted source: they are validated before anything is changed.</param>
    /// <param name="cancellation">Cancels the call while it waits for room in the queue.</param>
    /// <exception cref="ArgumentException">The name is not valid.</exception>
    /// <exception cref="InvalidDataException">The bytes are not a session, are damaged, or are of a model with other layers. Nothing is changed.</exception>
    /// <exception cref="ServerBusyException">The queue is full and calls do not wait for it, the session has too many calls, or the server has too many sessions.</exception>
    /// <exception cref="ObjectDisposedException">The server has stopped.</exception>
    public Task RestoreSessionAsync(string sessionId, ReadOnlyMemory<byte> session, CancellationToken cancellation = default)
    {
        SessionId.Check(sessionId);
        (State<T> State, T[] Output, long Steps) restored = _loop.Read(session.Span);
        return RunAsync(new SessionWork<T>(SessionWorkKind.Restore, _loop.Enter(sessionId, creates: true)) { Restored = restored }, cancellation);
    }

    /// <summary>Looks at a session, as it is after the calls made before: how many steps it has made, and the output of the last. A client asks after a restart.</summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="cancellation">Cancels the call while it waits for room in the queue.</param>
    /// <exception cref="ArgumentException">The name is not valid.</exception>
    /// <exception cref="SessionNotFoundException">There is no such session.</exception>
    /// <exception cref="ServerBusyException">The queue is full and calls do not wait for it, the session has too many calls, or the server has too many sessions.</exception>
    /// <exception cref="InvalidDataException">The store has damaged bytes for the session, or those of another model.</exception>
    /// <exception cref="IOException">The store cannot load the session; or another exception of the store.</exception>
    /// <exception cref="ObjectDisposedException">The server has stopped.</exception>
    public async Task<SessionInfo<T>> GetSessionAsync(string sessionId, CancellationToken cancellation = default) =>
        (SessionInfo<T>)(await RunAsync(new SessionWork<T>(SessionWorkKind.Look, _loop.Enter(SessionId.Check(sessionId), creates: false)), cancellation).ConfigureAwait(false))!;

    /// <summary>
    /// Copies a session as bytes, as it is after the calls made before: its steps, last output and state. The format has a version, a hash of the
    /// model's description and a checksum.
    /// </summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="cancellation">Cancels the call while it waits for room in the queue.</param>
    /// <exception cref="ArgumentException">The name is not valid.</exception>
    /// <exception cref="SessionNotFoundException">There is no such session.</exception>
    /// <exception cref="ServerBusyException">The queue is full and calls do not wait for it, the session has too many calls, or the server has too many sessions.</exception>
    /// <exception cref="InvalidDataException">The store has damaged bytes for the session, or those of another model.</exception>
    /// <exception cref="IOException">The store cannot load the session; or another exception of the store.</exception>
    /// <exception cref="ObjectDisposedException">The server has stopped.</exception>
    public async Task<byte[]> ExportSessionAsync(string sessionId, CancellationToken cancellation = default) =>
        (byte[])(await RunAsync(new SessionWork<T>(SessionWorkKind.Export, _loop.Enter(SessionId.Check(sessionId), creates: false)), cancellation).ConfigureAwait(false))!;

    /// <summary>Saves a session to the store, as it is after the calls made before.</summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="cancellation">Cancels the call while it waits for room in the queue.</param>
    /// <exception cref="ArgumentException">The name is not valid.</exception>
    /// <exception cref="InvalidOperationException">The server has no store.</exception>
    /// <exception cref="SessionNotFoundException">There is no such session.</exception>
    /// <exception cref="ServerBusyException">The queue is full and calls do not wait for it, the session has too many calls, or the server has too many sessions.</exception>
    /// <exception cref="IOException">The store cannot load or save it; or another exception of the store.</exception>
    /// <exception cref="InvalidDataException">The store has damaged bytes for the session, or those of another model.</exception>
    /// <exception cref="ObjectDisposedException">The server has stopped.</exception>
    public Task SaveSessionAsync(string sessionId, CancellationToken cancellation = default)
    {
        SessionId.Check(sessionId);
        if (Store is null) throw new InvalidOperationException($"Expected a server with a store of sessions: set {nameof(ModelServerOptions.SessionFolder)}, or pass a store.");
        return RunAsync(new SessionWork<T>(SessionWorkKind.Save, _loop.Enter(sessionId, creates: false)), cancellation);
    }

    /// <summary>Ends a session, in memory and in the store, after the calls made before. Later calls fail.</summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="cancellation">Cancels the call while it waits for room in the queue.</param>
    /// <exception cref="ArgumentException">The name is not valid.</exception>
    /// <exception cref="SessionNotFoundException">There is no such session.</exception>
    /// <exception cref="ServerBusyException">The queue is full and calls do not wait for it, the session has too many calls, or the server has too many sessions.</exception>
    /// <exception cref="IOException">The store cannot delete it; or another exception of the store. The session is unchanged.</exception>
    /// <exception cref="ObjectDisposedException">The server has stopped.</exception>
    public Task CloseSessionAsync(string sessionId, CancellationToken cancellation = default) =>
        RunAsync(new SessionWork<T>(SessionWorkKind.Close, _loop.Enter(SessionId.Check(sessionId), creates: false)), cancellation);

    private Task<object?> RunAsync(SessionWork<T> work, CancellationToken cancellation)
    {
        ValueTask queued = EnqueueAsync(work, cancellation);
        return queued.IsCompletedSuccessfully ? work.Task : RunQueuedAsync(queued, work);
    }

    private static async Task<object?> RunQueuedAsync(ValueTask queued, SessionWork<T> work)
    {
        await queued.ConfigureAwait(false);
        return await work.Task.ConfigureAwait(false);
    }
}
