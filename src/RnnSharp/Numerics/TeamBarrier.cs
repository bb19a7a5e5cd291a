using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace RnnSharp.Numerics;

/// <summary>
/// Where the members of a team, or of one of its groups, wait for one another. It measures how long members keep others waiting, disbands a
/// team that loses more time than it saves, and ends all waits when a member fails.
/// </summary>
internal sealed class TeamBarrier
{
    // The meeting of all members, then those of the groups.
    private Meeting[] _meetings = [];
    private Sleeper?[] _sleepers = [new()];
    private int _asleep;
    private int _members;
    private bool _isDisbanded;
    private bool _isAborted;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Prepares the barrier for a team. No thread may be waiting.</summary>
    /// <param name="members">Members of the team.</param>
    /// <param name="now">When its work begins.</param>
    public void Begin(int members, long now)
    {
        if (_meetings.Length < members + 1) _meetings = new Meeting[members + 1];
        if (_sleepers.Length < members) Array.Resize(ref _sleepers, members);
        for (int i = 0; i <= members; i++) _meetings[i] = new Meeting { ReleasedAt = now };
        _members = members;
        _isDisbanded = _isAborted = false;
    }

    /// <summary>Counts how long the last members kept the others waiting at the end of the work. Called when all have finished.</summary>
    /// <param name="firstFinishedAt">When the first member finished.</param>
    /// <param name="now">When the last one did.</param>
    /// <returns>The failure that ended the work early, or null.</returns>
    public ExceptionDispatchInfo? End(long firstFinishedAt, long now)
    {
        if (!_isAborted)
        {
            Measure(ref _meetings[0], _members, firstFinishedAt, now);
            Count(now);
        }

        ExceptionDispatchInfo? failure = _failure;
        _failure = null;
        return failure;
    }

    /// <summary>Sets what a helper sleeps on.</summary>
    public void SetSleeper(int rank, Sleeper sleeper) => _sleepers[rank] = sleeper;

    /// <summary>Makes the calling thread wait until a helper has finished its share. Not interruptible, because the work is on its stack.</summary>
    public void WaitForHelper(HelperThread helper, long now)
    {
        ProgressiveWait wait = StartWait(now, _members, _meetings[0].ReleasedAt);
        bool wasInterrupted = false;
        while (!helper.IsFinished)
        {
            if (wait.Once()) continue;
            Sleeper sleeper = Announce(0);
            if (helper.IsFinished) sleeper.Cancel();
            else wasInterrupted |= sleeper.Sleep();
            Interlocked.Decrement(ref _asleep);
        }

        if (wasInterrupted) Thread.CurrentThread.Interrupt();
    }

    /// <summary>Wakes all sleeping members, to check what they wait for.</summary>
    public void WakeSleepers()
    {
        if (Volatile.Read(ref _asleep) == 0) return;

        // The helper that finished last may get here when the barrier already serves another team, where waking does no harm.
        foreach (Sleeper? sleeper in Volatile.Read(ref _sleepers)) sleeper?.Wake();
    }

