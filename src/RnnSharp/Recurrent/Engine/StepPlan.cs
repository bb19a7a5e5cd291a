using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// Estimates the cost of a call and decides how to divide it: among the members of a team, into blocks of time steps in Backward, and into
/// groups of steps whose input products are computed ahead. None of this affects the results, except for the blocks in which gradients are
/// summed (<see cref="ColumnSum"/>), which depend on the sizes alone.
/// </summary>
/// <param name="layouts">The layer's sizes.</param>
/// <param name="wholeExamples">Whether a member always processes whole examples with all their units, so that it never waits for another.</param>
/// <param name="checkpointSteps"><see cref="RecurrentOptions.CheckpointSteps"/>.</param>
internal sealed class StepPlan<T>(StepLayouts<T> layouts, bool wholeExamples, int? checkpointSteps)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // The size of a block of gate gradients: bytes to aim for, and the least and most columns.
    private const long BlockBytes = 4 << 20;
    private const int MinBlockColumns = 256;
    private const int MaxBlockColumns = 1024;

    // Columns of input products computed ahead: whole tiles at every vector width, and few enough to stay in the cache.
    private const int MaxAheadColumns = 12;

    // The cost of waiting for the other members once per time step.
    private const double WaitCycles = 1500;

    // Weights that exceed the L2 cache are loaded from farther away at every step, which costs as much as a few columns of the product.
    private const double NearBytes = 768 << 10;
    private const double LoadColumns = 8;

    private readonly PanelKernels<T> _kernels = PanelKernels<T>.Instance;

    /// <summary>Whether the tape may hold less than all steps.</summary>
    public bool HasCheckpoints => checkpointSteps is not null;

    private int RecurrentSize => layouts.Spec.HasRecurrentWeights ? layouts.StateSize : 0;

    /// <summary>Multiply-adds of one example in one step; the equations count as 64 a unit.</summary>
    private long MultiplyAdds => (long)layouts.HiddenSize * (layouts.Gates * ((long)layouts.InputSize + RecurrentSize) + 64);

    /// <summary>The estimated cycles of forward steps with a total of some columns on one thread.</summary>
    public double ForwardCycles(int columns) => _kernels.Cycles((double)MultiplyAdds * columns);

    /// <summary>The estimated cycles of backward steps with a total of some columns on one thread.</summary>
    public double BackwardCycles(int columns) => _kernels.Cycles(2.0 * MultiplyAdds * columns);

    /// <summary>How a team divides a forward step.</summary>
    public TeamGrid ForwardGrid(int members, int batch) => Grid(members, layouts.Sums, batch);

    /// <summary>How a team divides a backward step.</summary>
    public TeamGrid BackwardGrid(int members, int batch) => Grid(members, layouts.HiddenTransposed, batch);

    /// <summary>The number of steps whose input products are computed together; 0 if the batch is large enough to compute them step by step.</summary>
    public int AheadSteps(int batch) => !wholeExamples && 2 * batch <= _kernels.TileColumns(layouts.Input.Vectors) ? MaxAheadColumns / batch : 0;

    /// <summary>The most columns whose input products are computed together; 0 if they never are.</summary>
    public int AheadColumns(int batch, bool isRagged) => wholeExamples ? 0 : isRagged ? MaxAheadColumns : AheadSteps(batch) * batch;

    /// <summary>The most columns whose input is read together in a ragged batch.</summary>
    public int WindowColumns(int batch) => Math.Max(batch, AheadColumns(batch, isRagged: true));

    /// <summary>The number of steps whose gate gradients are held at once: enough for the weight gradients to be long products, few enough to stay in the cache.</summary>
    public int BlockSteps(int batch, int steps)
    {
        int maxSteps = Math.Max(1, BlockColumns / batch);
        int blocks = Math.Max(1, (steps + maxSteps - 1) / maxSteps);
        return (steps + blocks - 1) / blocks;
    }

    /// <summary>The most columns whose gate gradients are held at once.</summary>
    public int BlockLength(in ColumnMap columns) => columns.IsPacked
        ? (int)Math.Min(columns.Count, Math.Max(BlockColumns, (long)columns.Batch))
        : BlockSteps(columns.Batch, columns.Steps) * columns.Batch;

    /// <summary>The first step of the block that ends before a step.</summary>
    public int FirstOfBlock(in ColumnMap columns, int end)
    {
        if (!columns.IsPacked) return Math.Max(0, end - BlockSteps(columns.Batch, columns.Steps));
        int first = end, length = BlockLength(columns);
        while (first > 0 && columns.First(end) - columns.First(first - 1) <= length) first--;
        return first;
    }

    /// <summary>The first step of the segment that ends before a step: whole blocks, of at least the steps that the options ask for.</summary>
    public int FirstOfSegment(in ColumnMap columns, int end)
    {
        if (checkpointSteps is not { } asked) return 0;
        int first = end, least = LeastSteps(asked, columns.Steps);
        do first = FirstOfBlock(columns, first);
        while (first > 0 && end - first < least);
        return first;
    }

    /// <summary>The segments of a call without lengths, and the steps of the longest.</summary>
    public (int Segments, int Steps) Segments(int batch, int steps)
    {
        if (checkpointSteps is not { } asked || steps == 0) return (1, steps);
        int block = BlockSteps(batch, steps), least = LeastSteps(asked, steps);
        long segment = Math.Min(steps, ((least - 1L) / block + 1) * block);
        return ((int)((steps + segment - 1) / segment), (int)segment);
    }

    /// <summary>The least steps of a segment; automatically about the root of all steps, so that states before segments and a segment's tape take about as much memory.</summary>
    private static int LeastSteps(int asked, int steps) => asked == 0 ? (int)Math.Ceiling(Math.Sqrt(steps)) : asked;

    private unsafe int BlockColumns => (int)Math.Clamp(BlockBytes / (layouts.SumLength * sizeof(T)), MinBlockColumns, MaxBlockColumns);

    private unsafe TeamGrid Grid(int members, PanelLayout layout, int batch)
    {
        if (members <= 1) return new TeamGrid(1, 1);
        if (wholeExamples) return TeamGrid.For(members, 1, batch, wait: 0);
        double tile = _kernels.Cycles((double)MultiplyAdds) / layout.Panels;
        bool distant = (double)layouts.Gates * layouts.HiddenSize * (layouts.InputSize + RecurrentSize) * sizeof(T) > NearBytes;
        return TeamGrid.For(members, layout.Panels, batch, wait: WaitCycles / tile, load: distant ? LoadColumns : 0);
    }
}
