namespace RnnSharp.Serving.Tests;

/// <summary>A store in memory whose saves wait while it is held.</summary>
internal sealed class SlowStore : ISessionStore
{
    private readonly MemorySessionStore _store = new();
    private TaskCompletionSource _held = new();
    private int _saves;
    private int _running;

    public SlowStore() => _held.SetResult();

    /// <summary>The saves that have begun.</summary>
    public int Saves => Volatile.Read(ref _saves);

    /// <summary>The most saves that have run at the same time.</summary>
    public int MostAtOnce { get; private set; }

    public void Hold() => _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => _held.SetResult();

    public async Task SaveAsync(string id, ReadOnlyMemory<byte> session, CancellationToken cancellation = default)
    {
        lock (_store) MostAtOnce = Math.Max(MostAtOnce, ++_running);
        Interlocked.Increment(ref _saves);
        await _held.Task;
        await _store.SaveAsync(id, session, cancellation);
        lock (_store) _running--;
    }

    public Task<byte[]?> LoadAsync(string id, CancellationToken cancellation = default) => _store.LoadAsync(id, cancellation);

    public Task<bool> DeleteAsync(string id, CancellationToken cancellation = default) => _store.DeleteAsync(id, cancellation);

    public Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellation = default) => _store.ListAsync(cancellation);
}
