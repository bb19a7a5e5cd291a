namespace RnnSharp.Numerics;

/// <summary>
/// Work that several threads share: <see cref="Run"/> is called once by each member of the team, and divides the work by the member's
/// rank. The result must not depend on the number of members.
/// </summary>
internal interface ITeamWork
{
    /// <summary>Does one member's share. An exception ends the work of all members and is rethrown on the calling thread.</summary>
    void Run(TeamMember member);
}
