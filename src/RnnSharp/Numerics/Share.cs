namespace RnnSharp.Numerics;

/// <summary>A rectangle of a product's output: some of its panels of rows by some of its columns.</summary>
/// <param name="FirstPanel">The first panel.</param>
/// <param name="EndPanel">The panel after the last.</param>
/// <param name="FirstColumn">The first column.</param>
/// <param name="EndColumn">The column after the last.</param>
internal readonly record struct Share(int FirstPanel, int EndPanel, int FirstColumn, int EndColumn);

/// <summary>
/// How a team divides an output of panels by columns: into groups of columns, and each of these into groups of panels. Every element
/// is computed by one member in one order of summation, so that the division changes no bit of it.
/// </summary>
internal readonly record struct TeamGrid(int PanelGroups, int ColumnGroups)
{
    // With one column nothing but the latency of the multiply-adds or the reading of the weights shows, as it does with two.
    private const int LeastColumns = 2;

    public int Members => PanelGroups * ColumnGroups;

    /// <summary>The cheapest division for up to so many members.</summary>
    /// <param name="members">Members at most.</param>
    /// <param name="panels">Panels of the output.</param>
    /// <param name="columns">Columns of the output.</param>
    /// <param name="wait">
    /// What the members of a column group lose when they wait for each other after such an output, in the time of one panel by one
    /// column; 0 where nobody waits.
    /// </param>
    /// <param name="load">What it takes a column group to bring a panel's weights in, in the same time; 0 where they are at hand.</param>
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

    /// <summary>A member's rectangle of an output at whose end nobody waits.</summary>
    public static Share Share(TeamMember me, int panels, int columns) => For(me.Count, panels, columns, wait: 0).Of(me.Rank, panels, columns);

    /// <summary>Waits for the other members of a column group; a member that the grid has no place for has none.</summary>
    public void Wait(TeamMember me)
    {
        if (me.Rank < Members) me.WaitForGroup(me.Rank / PanelGroups, PanelGroups);
    }

    /// <summary>A member's rectangle; empty for a member that the grid has no place for.</summary>
    public Share Of(int rank, int panels, int columns)
    {
        if (rank >= Members) return default;
        int row = rank % PanelGroups;
        int group = rank / PanelGroups;
        return new Share(Part(panels, row, PanelGroups), Part(panels, row + 1, PanelGroups), Part(columns, group, ColumnGroups), Part(columns, group + 1, ColumnGroups));
    }

    private static int Part(int whole, int index, int parts) => (int)((long)whole * index / parts);

    private static int Most(int whole, int parts) => (whole + parts - 1) / parts;
}
