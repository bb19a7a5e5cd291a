namespace RnnSharp.Serving;

/// <summary>What a call does while the queue of a <see cref="ModelServer{T}"/> is full.</summary>
public enum QueueFullMode
{
    /// <summary>It waits until there is room, in the order of the calls, or until it is cancelled.</summary>
    Wait,

    /// <summary>It fails at once with a <see cref="ServerBusyException"/>.</summary>
    Reject,
}
