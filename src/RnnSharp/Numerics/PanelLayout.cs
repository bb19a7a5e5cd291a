using System.Numerics;

namespace RnnSharp.Numerics;

/// <summary>
/// How the rows of a weight matrix, stacked in blocks of <see cref="Units"/> rows (one block a gate), lie in panels: panel p holds
/// [slot][unit vector][lane], where slot s is a gate and the vectors are consecutive units. Either there is one slot with up to 4
/// vectors of units, or several slots with one vector of units each: the gates of a unit stand side by side.
/// Rows past the last unit are zero.
/// </summary>
internal sealed class PanelLayout
{
    private readonly int[] _rowBlocks;

    /// <param name="units">Rows a block.</param>
    /// <param name="lane">Elements a vector.</param>
    /// <param name="unitVectors">Vectors of units a panel.</param>
    /// <param name="rowBlocks">For each slot the block of rows that it shows.</param>
    public PanelLayout(int units, int lane, int unitVectors, params int[] rowBlocks)
    {
        Units = units;
        Lane = lane;
        UnitVectors = unitVectors;
        _rowBlocks = rowBlocks;
        Vectors = rowBlocks.Length * unitVectors;
        Width = Vectors * lane;
        Panels = (units + unitVectors * lane - 1) / (unitVectors * lane);
    }

    public int Units { get; }

    public int Lane { get; }

    public int UnitVectors { get; }

    public int Slots => _rowBlocks.Length;

    public int Vectors { get; }

    /// <summary>Elements of a panel for one index k.</summary>
    public int Width { get; }

    public int Panels { get; }

    /// <summary>A one-slot layout with the number of vectors a panel that makes a product over it cheapest.</summary>
    public static PanelLayout ForRows(int rows, int lane)
    {
        int needed = (rows + lane - 1) / lane;
        int best = 1;
        for (int vectors = 2; vectors <= 4; vectors++)
        {
            if (Cost(vectors) <= Cost(best)) best = vectors;
        }

        return new PanelLayout(rows, lane, best, 0);

        // A step of k costs a panel its multiply-adds, and about one vector's worth for the loads that its columns share.
        int Cost(int vectors) => (needed + vectors - 1) / vectors * (vectors + 1);
    }

    /// <summary>Refuses a matrix of so many columns whose packed form, or that of its transpose, no array holds.</summary>
    public void CheckPacked<T>(int columns, PanelLayout transposed, string name)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        long rows = (long)Panels * Width;
        Check.ArrayLength(rows * Math.Max(columns, transposed.Panels * (long)transposed.Width) + AlignedBuffer<T>.Slack, name);
    }

    /// <summary>The first row in the matrix of a panel's vector, and how many of its lane are rows at all.</summary>
    public int Row(int panel, int vector, out int count)
    {
        int unit = (panel * UnitVectors + vector % UnitVectors) * Lane;
        count = Math.Clamp(Units - unit, 0, Lane);
        return _rowBlocks[vector / UnitVectors] * Units + unit;
    }
}
