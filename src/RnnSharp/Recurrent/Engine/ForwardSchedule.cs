using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>Forward over time: lengths, initial and final states, and the memory of a call. The steps are run by a <see cref="ForwardLoop{T}"/>.</summary>
internal sealed unsafe class ForwardSchedule<T>(StepContext<T> context, IRecurrentStep<T> step)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly StepLayouts<T> _layouts = context.Layouts;
    private readonly StepPlan<T> _plan = context.Plan;
    private readonly EngineBuffers<T> _buffers = context.Buffers;
    private readonly ForwardLoop<T> _loop = new(context, step);

    // A step whose sums stay in registers needs no memory without a tape.
    private readonly bool _needsMemory = context.Buffers.Slots.Use.HasFlag(BufferUse.Step);

    private bool HasCell => _layouts.Spec.HasCellState;

    /// <summary>Forward over a sequence, with a tape: of all steps, or of one segment after the other.</summary>
    public void Forward(RecurrentPass<T> pass, in CapturedInput<T> input, State<T>? initialState, PackedWeights<T> weights)
    {
        ColumnMap columns = pass.Order.Arrange(input);
        SegmentList segments = pass.Segments;
        segments.Divide(_plan, columns);
        int batch = columns.Batch, stateSize = _layouts.StateSize;
        WorkMemory<T> tape = segments.IsPlain ? pass.Tape : pass.SegmentTape, kept = pass.Tape;
        Span<T> output = ShapeOutputs(pass, input), hidden = pass.FinalState.Leaves[0].ValuesFor(batch), cell = HasCell ? pass.FinalState.Leaves[1].ValuesFor(batch) : default;
        CallShape call = segments.ShapeOf(columns, input);
        context.Workspace.Require(BufferUse.Tape, call, tape);
        if (!segments.IsPlain) context.Workspace.Require(BufferUse.Checkpoints, call, kept);
        Span<T> start = kept.Span(segments.IsPlain ? _buffers.InitialHidden : _buffers.FirstHidden);
        SetInitial(start, initialState?.Leaves[0], columns);
        columns.Restore<T>(start, hidden, stateSize);
        if (HasCell) SetInitial(tape.Span(_buffers.Cells)[..(batch * _layouts.HiddenSize)], initialState?.Leaves[1], columns);
        pass.HasInitialState = initialState is not null;
        if (segments.IsPlain) step.BeginForward(pass, columns);
        else step.BeginSegments(pass, columns);
        for (int s = 0; s < segments.Count; s++)
        {
            ColumnMap steps = columns.Slice(segments.First(s), segments.End(s));
            if (!segments.IsPlain)
            {
                SetHidden(columns, segments.First(s), start, output, tape.Span(_buffers.InitialHidden));
                if (HasCell) tape.Span(_buffers.Cells)[..(batch * _layouts.HiddenSize)].CopyTo(kept.Span(_buffers.CheckpointCells)[(s * batch * _layouts.HiddenSize)..]);
                step.DrawSegment(pass, pass.Random, tape, columns, steps, s);
            }

            RunSteps(input, weights, tape, pass.Order.Tokens, steps, segments.First(s), output);
            if (HasCell) TakeCells(columns, steps, segments.First(s), input, tape.Span(_buffers.Cells), cell);
        }

        ClearPadding(output, columns, input);
        CopyLastHidden(output, columns, input, hidden);
        GC.KeepAlive(pass);
    }

    /// <summary>Runs the steps of a segment again, with the same bits, into the given tape.</summary>
    public void RunAgain(RecurrentPass<T> pass, in CapturedInput<T> input, int segment, ReadOnlySpan<T> output, PackedWeights<T> weights, RecurrentBackwardScratch<T> scratch)
    {
        ColumnMap columns = pass.Order.Map;
        SegmentList segments = pass.Segments;
        int first = segments.First(segment), cells = columns.Batch * _layouts.HiddenSize;
        ColumnMap steps = columns.Slice(first, segments.End(segment));
        WorkMemory<T> tape = scratch.SegmentTape;
        context.Workspace.Require(BufferUse.Tape, segments.ShapeOf(columns, input) with { RunsAgain = true }, tape);
        SetHidden(columns, first, pass.Tape.Span(_buffers.FirstHidden), output, tape.Span(_buffers.InitialHidden));
        if (HasCell) pass.Tape.Span(_buffers.CheckpointCells).Slice(segment * cells, cells).CopyTo(tape.Span(_buffers.Cells));
        step.DrawSegment(pass, scratch.Random, tape, columns, steps, segment);
        RunSteps(input, weights, tape, scratch.SegmentTokens, steps, first, default);
        GC.KeepAlive(pass);
    }

    /// <summary>Runs some steps with a tape of their own, from the states at its start.</summary>
    private void RunSteps(in CapturedInput<T> input, PackedWeights<T> weights, WorkMemory<T> tape, IntegerBuffer orderedTokens, in ColumnMap steps, int firstStep, Span<T> output)
    {
        nint first = (nint)firstStep * steps.Batch;
        fixed (T* x = input.Values, y = output)
        fixed (int* tokens = input.Tokens)
        {
            T* data = x + (input.IsTokens ? 0 : first * _layouts.InputSize);
            int* firstTokens = input.IsTokens ? tokens + first : null;
            T* target = output.IsEmpty ? null : y + first * _layouts.StateSize;
            var work = new ForwardWork<T>
            {
                Loop = _loop,
                Columns = steps,
                Input = data,
                Tokens = firstTokens,
                Output = target,
                First = new StepArguments<T>
                {
                    Weights = weights,
                    Memory = tape,
                    HasTape = true,
                    Batch = steps.Batch,
                    KeptColumns = steps.Count,
                    Slots = tape[_buffers.Slots],
                    SlotPanel = (nint)steps.Count * _layouts.Sums.Width,
                    Input = data,
                    Tokens = firstTokens,
                    Hidden = tape[_buffers.InitialHidden],
                    Cell = tape[_buffers.Cells],
                    Output = target,
                    AheadSums = tape[_buffers.AheadSums],
                },
            };
            _loop.PrepareOrdered(ref work, tape, orderedTokens);
            _loop.RunOnTeam(ref work);
            GC.KeepAlive(orderedTokens);
            GC.KeepAlive(tape);
        }
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
                Loop = _loop,
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
            _loop.PrepareOrdered(ref work, memory, scratch.Order.Tokens);
            _loop.RunOnTeam(ref work);
        }

        ClearPadding(outputValues, columns, input);
        CopyLastHidden(outputValues, columns, input, hidden);
        if (columns.IsPacked && HasCell) columns.Restore<T>(orderedCell, cell, _layouts.HiddenSize);
        GC.KeepAlive(scratch);
    }

    /// <summary>One step; the input is either features or tokens, and the state is updated.</summary>
    public void Step(ReadOnlySpan<T> input, ReadOnlySpan<int> tokens, PackedWeights<T> weights, State<T> state, Span<T> output, RecurrentScratch<T> scratch)
    {
        int batch = state.Batch;
        bool fits = tokens.IsEmpty ? input.Length == (long)_layouts.InputSize * batch : tokens.Length == batch;
        if (!fits || output.Length != (long)_layouts.StateSize * batch) throw new InvalidOperationException("Another thread resized the state during the call.");
        StepArguments<T> run = StepArguments(batch, weights, scratch);
        run.Backwards = scratch.Backwards = !scratch.Backwards;
        RunStep(ref run, input, tokens, state.LeafArray[0].ValuesFor(batch), HasCell ? state.LeafArray[1].ValuesFor(batch) : default, output, StepsAlone(batch));
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

    /// <summary>Sets h before a step, for its columns in order.</summary>
    private void SetHidden(in ColumnMap columns, int t, ReadOnlySpan<T> initial, ReadOnlySpan<T> output, Span<T> target)
    {
        int stateSize = _layouts.StateSize;
        if (t == 0) initial.CopyTo(target);
        else columns.Order(output[((t - 1) * columns.Batch * stateSize)..], target, stateSize);
    }

    /// <summary>Copies c of the examples that ended in some steps to the final state, and that of the others to where the next steps start.</summary>
    private void TakeCells(in ColumnMap columns, in ColumnMap steps, int firstStep, in CapturedInput<T> input, Span<T> cells, Span<T> final)
    {
        int hiddenSize = _layouts.HiddenSize, endStep = firstStep + steps.Steps;
        for (int j = 0; j < columns.Batch; j++)
        {
            int length = input.LengthOf(j);
            if (length > endStep || (length <= firstStep && firstStep > 0)) continue;
            cells.Slice(CellColumn(steps, j, length - firstStep) * hiddenSize, hiddenSize).CopyTo(final[(j * hiddenSize)..]);
        }

        if (endStep < columns.Steps) cells.Slice((columns.Batch + steps.First(steps.Steps - 1)) * hiddenSize, columns.Active(endStep) * hiddenSize).CopyTo(cells);
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
        var work = new ForwardWork<T> { Loop = _loop, Columns = new ColumnMap(run.Batch, 1), First = run };
        _loop.RunOnTeam(ref work);
    }
}
