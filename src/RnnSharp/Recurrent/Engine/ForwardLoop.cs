using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>The loop of Forward, Predict and Step over time: which columns a member of a team computes at each step, and what the step reads and writes.</summary>
internal sealed unsafe class ForwardLoop<T>(StepContext<T> context, IRecurrentStep<T> step)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly StepLayouts<T> _layouts = context.Layouts;
    private readonly StepPlan<T> _plan = context.Plan;
    private readonly EngineBuffers<T> _buffers = context.Buffers;

    private bool HasCell => _layouts.Spec.HasCellState;

    /// <summary>Points the work at memory for columns in order, if their places in the output are others.</summary>
    public void PrepareOrdered(ref ForwardWork<T> work, WorkMemory<T> memory, IntegerBuffer tokens)
    {
        work.OrderedHidden = memory[_buffers.OrderedHidden];
        if (work.OrderedHidden == null) return;
        work.First.Output = work.OrderedHidden;
        if (!work.Columns.IsPacked) return;
        work.WindowColumns = _plan.WindowColumns(work.Columns.Batch);
        work.OrderedInput = memory[_buffers.OrderedInput];
        work.OrderedTokens = work.Tokens == null ? null : tokens.Require(2L * work.WindowColumns);
    }

    public void RunOnTeam(ref ForwardWork<T> work)
    {
        double cycles = _plan.ForwardCycles(work.Columns.Count);
        int members = Team.SizeFor(cycles);
        if (members > 1) members = _plan.ForwardGrid(members, work.Columns.Active(0)).Members;
        if (members == 1) Run(work, TeamMember.Alone);
        else Team.Run(ref work, members, cycles);
    }

    /// <summary>Runs one member's share of all steps. It is compiled optimized at once: a process that keeps its only processor busy would otherwise run unoptimized code for seconds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(in ForwardWork<T> work, TeamMember member)
    {
        ColumnMap columns = work.Columns;
        StepArguments<T> run = work.First;
        int panels = _layouts.Sums.Panels, hiddenSize = _layouts.HiddenSize;
        nint width = _layouts.Sums.Width;
        int active = columns.Active(0);
        TeamGrid grid = _plan.ForwardGrid(member.Count, active);
        Share share = grid.Of(member.Rank, panels, active);
        run.AheadPanel = _plan.AheadColumns(run.Batch, columns.IsPacked) * width;
        bool ahead = SumsAhead(run, active, grid), keepsCells = HasCell && run.HasTape;
        int windowColumns = active, windowSteps = WindowSteps(active, ahead), windowEnd = Math.Min(windowSteps, columns.Steps);
        if (columns.IsPacked)
        {
            GatherInput(work, 0, windowEnd, 0, share);
            if (!member.WaitForAll()) return;
            if (member.Count == 1) share = (grid = new TeamGrid(1, 1)).Of(member.Rank, panels, active);
        }

        for (int t = 0, window = 0, half = 0; t < columns.Steps; t++)
        {
            if (t == window)
            {
                if (columns.IsPacked) run.Input = work.OrderedInput + (nint)half * work.WindowColumns * _layouts.InputSize;
                if (columns.IsPacked && work.Tokens != null) run.Tokens = work.OrderedTokens + half * work.WindowColumns;
                if (ahead) step.SumInputsAhead(ref run, share, columns.First(windowEnd) - columns.First(t));
                run.Ahead = ahead ? run.AheadSums : null;
                window = windowEnd;
                half = 1 - half;
            }

            if (keepsCells)
            {
                int before = t == 0 ? 0 : columns.Batch + columns.First(t - 1), after = columns.Batch + columns.First(t);
                run.Cell = work.First.Cell + (nint)before * hiddenSize;
                run.CellStep = (nint)(after - before) * hiddenSize;
            }

            run.Step = t;
            if (run.HasTape) run.FirstColumn = columns.First(t);
            step.Forward(ref run, share);
            run.Backwards = !run.Backwards;
            if (columns.IsPacked && work.Output != null) ScatterOutput(work, run, share);
            if (t == columns.Steps - 1) return;
            int next = columns.Active(t + 1);
            bool isSame = next == active;
            TeamGrid nextGrid = isSame ? grid : _plan.ForwardGrid(member.Count, next);
            if (t + 1 == window)
            {
                if (next != windowColumns)
                {
                    ahead = SumsAhead(run, next, nextGrid);
                    windowSteps = WindowSteps(next, ahead);
                    windowColumns = next;
                }

                windowEnd = Math.Min(t + 1 + windowSteps, columns.Steps);

                // A member copies the columns that it has computed until now, so that it overwrites none that another still reads. Those of
                // several steps lie where other columns were.
                if (ahead && grid.ColumnGroups > 1)
                {
                    if (!member.WaitForAll()) return;
                    if (member.Count == 1) share = (grid = new TeamGrid(1, 1)).Of(member.Rank, panels, active);
                }

                if (columns.IsPacked) GatherInput(work, t + 1, windowEnd, half, share);
            }

            Advance(ref run, work, active);
            if (isSame)
            {
                share = grid.Wait(member, panels, share);
                continue;
            }

            // Members now compute other columns than before, so that all must have finished the step.
            if (!member.WaitForAll()) return;
            active = next;
            grid = member.Count == 1 ? new TeamGrid(1, 1) : nextGrid;
            share = grid.Of(member.Rank, panels, active);
        }
    }

    /// <summary>Moves from one step's columns to those of the next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Advance(ref StepArguments<T> run, in ForwardWork<T> work, int active)
    {
        if (run.Tokens == null) run.Input += (nint)active * _layouts.InputSize;
        else run.Tokens += active;
        run.Hidden = run.Output;
        nint state = (nint)_layouts.StateSize * run.Batch;
        if (work.OrderedHidden == null) run.Output += state;
        else run.Output = run.Output == work.OrderedHidden ? work.OrderedHidden + state : work.OrderedHidden;
        if (run.HasTape && run.Slots != null) run.Slots += (nint)active * _layouts.Sums.Width;
        if (run.Ahead != null) run.Ahead += (nint)active * _layouts.Sums.Width;
    }

    /// <summary>Whether the input products of the next few steps are computed together.</summary>
    private bool SumsAhead(in StepArguments<T> run, int active, TeamGrid grid) => run.AheadSums != null && grid.ColumnGroups == 1 && _plan.AheadSteps(active) > 0;

    /// <summary>The steps whose input is read together.</summary>
    private int WindowSteps(int active, bool ahead) => ahead ? _plan.AheadSteps(active) : 1;

    /// <summary>Copies a member's part of the input of a few steps of a ragged batch to the memory for columns in order.</summary>
    private void GatherInput(in ForwardWork<T> work, int t, int end, int half, Share share)
    {
        ColumnMap columns = work.Columns;
        nint to = (nint)half * work.WindowColumns;
        int panels = _layouts.Sums.Panels;
        for (; t < end; to += columns.Active(t), t++)
        {
            int first = Math.Min(share.FirstColumn, columns.Active(t)), count = Math.Min(share.EndColumn, columns.Active(t)) - first;
            for (int j = first + count * share.FirstPanel / panels; j < first + count * share.EndPanel / panels; j++)
            {
                nint from = (nint)t * columns.Batch + columns.Example(j);
                if (work.Tokens != null) work.OrderedTokens[to + j] = work.Tokens[from];
                else VectorMemory.Copy(work.Input + from * _layouts.InputSize, work.OrderedInput + (to + j) * _layouts.InputSize, _layouts.InputSize);
            }
        }
    }

    /// <summary>Copies a share of a step's h to the output.</summary>
    private void ScatterOutput(in ForwardWork<T> work, in StepArguments<T> run, Share share)
    {
        int stateSize = _layouts.StateSize;
        int firstUnit = _layouts.FirstUnit(_layouts.Sums, share.FirstPanel);
        int features = stateSize == _layouts.HiddenSize ? _layouts.FirstUnit(_layouts.Sums, share.EndPanel) - firstUnit : stateSize;
        for (int j = share.FirstColumn; j < share.EndColumn; j++)
            VectorMemory.Copy(run.Output + (nint)j * stateSize + firstUnit, work.Output + ((nint)run.Step * run.Batch + work.Columns.Example(j)) * stateSize + firstUnit, features);
    }
}
