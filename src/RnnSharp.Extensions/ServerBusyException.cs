namespace RnnSharp.Serving;

/// <summary>A limit of the server is reached: its queue, the queue of a session, or the number of sessions. Nothing has changed; a later call may succeed.</summary>
/// <param name="message">Which limit, and its value.</param>
public sealed class ServerBusyException(string message) : InvalidOperationException(message);
