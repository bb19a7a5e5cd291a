using System.Diagnostics;

namespace RnnSharp.Numerics;

/// <summary>
/// Decides how many members a team may have, from the time that teams save compared with one thread and the time that they lose waiting for
/// members without a processor. Time saved earns credit; time lost costs a multiple of it. When the credit is used up, teams shrink to half
/// their size (two members to the caller alone) for a multiple of the time lost; then a larger team gets a trial. On a machine that stays
/// busy that multiple grows, so that trials cost little; on a quiet one, a rare hiccup costs little.
/// </summary>
/// <remarks>All times are in ticks of <see cref="Stopwatch"/>. Thread-safe.</remarks>
internal sealed class TeamBackoff
{
    // A team must save this many times what it loses.
    private const int LossWeight = 4;

    // The backoff as a multiple of the loss: at first, and at most.
    private const int MinFactor = 4;
    private const int MaxFactor = 64;

    // With uneven shares, the members of a team of two may wait for as long as they work without being slower than one thread.
    private const double Unevenness = 1.1;

    private readonly long _fullCredit = Stopwatch.Frequency / 50;
    private int _isUpdating;
    private long _credit;
    private long _lost;
    private int _factor = MinFactor;
    private int _limit = int.MaxValue;
    private long _until;
    private bool _isTrial;

    public TeamBackoff() => _credit = _fullCredit;

    /// <summary>How long a helper may take to answer a call before the work begins without it.</summary>
    public static long AnswerTime { get; } = Stopwatch.Frequency / 3000;

    /// <summary>A loss up to this long is counted at the end of the work instead of at once.</summary>
    public static long FreeWait { get; } = Stopwatch.Frequency / 10000;

    /// <summary>How long a member may have to wait for the others before one thread would be faster than the team.</summary>
    /// <param name="members">The members that wait for each other.</param>
    /// <param name="work">The time that the waiting member has worked since they last met.</param>
    public static long Allowance(int members, long work) => (long)((Unevenness * members - 1) * work);

    /// <summary>The members that a team may have now.</summary>
    /// <param name="wanted">The members that the work is worth.</param>
    /// <param name="now">The current time.</param>
    public int Limit(int wanted, long now)
    {
        int limit = Volatile.Read(ref _limit);
        if (wanted <= limit) return wanted;
        return now < Volatile.Read(ref _until) ? limit : Math.Min(wanted, 2 * limit);
    }

    /// <summary>Counts the time that a team has saved and lost since it was last counted.</summary>
    /// <param name="members">Members of the team.</param>
    /// <param name="saved">The time that it saved compared with one thread.</param>
    /// <param name="lost">How long members waited beyond the <see cref="Allowance"/>, or 0.</param>
    /// <param name="now">The current time.</param>
    /// <returns>True if the team costs more than it saves and should disband.</returns>
    public bool Count(int members, long saved, long lost, long now)
    {
        // If two teams count at the same time, one of them may be left out.
        if (Interlocked.Exchange(ref _isUpdating, 1) != 0) return false;
        bool isOverdrawn = false;
        if (members > _limit && !_isTrial)
        {
            _isTrial = true;
            _credit = _fullCredit / 4;
            _lost = 0;
        }

        _credit = Math.Min(_credit + saved, _fullCredit);
        if (lost > 0)
        {
            _lost += lost;
            _credit -= LossWeight * lost;
            if (_credit < 0)
            {
                isOverdrawn = true;
                _isTrial = false;
                Volatile.Write(ref _until, now + _factor * _lost);
                Volatile.Write(ref _limit, Math.Max(1, members / 2));
                _factor = Math.Min(2 * _factor, MaxFactor);
                _credit = _lost = 0;
            }
        }
        else if (_credit == _fullCredit)
        {
            _lost = 0;
            if (_isTrial)
            {
                _isTrial = false;
                _factor = MinFactor;
                Volatile.Write(ref _limit, members);
            }
        }

        Volatile.Write(ref _isUpdating, 0);
        return isOverdrawn;
    }
}
