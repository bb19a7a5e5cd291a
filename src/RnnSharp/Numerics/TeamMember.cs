namespace RnnSharp.Numerics;

/// <summary>One thread's place in a team, passed to <see cref="ITeamWork.Run"/>. All copies wait at the same barrier.</summary>
internal struct TeamMember
{
    private readonly TeamBarrier? _barrier;

    public TeamMember(int rank, int count, TeamBarrier? barrier)
    {
        Rank = rank;
        Count = count;
        _barrier = barrier;
    }

    /// <summary>A caller without helpers.</summary>
    public static TeamMember Alone => new(0, 1, null);

    /// <summary>0 for the calling thread.</summary>
    public readonly int Rank { get; }

    /// <summary>Members of the team.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// Waits until all members have arrived. A team that loses more time waiting than it saves is disbanded: from then on the calling
    /// thread is the only member.
    /// </summary>
    /// <returns>False if this member must return from its work at once, because the caller does the rest alone.</returns>
    public bool WaitForAll()
    {
        if (Count == 1 || _barrier!.WaitForAll(Rank, Count)) return true;
        Count = 1;
        return Rank == 0;
    }

    /// <summary>Waits until the members of one group have arrived.</summary>
    /// <param name="group">0 to Count - 1.</param>
    /// <param name="size">Members of the group.</param>
    /// <returns>False if the group is disbanded: one of its members must do the remaining work, and none waits any longer.</returns>
    public readonly bool WaitForGroup(int group, int size) => Count == 1 || _barrier!.WaitForGroup(Rank, group, size);
    /// <summary>Ends the work of all members because this one failed.</summary>
    public readonly void Abort(Exception failure) => _barrier!.Abort(failure);

    /// <summary>Wakes members that sleep while they wait for this one to finish.</summary>
    public readonly void WakeSleepers() => _barrier!.WakeSleepers();
}
