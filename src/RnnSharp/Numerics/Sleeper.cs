namespace RnnSharp.Numerics;

/// <summary>
/// Lets one thread sleep until another wakes it, at no cost to the other while the thread is awake. The thread calls <see cref="Announce"/>,
/// checks its condition once more, and calls <see cref="Sleep"/> or <see cref="Cancel"/>; the other changes the condition, with a full memory
/// barrier, and calls <see cref="Wake"/>.
/// </summary>
internal sealed class Sleeper
{
    private readonly AutoResetEvent _wake = new(false);
    private int _isAsleep;

    /// <summary>Whether the thread sleeps or is about to.</summary>
    public bool IsAsleep => Volatile.Read(ref _isAsleep) != 0;

    /// <summary>Announces that the thread is going to sleep.</summary>
    public void Announce() => Interlocked.Exchange(ref _isAsleep, 1);

    /// <summary>Withdraws the announcement.</summary>
    public void Cancel() => Volatile.Write(ref _isAsleep, 0);

    /// <summary>Sleeps until <see cref="Wake"/>; it may return early.</summary>
    /// <returns>True if the thread was interrupted.</returns>
    public bool Sleep()
    {
        try
        {
            _wake.WaitOne();
            return false;
        }
        catch (ThreadInterruptedException)
        {
            return true;
        }
        finally
        {
            Cancel();
        }
    }

    /// <summary>Wakes the thread if it sleeps or is about to.</summary>
    public void Wake()
    {
        if (IsAsleep && Interlocked.Exchange(ref _isAsleep, 0) != 0) _wake.Set();
    }
}
