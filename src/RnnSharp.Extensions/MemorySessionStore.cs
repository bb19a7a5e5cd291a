using System.Collections.Concurrent;

namespace RnnSharp.Serving;

/// <summary>Keeps sessions in memory, for tests, and for idle sessions that need not survive the process.</summary>
public sealed class MemorySessionStore : ISessionStore
{
    private readonly ConcurrentDictionary<string, byte[]> _sessions = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The name is not valid.</exception>
    public Task SaveAsync(string id, ReadOnlyMemory<byte> session, CancellationToken cancellation = default)
    {
        _sessions[SessionId.Check(id)] = session.ToArray();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The name is not valid.</exception>
    public Task<byte[]?> LoadAsync(string id, CancellationToken cancellation = default) =>
        Task.FromResult<byte[]?>(_sessions.TryGetValue(SessionId.Check(id), out byte[]? session) ? [.. session] : null);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The name is not valid.</exception>
    public Task<bool> DeleteAsync(string id, CancellationToken cancellation = default) => Task.FromResult(_sessions.TryRemove(SessionId.Check(id), out _));

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellation = default) => Task.FromResult<IReadOnlyList<string>>([.. _sessions.Keys]);
}
