namespace RnnSharp.Numerics;

/// <summary>
/// How a team divides an output of panels by columns: into groups of columns, and each of these into groups of panels. Each element is
/// computed by one member in a fixed order of summation, so the division changes no bit of it.
/// </summary>
internal readonly record struct TeamGrid(int PanelGroups, int ColumnGroups)
{
    // One column takes as long as two: with so few, the latency of the multiply-adds or the loading of the weights dominates.
    private const int LeastColumns = 2;

    /// <summary>Members that get a share.</summary>
    public int Members => PanelGroups * ColumnGroups;

    /// <summary>Returns the cheapest division.</summary>
    /// <param name="members">Members at most.</param>
    /// <param name="panels">Panels of the output.</param>
    /// <param name="columns">Columns of the output.</param>
    /// <param name="wait">
    /// The cost of the members of a column group waiting for each other after such an output, in the time of one panel by one column; 0
    /// if they do not wait.
    /// </param>
    /// <param name="load">The cost for a column group to load a panel's weights, in the same unit; 0 if they are in the cache.</param>
    public static TeamGrid For(int members, int panels, int columns, double wait, double load = 0)
    {
        var best = new TeamGrid(1, 1);
        if (members <= 1) return best;
        double lowest = double.PositiveInfinity;
        for (int rows = 1; rows <= Math.Min(members, panels); rows++)
        {
            int groups = Math.Clamp(members / rows, 1, Math.Max(1, columns));
            double cost = (double)Most(panels, rows) * (Math.Max(Most(columns, groups), LeastColumns) + load) + (rows > 1 ? wait : 0);
            if (cost >= lowest) continue;
            lowest = cost;
            best = new TeamGrid(rows, groups);
        }

        return best;
    }

    /// <summary>Returns a member's rectangle of an output after which nobody waits.</summary>
    public static Share Share(TeamMember me, int panels, int columns) => For(me.Count, panels, columns, wait: 0).Of(me.Rank, panels, columns);

    /// <summary>Returns a member's rectangle, which is empty if there are more members than the grid has places.</summary>
    public Share Of(int rank, int panels, int columns)
    {
        if (rank >= Members) return default;
        int row = rank % PanelGroups;
        int group = rank / PanelGroups;
        return new Share(Part(panels, row, PanelGroups), Part(panels, row + 1, PanelGroups), Part(columns, group, ColumnGroups), Part(columns, group + 1, ColumnGroups));
    }

    /// <summary>Waits for the other members of the column group.</summary>
    /// <param name="me">The member.</param>
    /// <param name="panels">Panels of the output.</param>
    /// <param name="share">The member's rectangle.</param>
    /// <returns>
    /// The member's rectangle from now on: the same, unless the group disbands. Then its first member gets all panels and the others none.
    /// </returns>
    public Share Wait(TeamMember me, int panels, Share share)
    {
        if (me.Rank >= Members || me.WaitForGroup(me.Rank / PanelGroups, PanelGroups)) return share;
        return me.Rank % PanelGroups == 0 ? share with { FirstPanel = 0, EndPanel = panels } : default;
    }

    private static int Part(int whole, int index, int parts) => (int)((long)whole * index / parts);

    private static int Most(int whole, int parts) => (whole + parts - 1) / parts;
}
