using System.Numerics;

namespace RnnSharp.Numerics;

/// <summary>Products with packed panels, for callers that do not know the vector width. One instance per element type serves all threads.</summary>
internal abstract unsafe class PanelKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // The cycles that packing takes per element, in place and transposed.
    private const double PackCycles = 1;
    private const double TransposeCycles = 2;

    /// <summary>The kernels for this processor's vectors.</summary>
    public static PanelKernels<T> Instance { get; } = VectorDispatch.Invoke<T, Factory, PanelKernels<T>>(default);

    /// <summary>The elements of a vector.</summary>
    public abstract int VectorLength { get; }

    /// <summary>The most columns of a tile whose panels have the given number of vectors.</summary>
    public abstract int TileColumns(int vectors);

    /// <summary>The scratch elements that <see cref="Product"/> needs to gather the given number of columns with the given number of indices k.</summary>
    public abstract int GatherLength(int columns, int depth);

    /// <summary>The cycles that the given number of multiply-adds takes at best.</summary>
    public double Cycles(double multiplyAdds) => multiplyAdds / (2 * VectorLength);

    /// <summary>
    /// target[column][row] = start[row] + Σ over k of panels[row, k] · columns[k, column] for the rows that the layout shows and the
    /// columns of a share. Used for the affine maps of layers and for weight gradients.
    /// </summary>
    /// <param name="layout">Which row of the target each vector of a panel is.</param>
    /// <param name="rows">Rows of the target.</param>
    /// <param name="panels">[panel][k][vector][lane].</param>
    /// <param name="start">[panel][vector][lane], or null for zero.</param>
    /// <param name="columns">The other operand.</param>
    /// <param name="share">The panels and columns to compute.</param>
    /// <param name="target">[column][row], column-major.</param>
    /// <param name="add">Whether the sum starts from the target's values instead of <paramref name="start"/>.</param>
    /// <param name="gathered">Scratch of <see cref="GatherLength"/> elements, for interleaved columns.</param>
    /// <param name="inBlocks">Whether each block of k is summed by itself and then added to what the target holds (<see cref="ColumnSum"/>), and not in one chain.</param>
    public abstract void Product(PanelLayout layout, int rows, in PanelSide<T> panels, T* start, in ColumnSide<T> columns, Share share, T* target, bool add, T* gathered = null, bool inBlocks = false);

    /// <summary>Computes <see cref="Product"/> over all panels and columns, with a team if it is worth one. Columns are not gathered.</summary>
    public void ProductTogether(PanelLayout layout, int rows, in PanelSide<T> panels, T* start, in ColumnSide<T> columns, int columnCount, T* target)
    {
        double cycles = Cycles((double)layout.Panels * layout.Width * columns.Count * columnCount);
        var work = new ProductWork { Kernels = this, Layout = layout, Rows = rows, Panels = panels, Start = start, Columns = columns, ColumnCount = columnCount, Target = target };
        Team.Run(ref work, TeamGrid.For(Team.SizeFor(cycles), layout.Panels, columnCount, wait: 0).Members, cycles);
    }

    /// <summary>
    /// target[token of column][row] += panels[row, column], column ascending: <see cref="Product"/> with one-hot columns, or
    /// zero columns for tokens outside 0 to <paramref name="features"/> - 1.
    /// </summary>
    public abstract void AddToTokens(PanelLayout layout, int rows, in PanelSide<T> panels, ReadOnlySpan<int> tokens, int features, int firstPanel, int endPanel, T* target, bool inBlocks = false);

    /// <summary>Computes a member's share of the gradient of the input weights: a product for features, or a sum for tokens.</summary>
    /// <param name="member">The member.</param>
    /// <param name="layout">Which row of the target each vector of a panel is.</param>
    /// <param name="rows">Rows of the target.</param>
    /// <param name="panels">The gradients of the outputs: [panel][column][vector][lane].</param>
    /// <param name="data">[column][feature], or null for tokens.</param>
    /// <param name="tokens">[column], or null for features.</param>
    /// <param name="columns">Examples times steps.</param>
    /// <param name="features">Columns of the target.</param>
    /// <param name="target">[feature][row], column-major; tokens always add to it.</param>
    /// <param name="add">Whether features add to the target.</param>
    /// <param name="gathered">Scratch of <see cref="GatherLength"/> elements.</param>
    /// <param name="inBlocks">Whether the columns are summed in blocks.</param>
    public void InputWeightGradient(TeamMember member, PanelLayout layout, int rows, in PanelSide<T> panels, T* data, int* tokens, int columns, int features, T* target, bool add, T* gathered, bool inBlocks)
    {
        if (tokens == null)
        {
            Product(layout, rows, panels, null, new ColumnSide<T>(data, columns, features, 1), TeamGrid.Share(member, layout.Panels, features), target, add, gathered, inBlocks);
            return;
        }

        Share share = TeamGrid.Share(member, layout.Panels, 1);
        AddToTokens(layout, rows, panels, new ReadOnlySpan<int>(tokens, columns), features, share.FirstPanel, share.EndPanel, target, inBlocks);
    }

    /// <summary>Computes a member's share of the gradient of a bias, [row]: the sum over the columns, as a product with ones.</summary>
    public void BiasGradient(TeamMember member, PanelLayout layout, int rows, in PanelSide<T> panels, int columns, T* target, bool add, bool inBlocks)
    {
        T one = T.One;
        Product(layout, rows, panels, null, new ColumnSide<T>(&one, columns, 0, 0), TeamGrid.Share(member, layout.Panels, 1), target, add, inBlocks: inBlocks);
    }

    /// <summary>Packs panels of a column-major matrix [columns][rows] as [panel][column][slot][unit vector][lane].</summary>
    /// <param name="layout">Which row each vector of a panel is.</param>
    /// <param name="matrix">The matrix.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="packed">Receives the panels, from panel 0 on.</param>
    /// <param name="firstPanel">The first panel to pack.</param>
    /// <param name="endPanel">The panel after the last.</param>
    public abstract void Pack(PanelLayout layout, T* matrix, int rows, int columns, T* packed, int firstPanel, int endPanel);

    /// <summary>Packs a whole matrix, with a team if it is worth one.</summary>
    public void Pack(PanelLayout layout, ReadOnlySpan<T> matrix, int rows, int columns, T* packed)
    {
        fixed (T* source = matrix)
        {
            double cycles = PackCycles * layout.Panels * layout.Width * columns;
            var work = new PackWork { Kernels = this, Layout = layout, Matrix = source, Rows = rows, Columns = columns, Packed = packed };
            Team.Share(ref work, layout.Panels, cycles);
        }
    }

    /// <summary>Packs the rows of the last panel without padding between the slots: [column][slot][unit], each column padded with zeros to whole vectors.</summary>
    public static void PackFolded(PanelLayout layout, ReadOnlySpan<T> matrix, int rows, int columns, T* packed)
    {
        int units = layout.LastUnits, width = layout.FoldedWidth;
        for (int column = 0; column < columns; column++, packed += width)
        {
            var target = new Span<T>(packed, width);
            for (int slot = 0; slot < layout.Slots; slot++)
                matrix.Slice(column * rows + layout.Row(layout.Panels - 1, slot * layout.UnitVectors, out _), units).CopyTo(target[(slot * units)..]);
            target[(layout.Slots * units)..].Clear();
        }
    }

    /// <summary>
    /// Packs the transpose of a column-major matrix [columns][rows] into <paramref name="target"/>'s panels, whose rows are the
    /// matrix's columns: [target panel][layout's slot][its unit][target vector][target lane]. The index k of the product then runs over
    /// the units of one slot after the other.
    /// </summary>
    public static void PackTransposed(PanelLayout layout, ReadOnlySpan<T> matrix, int rows, PanelLayout target, T* packed)
    {
        fixed (T* source = matrix)
        {
            double cycles = TransposeCycles * layout.Rows * target.Panels * target.Width;
            var work = new TransposeWork { Layout = layout, Matrix = source, Rows = rows, Target = target, Packed = packed };
            Team.Share(ref work, target.Panels, cycles);
        }
    }

    private struct ProductWork : ITeamWork
    {
        public PanelKernels<T> Kernels;
        public PanelLayout Layout;
        public int Rows;
        public PanelSide<T> Panels;
        public T* Start;
        public ColumnSide<T> Columns;
        public int ColumnCount;
        public T* Target;

        public readonly void Run(TeamMember member) => Kernels.Product(Layout, Rows, Panels, Start, Columns, TeamGrid.Share(member, Layout.Panels, ColumnCount), Target, add: false);
    }

    private struct PackWork : ITeamWork
    {
        public PanelKernels<T> Kernels;
        public PanelLayout Layout;
        public T* Matrix;
        public int Rows;
        public int Columns;
        public T* Packed;

        public readonly void Run(TeamMember member)
        {
            Share share = TeamGrid.Share(member, Layout.Panels, 1);
            Kernels.Pack(Layout, Matrix, Rows, Columns, Packed, share.FirstPanel, share.EndPanel);
        }
    }

    private struct TransposeWork : ITeamWork
    {
        public PanelLayout Layout;
        public T* Matrix;
        public int Rows;
        public PanelLayout Target;
        public T* Packed;

        public readonly void Run(TeamMember member)
        {
            int width = Target.Width, units = Layout.Units;
            Share share = TeamGrid.Share(member, Target.Panels, 1);
            T* to = Packed + (nint)share.FirstPanel * Layout.Rows * width;
            for (int q = share.FirstPanel; q < share.EndPanel; q++)
            {
                int columns = Math.Min(width, Target.Units - q * width);
                for (int slot = 0; slot < Layout.Slots; slot++, to += (nint)units * width)
                {
                    if (columns < width) new Span<T>(to, units * width).Clear();
                    Transposition.Transpose(Matrix + (nint)q * width * Rows + Layout.Row(0, slot * Layout.UnitVectors, out _), Rows, to, width, columns, units);
                }
            }
        }
    }

    private readonly struct Factory : IVectorFunction<T, PanelKernels<T>>
    {
        public PanelKernels<T> Invoke<TVector>()
            where TVector : unmanaged, IKernelVector<TVector, T> => new VectorPanelKernels<T, TVector>();
    }
}
