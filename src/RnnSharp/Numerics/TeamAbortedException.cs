namespace RnnSharp.Numerics;

/// <summary>Unwinds the members that wait for one that failed. It never leaves the team: the caller rethrows the original failure.</summary>
internal sealed class TeamAbortedException : Exception
{
    public TeamAbortedException()
        : base("Another member of the team failed.")
    {
    }
}
