namespace RnnSharp.Serving;

/// <content>Sessions: who enters them, what happens to them between their steps, the store, and expiry.</content>
internal sealed partial class ServerLoop<T>
{
    private const int StoreCallsAtOnce = 8;

    // Of those, saves that no call waits for: the others have the rest, until the server stops.
    private const int BackgroundSavesAtOnce = 4;

    private readonly Lock _counting = new();

    private readonly SemaphoreSlim _storeCalls = new(StoreCallsAtOnce);

    // Sessions that are to be saved in the background. Their bytes are made as late as possible, so that only a few are in memory.
    private readonly Queue<Session<T>> _unsaved = new();
    private int _backgroundSaves;

    // Calls of the store that run.
    private int _inputOutput;
    private string? _saveFault;
    private bool _expires;
    private bool _saves;

    /// <summary>Why the last attempt to save a session failed; null if it did not.</summary>
    public string? SaveFault => Volatile.Read(ref _saveFault);

    /// <summary>Enters a session for a call. One that is not in memory may be in the store, or is to be created.</summary>
    /// <exception cref="SessionNotFoundException">It is not in memory, and there is no store.</exception>
    /// <exception cref="ServerBusyException">There are too many calls of the session, or too many sessions.</exception>
    /// <exception cref="ObjectDisposedException">The server has stopped.</exception>
    public Session<T> Enter(string id, bool creates)
    {
        if (_stopping) throw Stopped();
        while (true)
        {
            if (!_sessions.TryGetValue(id, out Session<T>? session))
            {
                if (!creates && _store is null) throw new SessionNotFoundException(id);
                session = GetOrAdd(id);
            }

            switch (session.TryEnter(_options.MaxCallsPerSession))
            {
                case Session<T>.Entry.Entered: return session;
                case Session<T>.Entry.Full: throw Busy($"Session \"{id}\" already has {_options.MaxCallsPerSession} calls waiting or running (MaxCallsPerSession).");
                default: Remove(session); break; // it is about to be removed by the loop
            }
        }
    }

    private Session<T> GetOrAdd(string id)
    {
        // Sessions and their number change together, so that of concurrent first calls of a session only one takes a place.
        lock (_counting)
        {
            if (_sessions.TryGetValue(id, out Session<T>? session)) return session;
            if (SessionCount >= _options.MaxSessions) throw Busy($"The server already has {_options.MaxSessions} sessions in memory (MaxSessions).");
            session = new Session<T>(id, isLoaded: _store is null, _time.GetTimestamp());
            _sessions[id] = session;
            _sessionCount++;
            return session;
        }
    }

    /// <summary>Leaves a session after a call that did not get into the queue.</summary>
    public void Withdraw(Session<T> session)
    {
        session.Leave();
        if (session.State is not null) return; // it stays in memory without calls
        Post(() =>
        {
            if (session.State is null && session.TryClose()) Remove(session);
        });
    }

    public ServerBusyException Busy(string message)
    {
        Metrics.Rejected();
        return new ServerBusyException(message);
    }

    /// <summary>Lets idle sessions leave memory.</summary>
    public void Expire() => PostOnce(ref _expires, () =>
    {
        Volatile.Write(ref _expires, false);
        foreach (Session<T> session in _sessions.Values)
        {
            if (IsIdle(session)) ExpireOne(session);
        }

        SaveNext();
    });

    /// <summary>Saves the sessions that have changed, in the background.</summary>
    public void SaveSoon() => PostOnce(ref _saves, () =>
    {
        Volatile.Write(ref _saves, false);
        SaveChanged();
    });

    /// <summary>Posts what a timer wants, unless the loop has not yet come to do it since the timer's last tick.</summary>
    private void PostOnce(ref bool isPosted, Action action)
    {
        if (!Interlocked.Exchange(ref isPosted, true)) Post(action);
    }

    private bool IsIdle(Session<T> session) => _options.IdleTimeout is { } idle
        && !session.HasCalls && session.Current is null && !session.IsBeingSaved && _time.GetElapsedTime(session.LastUsed) >= idle;

    /// <summary>Lets an idle session leave memory; with the store, once it has been saved.</summary>
    private void ExpireOne(Session<T> session)
    {
        if (_store is not null && session.IsChanged)
        {
            SaveLater(session);
        }
        else if (session.TryClose())
        {
            Remove(session);
            Metrics.Expired();
        }
    }

    private void SaveChanged()
    {
        foreach (Session<T> session in _sessions.Values)
        {
            if (session.IsChanged) SaveLater(session);
        }

        SaveNext();
    }

    private void SaveLater(Session<T> session)
    {
        if (session.AwaitsSave) return;
        session.AwaitsSave = true;
        _unsaved.Enqueue(session);
    }

    private void SaveNext()
    {
        int limit = _stopping ? StoreCallsAtOnce : BackgroundSavesAtOnce;
        while (_backgroundSaves < limit && _unsaved.TryDequeue(out Session<T>? session))
        {
            session.AwaitsSave = false;
            if (session.IsChanged && !session.IsClosed && !session.IsBeingSaved && session.Current is not SessionWork<T>) SaveInBackground(session);
        }
    }

