namespace RnnSharp.Numerics;

/// <summary>
/// How a team divides an output of panels by columns: into groups of columns, and each of these into groups of panels. Each element is
/// computed by one member in a fixed order of summation, so the division does not affect the result.
/// </summary>
internal readonly record struct TeamGrid(int PanelGroups, int ColumnGroups)
{
    // One column takes as long as two: with so few, the latency of the multiply-adds or the loading of the weights dominates the cost.
    private const int MinColumns = 2;

    /// <summary>The members that get a share.</summary>
    public int Members => PanelGroups * ColumnGroups;

    /// <summary>Returns the cheapest division.</summary>
    /// <param name="members">The most members.</param>
    /// <param name="panels">Panels of the output.</param>
    /// <param name="columns">Columns of the output.</param>
    /// <param name="wait">
    /// The cost of the wait of a column group's members for each other after the output, in units of the time of one panel by one column; 0
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
            double cost = (double)LargestPart(panels, rows) * (Math.Max(LargestPart(columns, groups), MinColumns) + load) + (rows > 1 ? wait : 0);
            if (cost >= lowest) continue;
            lowest = cost;
            best = new TeamGrid(rows, groups);
        }

        return best;
    }

    /// <summary>Returns a member's share of an output after which members do not wait for each other.</summary>
    public static Share Share(TeamMember member, int panels, int columns) => For(member.Count, panels, columns, wait: 0).Of(member.Rank, panels, columns);

    /// <summary>Returns a member's share, which is empty if the grid has fewer shares than there are members.</summary>
    public Share Of(int rank, int panels, int columns)
    {
        if (rank >= Members) return default;
        int row = rank % PanelGroups;
        int group = rank / PanelGroups;
        return new Share(Part(panels, row, PanelGroups), Part(panels, row + 1, PanelGroups), Part(columns, group, ColumnGroups), Part(columns, group + 1, ColumnGroups));
    }

    /// <summary>Waits for the other members of the column group.</summary>
    /// <param name="member">The member.</param>
    /// <param name="panels">Panels of the output.</param>
    /// <param name="share">The member's share.</param>
    /// <returns>
    /// The member's share from now on: the same, unless the group is disbanded. Then its first member gets all panels and the others none.
    /// </returns>
    public Share Wait(TeamMember member, int panels, Share share)
    {
        if (member.Rank >= Members || member.WaitForGroup(member.Rank / PanelGroups, PanelGroups)) return share;
        return member.Rank % PanelGroups == 0 ? share with { FirstPanel = 0, EndPanel = panels } : default;
    }

    private static int Part(int whole, int index, int parts) => (int)((long)whole * index / parts);

    private static int LargestPart(int whole, int parts) => (whole + parts - 1) / parts;
}
