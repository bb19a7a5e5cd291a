namespace RnnSharp.Serving;

/// <summary>A step gave NaN or infinity. The session is as before the call.</summary>
/// <param name="sessionId">The session.</param>
public sealed class NotFiniteException(string sessionId) : InvalidOperationException($"A step of session \"{sessionId}\" gave NaN or infinity. The session is as before the call.")
{
    /// <summary>The session.</summary>
    public string SessionId { get; } = sessionId;
}
