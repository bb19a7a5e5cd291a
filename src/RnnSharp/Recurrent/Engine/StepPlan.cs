using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// What a call is worth and how it is divided: among the members of a team, into blocks of time steps backward, and into groups of
/// steps whose input products are computed ahead. None of this changes a bit of a result, but for the blocks of so many columns that
/// gradients are summed in blocks (<see cref="ColumnSum"/>); they depend on the sizes alone.
/// </summary>
/// <param name="layouts">The layer's sizes.</param>
/// <param name="wholeExamples">Whether a member always has whole examples and all their units, so that it never waits for another.</param>
internal sealed class StepPlan<T>(StepLayouts<T> layouts, bool wholeExamples)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Gate gradients held at a time: bytes, and columns at least and at most.
    private const long BlockBytes = 4 << 20;
    private const int LeastBlock = 256;
    private const int MostBlock = 1024;

    // Columns of input products computed ahead: whole tiles at every vector width, and few enough to stay in the cache.
    private const int AheadColumns = 12;

    // The cost of waiting for the other members in a time step.
    private const double WaitCycles = 1500;

    // Weights that do not fit a second-level cache are read from farther away at every step, which costs as much as some columns of the product.
    private const double NearBytes = 768 << 10;
    private const double LoadColumns = 8;

    private readonly PanelKernels<T> _kernels = PanelKernels<T>.Instance;

    private int RecurrentSize => layouts.Spec.HasRecurrentWeights ? layouts.StateSize : 0;

    /// <summary>Multiply-adds of one example in one step; the equations count as 64 a unit.</summary>
    private long MultiplyAdds => (long)layouts.HiddenSize * (layouts.Gates * ((long)layouts.InputSize + RecurrentSize) + 64);

    /// <summary>Cycles that some steps forward take one thread.</summary>
    public double ForwardCycles(int batch, int steps) => _kernels.Cycles((double)MultiplyAdds * batch * steps);

    /// <summary>Cycles that some steps backward take one thread.</summary>
    public double BackwardCycles(int batch, int steps) => _kernels.Cycles(2.0 * MultiplyAdds * batch * steps);

    /// <summary>How a team divides a step forward.</summary>
    public TeamGrid ForwardGrid(int members, int batch) => Grid(members, layouts.Sums, batch);

    /// <summary>How a team divides a step backward.</summary>
    public TeamGrid BackwardGrid(int members, int batch) => Grid(members, layouts.HiddenTransposed, batch);

    /// <summary>Steps whose input products are computed at a time; 0 where there are enough examples to compute them step by step.</summary>
    public int AheadSteps(int batch) => !wholeExamples && 2 * batch <= _kernels.TileColumns(layouts.Input.Vectors) ? AheadColumns / batch : 0;

    /// <summary>Steps whose gate gradients are held at a time: enough for the weight gradients to be long products, few enough to stay in the cache.</summary>
    public unsafe int BlockSteps(int batch, int steps)
    {
        long columnBytes = layouts.SumLength * sizeof(T);
        int most = Math.Max(1, (int)Math.Clamp(BlockBytes / columnBytes, LeastBlock, MostBlock) / batch);
        int blocks = Math.Max(1, (steps + most - 1) / most);
        return (steps + blocks - 1) / blocks;
    }

    private unsafe TeamGrid Grid(int members, PanelLayout layout, int batch)
    {
        if (members <= 1) return new TeamGrid(1, 1);
        if (wholeExamples) return TeamGrid.For(members, 1, batch, wait: 0);
        double tile = _kernels.Cycles((double)MultiplyAdds) / layout.Panels;
        bool distant = (double)layouts.Gates * layouts.HiddenSize * (layouts.InputSize + RecurrentSize) * sizeof(T) > NearBytes;
        return TeamGrid.For(members, layout.Panels, batch, wait: WaitCycles / tile, load: distant ? LoadColumns : 0);
    }
}
