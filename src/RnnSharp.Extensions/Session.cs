using System.Numerics;

namespace RnnSharp.Serving;

/// <summary>
/// A session in memory. The first part is for any thread: whoever makes a call enters the session first, so that it cannot leave memory while
/// a call waits. Everything else belongs to the thread of the <see cref="ServerLoop{T}"/>.
/// </summary>
/// <param name="id">The name.</param>
/// <param name="isLoaded">Whether the state need not be looked for in the store.</param>
/// <param name="now">The time stamp of its creation.</param>
internal sealed class Session<T>(string id, bool isLoaded, long now)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Closed = int.MinValue / 2;

    private int _calls;

    public enum Entry
    {
        Entered,
        Full,
        Closed,
    }

    public string Id { get; } = id;

    public bool IsClosed => Volatile.Read(ref _calls) < 0;

    public bool HasCalls => Volatile.Read(ref _calls) > 0;

    public bool IsLoaded { get; set; } = isLoaded;

    public State<T>? State { get; set; }

    /// <summary>The state of a call of several steps that is not complete.</summary>
    public State<T>? Unfinished { get; set; }

    public T[] LastOutput { get; set; } = [];

    public long Steps { get; set; }

    /// <summary>Whether the store does not have the present state.</summary>
    public bool IsChanged { get; set; }

    /// <summary>The call that runs, or waits for its turn among those of other sessions.</summary>
    public Work<T>? Current { get; set; }

    /// <summary>Whether the session is being saved without a call.</summary>
    public bool IsBeingSaved { get; set; }

    /// <summary>Whether the session is in the queue of those to be saved without a call.</summary>
    public bool AwaitsSave { get; set; }

    /// <summary>The current call, if it waits for the save without a call to end.</summary>
    public SessionWork<T>? BehindSave { get; set; }

    public long LastUsed { get; set; } = now;

    /// <summary>The calls that wait for the current one.</summary>
    public Queue<Work<T>>? Waiting { get; set; }

    public Entry TryEnter(int limit)
    {
        int calls = Volatile.Read(ref _calls);
        while (true)
        {
            if (calls < 0) return Entry.Closed;
            if (calls >= limit) return Entry.Full;
            int seen = Interlocked.CompareExchange(ref _calls, calls + 1, calls);
            if (seen == calls) return Entry.Entered;
            calls = seen;
        }
    }

    public void Leave() => Interlocked.Decrement(ref _calls);

    /// <summary>Closes the session if no call has entered it.</summary>
    public bool TryClose() => Interlocked.CompareExchange(ref _calls, Closed, 0) == 0;

    /// <summary>Closes the session to further calls. Those that have entered fail.</summary>
    public void Close() => Interlocked.Add(ref _calls, Closed);
}
