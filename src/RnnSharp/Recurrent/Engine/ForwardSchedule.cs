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
        int batch = input.Batch;
        int steps = pass.ComputedSteps = input.LongestLength();
        nint columns = (nint)steps * batch;
        int cellStep = HasCell ? _layouts.HiddenSize * batch : 0;
        WorkMemory<T> tape = pass.Tape;
        Span<T> output = ShapeOutputs(pass, input);
        var call = new CallShape(batch, steps) { IsTokens = input.IsTokens, IsRagged = input.IsRagged, KeepsSteps = true };
        context.Workspace.Require(BufferUse.Tape, call, tape);
        Span<T> initialHidden = tape.Span(_buffers.InitialHidden), cells = tape.Span(_buffers.Cells);
        SetInitial(initialHidden, initialState?.Leaves[0], batch);
        if (HasCell) SetInitial(cells[..cellStep], initialState?.Leaves[1], batch);
        pass.HasInitialState = initialState is not null;
        step.BeginForward(pass, call);
        fixed (T* x = input.Values, y = output)
        fixed (int* tokens = input.Tokens, lengths = input.Lengths)
        {
            var first = new StepArguments<T>
            {
                Weights = weights,
                Memory = tape,
                HasTape = true,
                Batch = batch,
                KeptColumns = columns,
                Lengths = lengths,
                Slots = tape[_buffers.Slots],
                SlotPanel = columns * _layouts.Sums.Width,
                SlotStep = (nint)batch * _layouts.Sums.Width,
                Input = x,
                Tokens = input.IsTokens ? tokens : null,
                Hidden = tape[_buffers.InitialHidden],
                Cell = tape[_buffers.Cells],
                CellStep = cellStep,
                Output = y,
                AheadSums = tape[_buffers.AheadSums],
            };
            RunOnTeam(first, steps);
        }

        output[(int)(columns * _layouts.StateSize)..].Clear();
        Span<T> hidden = pass.FinalState.Leaves[0].ValuesFor(batch);
        Span<T> cell = HasCell ? pass.FinalState.Leaves[1].ValuesFor(batch) : default;
        for (int j = 0; j < batch; j++)
        {
            int length = input.LengthOf(j);
            LastHidden(initialHidden, output, batch, j, length).CopyTo(hidden[(j * _layouts.StateSize)..]);
            if (HasCell) cells.Slice(length * cellStep + j * _layouts.HiddenSize, _layouts.HiddenSize).CopyTo(cell[(j * _layouts.HiddenSize)..]);
        }
    }

    /// <summary>Forward without a tape; the state is updated.</summary>
    public void Predict(in CapturedInput<T> input, PackedWeights<T> weights, State<T> state, Sequence<T> output, RecurrentScratch<T> scratch)
    {
        int batch = input.Batch;
        int steps = input.LongestLength();
        WorkMemory<T> memory = scratch.Memory;
        Span<T> outputValues = output.ValuesFor(input.Shape with { Features = _layouts.StateSize });
        Span<T> hidden = state.Leaves[0].ValuesFor(batch), cell = HasCell ? state.Leaves[1].ValuesFor(batch) : default;
        var call = new CallShape(batch, steps) { IsTokens = input.IsTokens, IsRagged = input.IsRagged };
        RequireStep(scratch, batch);
        context.Workspace.Require(BufferUse.Predict, call, memory);
        fixed (T* x = input.Values, y = outputValues, h = hidden, c = cell)
        fixed (int* tokens = input.Tokens, lengths = input.Lengths)
        {
            var first = new StepArguments<T>
            {
                Weights = weights,
                Memory = memory,
                Batch = batch,
                KeptColumns = batch,
                Lengths = lengths,
                Slots = _needsMemory ? memory[_buffers.Slots] : null,
                SlotPanel = (nint)batch * _layouts.Sums.Width,
                Input = x,
                Tokens = input.IsTokens ? tokens : null,
                Hidden = h,
                Cell = c,
                EndedCells = memory[_buffers.EndedCells],
                Output = y,
                AheadSums = memory[_buffers.AheadSums],
            };
            RunOnTeam(first, steps);
            GC.KeepAlive(scratch);
        }

        outputValues[(steps * batch * _layouts.StateSize)..].Clear();
        Span<T> ended = memory.Span(_buffers.EndedCells);
        for (int j = 0; j < batch; j++)
        {
            int length = input.LengthOf(j);
            LastHidden(hidden, outputValues, batch, j, length).CopyTo(hidden[(j * _layouts.StateSize)..]);
            if (HasCell && length < steps) ended.Slice(j * _layouts.HiddenSize, _layouts.HiddenSize).CopyTo(cell[(j * _layouts.HiddenSize)..]);
        }
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
            else RunOnTeam(run, steps: 1);
        }

        output.CopyTo(hidden);
    }

    /// <summary>Whether a step is too little work to share among threads.</summary>
    public bool StepsAlone(int batch) => _plan.ForwardCycles(batch, 1) < 2 * Team.CyclesPerMember;

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

    private static void SetInitial(Span<T> target, StateLeaf<T>? leaf, int batch)
    {
        if (leaf is null) target.Clear();
        else leaf.ValuesFor(batch).CopyTo(target);
    }

    /// <summary>h of an example after its last step.</summary>
    private ReadOnlySpan<T> LastHidden(ReadOnlySpan<T> initial, ReadOnlySpan<T> output, int batch, int example, int length)
    {
        int stateSize = _layouts.StateSize;
        return length == 0 ? initial.Slice(example * stateSize, stateSize) : output.Slice(((length - 1) * batch + example) * stateSize, stateSize);
    }

    private void RunOnTeam(in StepArguments<T> first, int steps)
    {
        double cycles = _plan.ForwardCycles(first.Batch, steps);
        int members = Team.SizeFor(cycles);
        if (members > 1) members = _plan.ForwardGrid(members, first.Batch).Members;
        if (members == 1)
        {
            Run(first, steps, TeamMember.Alone);
            return;
        }

        var work = new Work { Schedule = this, First = first, Steps = steps };
        Team.Run(ref work, members, cycles);
    }

    /// <summary>Runs one member's share of all steps.</summary>
    private void Run(in StepArguments<T> firstStep, int steps, TeamMember member)
    {
        StepArguments<T> run = firstStep;
        int stateSize = _layouts.StateSize, hiddenSize = _layouts.HiddenSize;
        TeamGrid grid = _plan.ForwardGrid(member.Count, run.Batch);
        Share share = grid.Of(member.Rank, _layouts.Sums.Panels, run.Batch);
        nint state = (nint)stateSize * run.Batch;
        nint width = (nint)run.Batch * _layouts.Sums.Width;
        int ahead = run.AheadSums != null && grid.ColumnGroups == 1 ? _plan.AheadSteps(run.Batch) : 0;
        run.AheadPanel = ahead * width;
        for (int t = 0; t < steps; t++)
        {
            int firstUnit = _layouts.FirstUnit(_layouts.Sums, share.FirstPanel);
            int units = _layouts.FirstUnit(_layouts.Sums, share.EndPanel) - firstUnit;
            int features = stateSize == hiddenSize ? units : stateSize;

            // Predict updates c in place, so the c of an example that ends here is saved first.
            for (int j = share.FirstColumn; j < share.EndColumn && run.EndedCells != null; j++)
            {
                int at = j * hiddenSize + firstUnit;
                if (run.Lengths[j] == t) new ReadOnlySpan<T>(run.Cell + at, units).CopyTo(new Span<T>(run.EndedCells + at, units));
            }

            if (ahead > 0)
            {
                if (t % ahead == 0) step.SumInputsAhead(ref run, share, Math.Min(ahead, steps - t));
                run.Ahead = run.AheadSums + t % ahead * width;
            }

            run.Step = t;
            step.Forward(ref run, share);
            run.Backwards = !run.Backwards;
            for (int j = share.FirstColumn; j < share.EndColumn && run.Lengths != null; j++)
            {
                if (t >= run.Lengths[j]) new Span<T>(run.Output + j * stateSize + firstUnit, features).Clear();
            }

            if (t == steps - 1) return;
            share = grid.Wait(member, _layouts.Sums.Panels, share);
            if (run.Tokens == null) run.Input += (nint)run.Batch * _layouts.InputSize;
            else run.Tokens += run.Batch;
            run.Hidden = run.Output;
            run.Cell += run.CellStep;
            run.Output += state;
            if (run.Slots != null) run.Slots += run.SlotStep;
        }
    }

    /// <summary>A call, divided among the members of a team.</summary>
    private struct Work : ITeamWork
    {
        public ForwardSchedule<T> Schedule;
        public StepArguments<T> First;
        public int Steps;

        public readonly void Run(TeamMember member) => Schedule.Run(First, Steps, member);
    }
}
