namespace RnnSharp.Serving;

/// <summary>There is no session of the name, neither in memory nor in the store: it was never created, was closed, or has expired.</summary>
/// <param name="sessionId">The name that was asked for.</param>
public sealed class SessionNotFoundException(string sessionId) : InvalidOperationException($"There is no session \"{sessionId}\": it was never created, was closed, or has expired.")
{
    /// <summary>The name that was asked for.</summary>
    public string SessionId { get; } = sessionId;
}
