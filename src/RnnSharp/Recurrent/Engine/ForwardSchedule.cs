using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>The forward loop over time: lengths, initial and final states, and what each step reads and writes. The work within a step is up to <see cref="IRecurrentStep{T}"/>.</summary>
internal sealed unsafe class ForwardSchedule<T>(StepContext<T> context, IRecurrentStep<T> step)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly StepLayouts<T> _layouts = context.Layouts;
    private readonly StepPlan<T> _plan = context.Plan;
    private readonly EngineBuffers<T> _buffers = context.Buffers;

    // A step whose sums stay in registers needs no memory without a tape.
    private readonly bool _needsMemory = context.Buffers.Slots.Use.HasFlag(BufferUse.Step);

    private bool HasCell => _layouts.Spec.HasCellState;

    /// <summary>Forward over a sequence, with a tape.</summary>
    public void Forward(RecurrentPass<T> pass, in CapturedInput<T> input, State<T>? initialState, PackedWeights<T> weights)
    {
        ColumnMap columns = pass.Order.Arrange(input);
        int batch = columns.Batch, width = _layouts.Sums.Width;
        int cellStep = HasCell ? _layouts.HiddenSize * batch : 0;
        WorkMemory<T> tape = pass.Tape;
        Span<T> output = ShapeOutputs(pass, input);
        CallShape call = ShapeOf(columns, input) with { KeepsSteps = true };
        context.Workspace.Require(BufferUse.Tape, call, tape);
        Span<T> cells = tape.Span(_buffers.Cells);
        SetInitial(tape.Span(_buffers.InitialHidden), initialState?.Leaves[0], columns);
        if (HasCell) SetInitial(cells[..cellStep], initialState?.Leaves[1], columns);
        pass.HasInitialState = initialState is not null;
        step.BeginForward(pass, call, columns);
        fixed (T* x = input.Values, y = output)
        fixed (int* tokens = input.Tokens)
        {
            var work = new ForwardWork<T>
            {
                Schedule = this,
                Columns = columns,
                Input = x,
                Tokens = input.IsTokens ? tokens : null,
                Output = y,
                First = new StepArguments<T>
                {
                    Weights = weights,
                    Memory = tape,
                    HasTape = true,
                    Batch = batch,
                    KeptColumns = columns.Count,
                    Slots = tape[_buffers.Slots],
                    SlotPanel = (nint)columns.Count * width,
                    Input = x,
                    Tokens = input.IsTokens ? tokens : null,
                    Hidden = tape[_buffers.InitialHidden],
                    Cell = tape[_buffers.Cells],
                    Output = y,
                    AheadSums = tape[_buffers.AheadSums],
                },
            };
            PrepareOrdered(ref work, tape, pass.Order.Tokens);
            RunOnTeam(ref work);
            GC.KeepAlive(pass);
        }

        ClearPadding(output, columns, input);
        Span<T> hidden = pass.FinalState.Leaves[0].ValuesFor(batch);
        columns.Restore<T>(tape.Span(_buffers.InitialHidden), hidden, _layouts.StateSize);
        CopyLastHidden(output, columns, input, hidden);
        if (!HasCell) return;
        Span<T> cell = pass.FinalState.Leaves[1].ValuesFor(batch);
        for (int j = 0; j < batch; j++)
            cells.Slice(CellColumn(columns, j, input.LengthOf(j)) * _layouts.HiddenSize, _layouts.HiddenSize).CopyTo(cell[(j * _layouts.HiddenSize)..]);
    }

    /// <summary>Forward without a tape; the state is updated.</summary>
    public void Predict(in CapturedInput<T> input, PackedWeights<T> weights, State<T> state, Sequence<T> output, RecurrentScratch<T> scratch)
    {
        ColumnMap columns = scratch.Order.Arrange(input);
        int batch = columns.Batch;
        WorkMemory<T> memory = scratch.Memory;
        Span<T> outputValues = output.ValuesFor(input.Shape with { Features = _layouts.StateSize });
        Span<T> hidden = state.Leaves[0].ValuesFor(batch), cell = HasCell ? state.Leaves[1].ValuesFor(batch) : default;
        RequireStep(scratch, batch);
        context.Workspace.Require(BufferUse.Predict, ShapeOf(columns, input), memory);
        Span<T> orderedCell = memory.Span(_buffers.OrderedCells);
        if (columns.IsPacked) columns.Order<T>(hidden, memory.Span(_buffers.InitialHidden), _layouts.StateSize);
        if (columns.IsPacked && HasCell) columns.Order<T>(cell, orderedCell, _layouts.HiddenSize);
        fixed (T* x = input.Values, y = outputValues, h = hidden, c = cell)
        fixed (int* tokens = input.Tokens)
        {
            var work = new ForwardWork<T>
            {
                Schedule = this,
                Columns = columns,
                Input = x,
                Tokens = input.IsTokens ? tokens : null,
                Output = y,
                First = new StepArguments<T>
                {
                    Weights = weights,
                    Memory = memory,
                    Batch = batch,
                    KeptColumns = batch,
                    Slots = _needsMemory ? memory[_buffers.Slots] : null,
                    SlotPanel = (nint)batch * _layouts.Sums.Width,
                    Input = x,
                    Tokens = input.IsTokens ? tokens : null,
                    Hidden = columns.IsPacked ? memory[_buffers.InitialHidden] : h,
                    Cell = columns.IsPacked ? memory[_buffers.OrderedCells] : c,
                    Output = y,
                    AheadSums = memory[_buffers.AheadSums],
                },
            };
            PrepareOrdered(ref work, memory, scratch.Order.Tokens);
            RunOnTeam(ref work);
            GC.KeepAlive(scratch);
        }

        ClearPadding(outputValues, columns, input);
        CopyLastHidden(outputValues, columns, input, hidden);
        if (columns.IsPacked && HasCell) columns.Restore<T>(orderedCell, cell, _layouts.HiddenSize);
    }

    /// <summary>One step; the input is either features or tokens, and the state is updated.</summary>
    public void Step(ReadOnlySpan<T> input, ReadOnlySpan<int> tokens, PackedWeights<T> weights, State<T> state, Span<T> output, RecurrentScratch<T> scratch)
    {
        int batch = state.Batch;
        bool fits = tokens.IsEmpty ? input.Length == (long)_layouts.InputSize * batch : tokens.Length == batch;
        if (!fits || output.Length != (long)_layouts.StateSize * batch) throw new InvalidOperationException("Another thread resized the state during the call.");
        StepArguments<T> run = StepArguments(batch, weights, scratch);
        run.Backwards = scratch.Backwards = !scratch.Backwards;
        RunStep(ref run, input, tokens, state.LeafArray[0].ValuesFor(batch), HasCell ? state.LeafArray[1].ValuesFor(batch) : default, output, alone: false);
        GC.KeepAlive(scratch);
    }

    /// <summary>The arguments of a step, without the input, the state and the output.</summary>
    public StepArguments<T> StepArguments(int batch, PackedWeights<T> weights, RecurrentScratch<T> scratch)
    {
        RequireStep(scratch, batch);
        return new StepArguments<T>
        {
            Weights = weights,
            Memory = scratch.Memory,
            Batch = batch,
            KeptColumns = batch,
            Slots = _needsMemory ? scratch.Memory[_buffers.Slots] : null,
            SlotPanel = (nint)batch * _layouts.Sums.Width,
        };
    }

    /// <summary>Runs one step with arguments from <see cref="StepArguments"/>.</summary>
    public void RunStep(ref StepArguments<T> run, ReadOnlySpan<T> input, ReadOnlySpan<int> tokens, Span<T> hidden, Span<T> cell, Span<T> output, bool alone)
    {
        fixed (T* x = input, h = hidden, c = cell, y = output)
        fixed (int* token = tokens)
        {
            run.Input = x;
            run.Tokens = tokens.IsEmpty ? null : token;
            run.Hidden = h;
            run.Cell = c;
            run.Output = y;
            if (alone) step.Forward(ref run, new Share(0, _layouts.Sums.Panels, 0, run.Batch));
            else RunOnTeam(run);
        }

        output.CopyTo(hidden);
    }

    /// <summary>Whether a step is too little work to share among threads.</summary>
    public bool StepsAlone(int batch) => _plan.ForwardCycles(batch) < 2 * Team.CyclesPerMember;

    /// <summary>Gives a pass's output and final state the batch, steps and lengths of the input, and returns the output's memory.</summary>
    private Span<T> ShapeOutputs(RecurrentPass<T> pass, in CapturedInput<T> input)
    {
        Sequence<T> output = pass.Output;
        output.Resize(_layouts.StateSize, input.Batch, input.Shape.Steps);
        if (input.IsRagged) output.SetLengths(input.Lengths);
        pass.FinalState.Resize(input.Batch);
        return output.ValuesFor(input.Shape with { Features = _layouts.StateSize });
    }

    /// <summary>Allocates the buffers of a step without a tape, whose size depends only on the batch.</summary>
    private void RequireStep(RecurrentScratch<T> scratch, int batch)
    {
        if (!_needsMemory || (ReferenceEquals(scratch.Workspace, context.Workspace) && scratch.Batch == batch)) return;
        context.Workspace.Require(BufferUse.Step, new CallShape(batch, 1), scratch.Memory);
        (scratch.Workspace, scratch.Batch) = (context.Workspace, batch);
    }

    /// <summary>Points the work of a ragged batch at memory for columns in order, and copies those of the first steps.</summary>
    private void PrepareOrdered(ref ForwardWork<T> work, WorkMemory<T> memory, IntegerBuffer tokens)
    {
        if (!work.Columns.IsPacked) return;
        int window = _plan.WindowColumns(work.Columns.Batch);
        work.OrderedHidden = memory[_buffers.OrderedHidden];
        work.OrderedInput = memory[_buffers.OrderedInput];
        work.OrderedTokens = work.Tokens == null ? null : tokens.Require(2L * window);
        work.WindowColumns = window;
        work.First.Output = work.OrderedHidden;
    }

    /// <summary>Sets the outputs past the end of each example to zero.</summary>
    private void ClearPadding(Span<T> output, in ColumnMap columns, in CapturedInput<T> input)
    {
        output[(columns.Steps * columns.Batch * _layouts.StateSize)..].Clear();
        if (columns.IsPacked) SequencePadding.Clear(output, input.Lengths, columns.Steps, _layouts.StateSize);
    }

    private void SetInitial(Span<T> target, StateLeaf<T>? leaf, in ColumnMap columns)
    {
        if (leaf is null) target.Clear();
        else columns.Order<T>(leaf.ValuesFor(columns.Batch), target, leaf.Size);
    }

    /// <summary>Copies h after the last step of each example that has steps.</summary>
    private void CopyLastHidden(ReadOnlySpan<T> output, in ColumnMap columns, in CapturedInput<T> input, Span<T> hidden)
    {
        int stateSize = _layouts.StateSize;
        for (int j = 0; j < columns.Batch; j++)
        {
            if (input.LengthOf(j) is > 0 and var length) output.Slice(((length - 1) * columns.Batch + j) * stateSize, stateSize).CopyTo(hidden[(j * stateSize)..]);
        }
    }

    /// <summary>Which column of the tape's cell states holds that of an example after some steps. Those before the first step are followed by those of the columns.</summary>
    public static int CellColumn(in ColumnMap columns, int example, int steps) => columns.Rank(example) + (steps == 0 ? 0 : columns.Batch + columns.First(steps - 1));

    private static CallShape ShapeOf(in ColumnMap columns, in CapturedInput<T> input) =>
        new(columns.Batch, columns.Steps) { Columns = columns.Count, IsTokens = input.IsTokens, IsRagged = columns.IsPacked };

    /// <summary>Runs a single step on a team.</summary>
    private void RunOnTeam(in StepArguments<T> run)
    {
        var work = new ForwardWork<T> { Schedule = this, Columns = new ColumnMap(run.Batch, 1), First = run };
        RunOnTeam(ref work);
    }

    private void RunOnTeam(ref ForwardWork<T> work)
    {
        double cycles = _plan.ForwardCycles(work.Columns.Count);
        int members = Team.SizeFor(cycles);
        if (members > 1) members = _plan.ForwardGrid(members, work.Columns.Active(0)).Members;
        if (members == 1) Run(work, TeamMember.Alone);
        else Team.Run(ref work, members, cycles);
    }

    /// <summary>Runs one member's share of all steps.</summary>
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
        bool ahead = SumsAhead(run, active, grid);
        int windowEnd = WindowEnd(columns, 0, ahead);
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

            if (HasCell && run.HasTape)
            {
                int before = t == 0 ? 0 : columns.Batch + columns.First(t - 1), after = columns.Batch + columns.First(t);
                run.Cell = work.First.Cell + (nint)before * hiddenSize;
                run.CellStep = (nint)(after - before) * hiddenSize;
            }

            run.Step = t;
            if (run.HasTape) run.FirstColumn = columns.First(t);
            step.Forward(ref run, share);
            run.Backwards = !run.Backwards;
            if (columns.IsPacked) ScatterOutput(work, run, share);
            if (t == columns.Steps - 1) return;
            int next = columns.Active(t + 1);
            bool isSame = next == active;
            TeamGrid nextGrid = isSame ? grid : _plan.ForwardGrid(member.Count, next);
            if (t + 1 == window)
            {
                ahead = SumsAhead(run, next, nextGrid);
                windowEnd = WindowEnd(columns, t + 1, ahead);

                // A member copies the columns that it has computed until now, so that it overwrites none that another still reads. Those of
                // several steps lie where other columns were.
                if (ahead && grid.ColumnGroups > 1 && !member.WaitForAll()) return;
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
    private void Advance(ref StepArguments<T> run, in ForwardWork<T> work, int active)
    {
        if (run.Tokens == null) run.Input += (nint)active * _layouts.InputSize;
        else run.Tokens += active;
        run.Hidden = run.Output;
        nint state = (nint)_layouts.StateSize * run.Batch;
        if (!work.Columns.IsPacked) run.Output += state;
        else run.Output = run.Output == work.OrderedHidden ? work.OrderedHidden + state : work.OrderedHidden;
        if (run.HasTape && run.Slots != null) run.Slots += (nint)active * _layouts.Sums.Width;
        if (run.Ahead != null) run.Ahead += (nint)active * _layouts.Sums.Width;
    }

    /// <summary>Whether the input products of the next few steps are computed together.</summary>
    private bool SumsAhead(in StepArguments<T> run, int active, TeamGrid grid) => run.AheadSums != null && grid.ColumnGroups == 1 && _plan.AheadSteps(active) > 0;

    /// <summary>The step after the last of those whose input is read together.</summary>
    private int WindowEnd(in ColumnMap columns, int t, bool ahead) => Math.Min(ahead ? t + _plan.AheadSteps(columns.Active(t)) : t + 1, columns.Steps);

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
                else Copy(work.Input + from * _layouts.InputSize, work.OrderedInput + (to + j) * _layouts.InputSize, _layouts.InputSize);
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
            Copy(run.Output + (nint)j * stateSize + firstUnit, work.Output + ((nint)run.Step * run.Batch + work.Columns.Example(j)) * stateSize + firstUnit, features);
    }

    private static void Copy(T* from, T* to, int count) => new ReadOnlySpan<T>(from, count).CopyTo(new Span<T>(to, count));
}
