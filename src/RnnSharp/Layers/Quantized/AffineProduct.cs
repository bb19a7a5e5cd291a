using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>y = W x + b for columns of x, with a quantized W.</summary>
/// <param name="weights">A matrix of one block.</param>
/// <param name="bias">Padded to whole panels; null without a bias.</param>
internal sealed unsafe class AffineProduct(QuantizedMatrix weights, PaddedVector? bias)
{
    // 4 columns of 4 vectors of 512 bits.
    private const int TileLength = 256;

    /// <summary>Computes columns of features, on as many threads as they are worth.</summary>
    /// <param name="x">[column][input].</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="y">[column][output].</param>
    /// <param name="buffer">Scratch memory.</param>
    public void Run(float* x, int columns, float* y, ActivationBuffer buffer)
    {
        var work = new Work { Product = this, Activations = weights.Prepare(x, columns, buffer), Columns = columns, Output = y };
        double cycles = weights.Cycles * columns;
        Team.Share(ref work, int.MaxValue, cycles);
    }

    /// <summary>Computes columns of tokens.</summary>
    public void Pick(ReadOnlySpan<int> tokens, Span<float> y)
    {
        PanelLayout layout = weights.Layout;
        float* tile = stackalloc float[TileLength];
        for (int p = 0; p < layout.Panels; p++)
        {
            for (int j = 0; j < tokens.Length; j++)
            {
                Begin(tile, p, 1);
                if ((uint)tokens[j] < (uint)weights.Columns) weights.AddColumn(p, tokens[j], tile);
                int count = Math.Min(layout.Width, layout.Units - p * layout.Width);
                new ReadOnlySpan<float>(tile, count).CopyTo(y.Slice(j * weights.Rows + p * layout.Width, count));
            }
        }
    }

    private void Begin(float* tile, int panel, int columns)
    {
        int width = weights.Layout.Width;
        for (int j = 0; j < columns; j++)
        {
            if (bias is null) new Span<float>(tile + j * width, width).Clear();
            else new ReadOnlySpan<float>(bias.Pointer + (nint)panel * width, width).CopyTo(new Span<float>(tile + j * width, width));
        }
    }

    private void Run(in Work work, TeamMember member)
    {
        PanelLayout layout = weights.Layout;
        Share share = TeamGrid.Share(member, layout.Panels, work.Columns);
        float* tile = stackalloc float[TileLength];
        for (int p = share.FirstPanel; p < share.EndPanel; p++)
        {
            int row = p * layout.Width, count = Math.Min(layout.Width, layout.Units - row);
            for (int column = share.FirstColumn, block; column < share.EndColumn; column += block)
            {
                block = ColumnBlock.Next(share.EndColumn - column, weights.MostColumns);
                Begin(tile, p, block);
                weights.Multiply(p, work.Activations, column, block, tile, layout.Width);
                for (int j = 0; j < block; j++) new ReadOnlySpan<float>(tile + j * layout.Width, count).CopyTo(new Span<float>(work.Output + (nint)(column + j) * layout.Units + row, count));
            }
        }
    }

    private struct Work : ITeamWork
    {
        public AffineProduct Product;
        public ActivationWords Activations;
        public int Columns;
        public float* Output;

        public readonly void Run(TeamMember member) => Product.Run(this, member);
    }
}

/// <summary>How columns are divided into those of a kernel's calls.</summary>
internal static class ColumnBlock
{
    /// <summary>The columns of the next call: 4, 2 or 1, of which the processor may not have registers for 4.</summary>
    public static int Next(int left, int most) => left >= 4 && most >= 4 ? 4 : left >= 2 ? 2 : 1;
}
