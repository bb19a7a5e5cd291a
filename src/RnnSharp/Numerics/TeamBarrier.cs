using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace RnnSharp.Numerics;

/// <summary>
/// Where the members of a team wait for one another, all of them or the members of one group. It measures how long members keep others
/// waiting and disbands a team that loses more time than it saves; and it ends all waits when a member fails.
/// </summary>
internal sealed class TeamBarrier
{
    // The meeting of all members, then those of the groups.
    private Meeting[] _meetings = [];
    private int _members;
    private long _countedAt;
    private bool _isDisbanded;
    private bool _isAborted;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Prepares for a team. Nobody may be waiting.</summary>
    /// <param name="members">Members of the team.</param>
    /// <param name="now">When its work begins.</param>
    public void Begin(int members, long now)
    {
        if (_meetings.Length < members + 1) _meetings = new Meeting[members + 1];
        for (int i = 0; i <= members; i++) _meetings[i] = new Meeting { ReleasedAt = now };
        _members = members;
        _countedAt = now;
        _isDisbanded = _isAborted = false;
    }

    /// <summary>Counts what the last members kept the others waiting at the end of the work, when all have finished.</summary>
    /// <param name="firstFinishedAt">When the first member finished.</param>
    /// <param name="now">When the last one did.</param>
    /// <returns>The failure that ended the work early, or null.</returns>
    public ExceptionDispatchInfo? End(long firstFinishedAt, long now)
    {
        if (!_isAborted) Count(Lost(_members, LastMeeting(), firstFinishedAt, now), now);
        ExceptionDispatchInfo? failure = _failure;
        _failure = null;
        return failure;
    }

    /// <summary>When a member that finished at the given time waits for longer than the team is worth.</summary>
    public long DeadlineAfter(long finishedAt) => finishedAt + TeamBackoff.Allowance(_members, finishedAt - LastMeeting());

    /// <summary>Ends the waits of all members, now and from now on. The first failure is kept.</summary>
    public void Abort(Exception failure)
    {
        if (failure is not TeamAbortedException) Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(failure), null);
        Volatile.Write(ref _isAborted, true);
    }

    /// <inheritdoc cref="TeamMember.WaitForAll"/>
    public bool WaitForAll(int size) => Wait(ref _meetings[0], size);

    /// <inheritdoc cref="TeamMember.WaitForGroup"/>
    public bool WaitForGroup(int group, int size) => Wait(ref _meetings[1 + group], size);

    private bool Wait(ref Meeting meeting, int size)
    {
        ThrowIfAborted();
        if (size <= 1) return true;
        if (meeting.IsDisbanded) return false;
        int round = Volatile.Read(ref meeting.Round);
        long now = Stopwatch.GetTimestamp();
        Interlocked.CompareExchange(ref meeting.FirstArrivedAt, now, 0);
        if (Interlocked.Increment(ref meeting.Arrived) == size)
        {
            long lost = Lost(size, meeting.ReleasedAt, meeting.FirstArrivedAt, now);
            if (lost > 0 && Count(lost, now)) Volatile.Write(ref _isDisbanded, true);
            meeting.IsDisbanded = Volatile.Read(ref _isDisbanded);
            meeting.Arrived = 0;
            meeting.FirstArrivedAt = 0;
            meeting.ReleasedAt = now;
            Volatile.Write(ref meeting.Round, round + 1);
        }
        else
        {
            var wait = new ProgressiveWait(_members, now + TeamBackoff.Allowance(size, now - meeting.ReleasedAt));
            while (Volatile.Read(ref meeting.Round) == round && !Volatile.Read(ref _isAborted)) wait.Once();
            wait.End();
            ThrowIfAborted();
        }

        return !meeting.IsDisbanded;
    }

    private void ThrowIfAborted()
    {
        if (Volatile.Read(ref _isAborted)) throw new TeamAbortedException();
    }

    /// <summary>How much longer than worthwhile the first of some members waited for the last.</summary>
    private static long Lost(int size, long startedAt, long firstAt, long lastAt) => Math.Max(0, lastAt - firstAt - TeamBackoff.Allowance(size, firstAt - startedAt));

    /// <summary>Counts the time worked since the last count.</summary>
    private bool Count(long lost, long now)
    {
        long worked = Math.Max(0, now - Interlocked.Exchange(ref _countedAt, now));
        return Team.Backoff is { } backoff && backoff.Count(_members, worked, lost, now);
    }

    private long LastMeeting()
    {
        long last = 0;
        foreach (ref Meeting meeting in _meetings.AsSpan(0, _members + 1)) last = Math.Max(last, Volatile.Read(ref meeting.ReleasedAt));
        return last;
    }

    /// <summary>Those who spin read other cache lines than those who arrive write.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Meeting
    {
        [FieldOffset(0)]
        public int Arrived;

        [FieldOffset(8)]
        public long FirstArrivedAt;

        [FieldOffset(128)]
        public int Round;

        [FieldOffset(132)]
        public bool IsDisbanded;

        [FieldOffset(136)]
        public long ReleasedAt;
    }
}
