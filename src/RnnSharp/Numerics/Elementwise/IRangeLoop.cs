using System.Numerics;

namespace RnnSharp.Numerics;

/// <summary>A loop over elements that do not depend on one another, so that threads can share them.</summary>
internal interface IRangeLoop<TSelf, T> : IVectorAction<T>
    where TSelf : struct, IRangeLoop<TSelf, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The same loop over some of the elements.</summary>
    TSelf Range(int from, int count);
}

/// <summary>Divides a loop among the members of a team.</summary>
internal struct RangeWork<TLoop, T>(TLoop loop, int length) : ITeamWork
    where TLoop : struct, IRangeLoop<TLoop, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Shares end where cache lines and vectors do.
    private const int Granule = 64;

    public readonly void Run(TeamMember member)
    {
        int from = Start(member.Rank, member.Count), to = Start(member.Rank + 1, member.Count);
        if (to > from) VectorDispatch.Invoke<T, TLoop>(loop.Range(from, to - from));
    }

    private readonly int Start(int rank, int count) => rank == count ? length : (int)((long)length * rank / count) / Granule * Granule;
}