    /// <summary>Ends all current and future waits of the members. The first failure is kept.</summary>
    public void Abort(Exception failure)
    {
        if (failure is not TeamAbortedException) Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(failure), null);
        Interlocked.Exchange(ref _isAborted, true);
        WakeSleepers();
    }

    /// <inheritdoc cref="TeamMember.WaitForAll"/>
    public bool WaitForAll(int rank, int size) => Wait(rank, ref _meetings[0], size);

    /// <inheritdoc cref="TeamMember.WaitForGroup"/>
    public bool WaitForGroup(int rank, int group, int size) => Wait(rank, ref _meetings[1 + group], size);

    private bool Wait(int rank, ref Meeting meeting, int size)
    {
        ThrowIfAborted();
        if (size <= 1) return true;
        if (meeting.IsDisbanded) return false;
        int round = Volatile.Read(ref meeting.Round);
        long now = Stopwatch.GetTimestamp();
        Interlocked.CompareExchange(ref meeting.FirstArrivedAt, now, 0);
        if (Interlocked.Increment(ref meeting.Arrived) == size)
        {
            long lost = Measure(ref meeting, size, meeting.FirstArrivedAt, now);
            if (lost > TeamBackoff.FreeWait && Count(now)) Volatile.Write(ref _isDisbanded, true);
            meeting.IsDisbanded = Volatile.Read(ref _isDisbanded);
            meeting.Arrived = 0;
            meeting.FirstArrivedAt = 0;
            meeting.ReleasedAt = now;
            Interlocked.Exchange(ref meeting.Round, round + 1);
            WakeSleepers();
        }
        else
        {
            ProgressiveWait wait = StartWait(now, size, meeting.ReleasedAt);
            bool wasInterrupted = false;
            while (Volatile.Read(ref meeting.Round) == round && !Volatile.Read(ref _isAborted))
            {
                if (wait.Once()) continue;
                Sleeper sleeper = Announce(rank);
                if (Volatile.Read(ref meeting.Round) != round || Volatile.Read(ref _isAborted)) sleeper.Cancel();
                else wasInterrupted |= sleeper.Sleep();
                Interlocked.Decrement(ref _asleep);
            }

            // Raised again, for the next blocking call outside the library.
            if (wasInterrupted) Thread.CurrentThread.Interrupt();
            ThrowIfAborted();
        }

        return !meeting.IsDisbanded;
    }

    /// <summary>A member that waits longer than the team is worth goes to sleep, so that the system can give its processor to the member that is late.</summary>
    private ProgressiveWait StartWait(long now, int size, long startedAt) => new(_members, now, now + TeamBackoff.FreeWait + TeamBackoff.Allowance(size, now - startedAt));

    private Sleeper Announce(int rank)
    {
        Sleeper sleeper = _sleepers[rank]!;
        sleeper.Announce();
        Interlocked.Increment(ref _asleep);
        return sleeper;
    }

    private void ThrowIfAborted()
    {
        if (Volatile.Read(ref _isAborted)) throw new TeamAbortedException();
    }

    /// <summary>Adds the time that the members have saved, compared with one thread, or lost since they last met.</summary>
    /// <returns>The time lost.</returns>
    private long Measure(ref Meeting meeting, int size, long firstAt, long lastAt)
    {
        // In a disbanded team the members without a share are always early.
        if (Volatile.Read(ref _isDisbanded)) return 0;
        long work = firstAt - meeting.ReleasedAt, wait = lastAt - firstAt;
        long lost = Math.Max(0, wait - TeamBackoff.Allowance(size, work));
        meeting.Lost += lost;

        // If there are groups, the time saved is counted when they meet, not when all members do.
        bool isOfAll = Unsafe.AreSame(ref meeting, ref _meetings[0]);
        if (!isOfAll || Volatile.Read(ref _meetings[1].Round) == 0) meeting.Saved += Math.Max(0, (size - 1) * work - wait);
        return lost;
    }

    /// <summary>Reports the time that the team has saved and lost since the last report.</summary>
    private bool Count(long now)
    {
        if (Team.Backoff is not { } backoff) return false;
        long saved = 0, lost = 0;
        foreach (ref Meeting meeting in _meetings.AsSpan(0, _members + 1))
        {
            saved += Interlocked.Exchange(ref meeting.Saved, 0);
            lost += Interlocked.Exchange(ref meeting.Lost, 0);
        }

        return backoff.Count(_members, saved, lost, now);
    }

    /// <summary>Spinning members read a different cache line from the one that arriving members write.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Meeting
    {
        [FieldOffset(0)]
        public int Arrived;

        [FieldOffset(8)]
        public long FirstArrivedAt;

        [FieldOffset(16)]
        public long Saved;

        [FieldOffset(24)]
        public long Lost;

        [FieldOffset(128)]
        public int Round;

        [FieldOffset(132)]
        public bool IsDisbanded;

        [FieldOffset(136)]
        public long ReleasedAt;
    }
}
