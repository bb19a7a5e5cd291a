namespace RnnSharp.Serving;

/// <summary>
/// Keeps the bytes of sessions while they are not in memory: across a restart, or after a session has been idle. A
/// <see cref="ModelServer{T}"/> never runs two calls for one session at a time, but many for different sessions.
/// </summary>
public interface ISessionStore
{
    /// <summary>Saves a session, replacing what was saved under its name. After a failure, the earlier bytes are unchanged.</summary>
    /// <param name="id">The name of the session: any text of 1 to 100 bytes of UTF-8. It comes from clients, and must not be used as a path.</param>
    /// <param name="session">The bytes of the session.</param>
    /// <param name="cancellation">Cancels the call.</param>
    Task SaveAsync(string id, ReadOnlyMemory<byte> session, CancellationToken cancellation = default);

    /// <summary>Loads a session.</summary>
    /// <param name="id">The name of the session.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <returns>The bytes, or null if there are none.</returns>
    Task<byte[]?> LoadAsync(string id, CancellationToken cancellation = default);

    /// <summary>Deletes a session.</summary>
    /// <param name="id">The name of the session.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <returns>Whether there was one.</returns>
    Task<bool> DeleteAsync(string id, CancellationToken cancellation = default);

    /// <summary>The names of the saved sessions, in no particular order.</summary>
    /// <param name="cancellation">Cancels the call.</param>
    Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellation = default);
}