    /// <summary>Saves a session while its steps go on; another save, and its end, wait.</summary>
    private void SaveInBackground(Session<T> session)
    {
        _backgroundSaves++;
        session.IsBeingSaved = true;
        SaveToStore(session, exception =>
        {
            _backgroundSaves--;
            session.IsBeingSaved = false;
            if (session.BehindSave is { } parked)
            {
                session.BehindSave = null;
                RunSessionWork(parked);
            }

            if (exception is null && IsIdle(session)) ExpireOne(session);
            SaveNext();
        });
    }

    private void RunSessionWork(SessionWork<T> work)
    {
        Session<T> session = work.Session;
        switch (work.Kind)
        {
            case SessionWorkKind.Create when session.State is null:
                session.State = _model.Model.CreateState(1);
                session.LastOutput = new T[_model.Model.OutputSize];
                session.IsChanged = true;
                End(work);
                break;
            case SessionWorkKind.Create:
                Finish(session, new SessionExistsException(session.Id));
                break;
            case SessionWorkKind.Restore:
                (session.State, session.LastOutput, session.Steps) = work.Restored;
                session.Unfinished = null;
                session.IsLoaded = session.IsChanged = true;
                End(work);
                break;
            case not SessionWorkKind.Close when session.State is null:
                Finish(session, new SessionNotFoundException(session.Id));
                break;
            case SessionWorkKind.Look:
                End(work, new SessionInfo<T>(session.Steps, [.. session.LastOutput]));
                break;
            case SessionWorkKind.Export:
                End(work, Write(session));
                break;
            case var kind when !session.IsBeingSaved:
                if (kind == SessionWorkKind.Save) Save(work);
                else Close(work);
                break;
            default:
                session.BehindSave = work; // the background save ends first, and then calls this again
                break;
        }
    }

    private void End(SessionWork<T> work, object? result = null)
    {
        Finish(work.Session);
        work.Complete(result);
    }

    private void Save(SessionWork<T> work)
    {
        SaveToStore(work.Session, exception =>
        {
            if (exception is null) End(work);
            else Finish(work.Session, exception);
        });
    }

    private void SaveToStore(Session<T> session, Action<Exception?> then)
    {
        session.IsChanged = false;
        byte[] bytes = Write(session);
        CallStore(store => AsCompleted(store.SaveAsync(session.Id, bytes)), (_, exception) =>
        {
            Saved(session, exception);
            then(exception);
        });
    }

    private void Close(SessionWork<T> work)
    {
        Session<T> session = work.Session;
        bool isInMemory = session.State is not null;
        if (_store is null) Closed(isInMemory, null);
        else CallStore(store => store.DeleteAsync(session.Id), (deleted, exception) => Closed(deleted || isInMemory, exception));

        void Closed(bool existed, Exception? exception)
        {
            if (exception is null)
            {
                session.Close();
                Remove(session);
                if (!existed) exception = new SessionNotFoundException(session.Id);
            }

            if (exception is null) End(work);
            else Finish(session, exception);
        }
    }

    /// <summary>Loads a session from the store, if it is there, and then runs its current work.</summary>
    private void Load(Session<T> session) => CallStore(store => store.LoadAsync(session.Id), (bytes, exception) =>
    {
        try
        {
            if (exception is null)
            {
                if (bytes is not null) (session.State, session.LastOutput, session.Steps) = Read(bytes);
                session.IsLoaded = true;
            }
        }
        catch (InvalidDataException invalid)
        {
            exception = invalid;
        }

        if (exception is null)
        {
            Continue(session.Current!);
            return;
        }

        ServingLog.LoadFailed(_logger, session.Id, exception);
        Finish(session, exception);
    });

    /// <summary>Reads the bytes of a session.</summary>
    /// <exception cref="InvalidDataException">They are not those of a session of this model.</exception>
    public (State<T> State, T[] Output, long Steps) Read(ReadOnlySpan<byte> bytes)
    {
        ServedModel<T> model = Model;
        State<T> state = model.Model.CreateState(1);
        var output = new T[model.Model.OutputSize];
        long steps = SessionBytes.Read<T>(bytes, model.Fingerprint, output, state);
        return (state, output, steps);
    }

    private byte[] Write(Session<T> session) => SessionBytes.Write<T>(_model.Fingerprint, session.Steps, session.LastOutput, session.State!);

    private void Saved(Session<T> session, Exception? exception)
    {
        Volatile.Write(ref _saveFault, exception?.Message);
        if (exception is null) return;
        session.IsChanged = true;
        ServingLog.SaveFailed(_logger, session.Id, exception);
    }

    private void Remove(Session<T> session)
    {
        lock (_counting)
        {
            if (_sessions.TryRemove(new KeyValuePair<string, Session<T>>(session.Id, session))) _sessionCount--;
        }
    }

    /// <summary>Calls the store on another thread, and then runs the continuation on this one.</summary>
    private void CallStore<TResult>(Func<ISessionStore, Task<TResult>> call, Action<TResult?, Exception?> then)
    {
        _inputOutput++;
        _ = Task.Run(async () =>
        {
            TResult? result = default;
            Exception? exception = null;
            await _storeCalls.WaitAsync().ConfigureAwait(false);
            try
            {
                result = await call(_store!).ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                exception = failure;
            }
            finally
            {
                _storeCalls.Release();
            }

            Post(() =>
            {
                _inputOutput--;
                then(result, exception);
            });
        });
    }

    private static async Task<bool> AsCompleted(Task task)
    {
        await task.ConfigureAwait(false);
        return true;
    }
}
