using System.Numerics;

namespace RnnSharp.Numerics;

/// <summary>
/// How a weight matrix is arranged in packed panels. Its rows are stacked in blocks of <see cref="Units"/> rows, one block per gate. Panel p
/// holds [slot][unit vector][lane], where a slot is a gate and the vectors cover consecutive units. There is either one slot with up to 4
/// vectors of units, or several slots with one vector each, so that the gates of a unit are side by side. Rows past the last unit are zero.
/// </summary>
internal sealed class PanelLayout
{
    private readonly int[] _rowBlocks;

    /// <param name="units">Rows of a block.</param>
    /// <param name="vectorLength">Elements of a vector.</param>
    /// <param name="unitVectors">Vectors of units per panel.</param>
    /// <param name="rowBlocks">The block of rows that each slot holds.</param>
    public PanelLayout(int units, int vectorLength, int unitVectors, params int[] rowBlocks)
    {
        Units = units;
        VectorLength = vectorLength;
        UnitVectors = unitVectors;
        _rowBlocks = rowBlocks;
        Vectors = rowBlocks.Length * unitVectors;
        Width = Vectors * vectorLength;
        Panels = (units + unitVectors * vectorLength - 1) / (unitVectors * vectorLength);
        int needed = (units + vectorLength - 1) / vectorLength;
        LastVectors = rowBlocks.Length > 1 ? Vectors : needed - (Panels - 1) * unitVectors;
        LastUnits = units - (Panels - 1) * unitVectors * vectorLength;
        FoldedVectors = (rowBlocks.Length * LastUnits + vectorLength - 1) / vectorLength;
    }

    public readonly int Units;

    public readonly int VectorLength;

    public readonly int UnitVectors;

    public int Slots => _rowBlocks.Length;

    public readonly int Vectors;

    /// <summary>Elements of a panel for one index k.</summary>
    public readonly int Width;

    public readonly int Panels;

    /// <summary>Vectors of the last panel that contain rows. With one slot, these may be fewer than <see cref="Vectors"/>.</summary>
    public readonly int LastVectors;

    /// <summary>Units of the last panel.</summary>
    public readonly int LastUnits;

    /// <summary>Vectors that hold the rows of the last panel without padding between the slots: [slot][unit of the panel].</summary>
    public readonly int FoldedVectors;

    /// <summary>Elements of the folded last panel for one index k.</summary>
    public int FoldedWidth => FoldedVectors * VectorLength;

    /// <summary>Rows that the panels hold: what a product with the transposed matrix sums over.</summary>
    public int Rows => Slots * Units;

    /// <summary>Creates a one-slot layout with the number of vectors per panel that makes products cheapest.</summary>
    public static PanelLayout ForRows(int rows, int vectorLength)
    {
        int needed = (rows + vectorLength - 1) / vectorLength;
        int best = 1;
        for (int vectors = 2; vectors <= 4; vectors++)
        {
            if (Cost(vectors) <= Cost(best)) best = vectors;
        }

        return new PanelLayout(rows, vectorLength, best, 0);

        // Each k costs a panel one multiply-add per vector that contains rows, and about one more for the loads that its columns share.
        int Cost(int vectors) => needed + (needed + vectors - 1) / vectors;
    }

    /// <summary>The vectors of a panel that contain rows; a product need not compute the others.</summary>
    public int VectorsIn(int panel) => panel == Panels - 1 ? LastVectors : Vectors;

    /// <summary>Throws if the packed form of a matrix with the given columns, or of its transpose, would exceed the length of an array.</summary>
    public void CheckPacked<T>(int columns, PanelLayout transposed, string name)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        long rows = (long)Panels * Width;
        Check.ArrayLength(rows * Math.Max(columns, transposed.Panels * (long)transposed.Width) + AlignedBuffer<T>.Slack, name);
    }

    /// <summary>Returns the matrix row of the first element of a panel's vector, and how many of its elements are rows.</summary>
    public int Row(int panel, int vector, out int count)
    {
        int unit = (panel * UnitVectors + vector % UnitVectors) * VectorLength;
        count = Math.Clamp(Units - unit, 0, VectorLength);
        return _rowBlocks[vector / UnitVectors] * Units + unit;
    }
}
