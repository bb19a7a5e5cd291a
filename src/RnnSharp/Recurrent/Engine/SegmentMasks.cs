namespace RnnSharp.Recurrent;

/// <summary>The states of the random generator from which the masks of each segment are drawn; held by the pass.</summary>
internal sealed class SegmentMasks
{
    /// <summary>Before the masks of recurrent dropout.</summary>
    public (ulong, ulong, ulong, ulong) BeforeDropout { get; set; }

    /// <summary>[segment]: before the masks of h.</summary>
    public (ulong, ulong, ulong, ulong)[] BeforeHidden { get; private set; } = [];

    /// <summary>[segment]: before the masks of c.</summary>
    public (ulong, ulong, ulong, ulong)[] BeforeCell { get; private set; } = [];

    /// <summary>Makes room for the states of some segments and the one after the last.</summary>
    public void Reserve(int segments)
    {
        if (BeforeHidden.Length > segments) return;
        BeforeHidden = new (ulong, ulong, ulong, ulong)[segments + 1];
        BeforeCell = new (ulong, ulong, ulong, ulong)[segments + 1];
    }
}
