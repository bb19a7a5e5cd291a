using System.Diagnostics;

namespace RnnSharp.Numerics;

/// <summary>
/// Waits in a loop: spins for a moment, because most waits are far shorter than it takes to wake a thread; then yields the processor after
/// each check, because the thread that is waited for may be queued on it.
/// </summary>
internal readonly struct ProgressiveWait
{
    private static readonly long SpinTime = Stopwatch.Frequency / 20000;

    private readonly long _spinsUntil;
    private readonly long _deadline;

    /// <summary>Starts a wait.</summary>
    /// <param name="spinners">Threads that may spin at the same time. With fewer processors than that, nobody spins.</param>
    /// <param name="now">The current <see cref="Stopwatch"/> timestamp.</param>
    /// <param name="deadline">When it is time to sleep.</param>
    public ProgressiveWait(int spinners, long now, long deadline)
    {
        _spinsUntil = spinners <= Environment.ProcessorCount ? Math.Min(now + SpinTime, deadline) : now;
        _deadline = deadline;
    }

    /// <summary>Waits a moment before the next check.</summary>
    /// <returns>False, without waiting, after the deadline.</returns>
    public bool Once()
    {
        long now = Stopwatch.GetTimestamp();
        if (now >= _deadline) return false;
        if (now < _spinsUntil) Thread.SpinWait(1);
        else Thread.Yield();
        return true;
    }
}
