namespace RnnSharp.Serving;

/// <summary>A session of the name exists already, in memory or in the store.</summary>
/// <param name="sessionId">The name.</param>
public sealed class SessionExistsException(string sessionId) : InvalidOperationException($"There is a session \"{sessionId}\" already.")
{
    /// <summary>The name.</summary>
    public string SessionId { get; } = sessionId;
}
