using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// Backpropagation through time, in blocks of time steps. When the sum gradients of a block are complete, and while they are still in
/// the cache, products over all columns of the block add its contribution to the gradients of the input and of the weights.
/// </summary>
internal sealed unsafe class BackwardSchedule<T>(StepContext<T> context, IRecurrentStep<T> step, ForwardSchedule<T> forward)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly StepLayouts<T> _layouts = context.Layouts;
    private readonly StepPlan<T> _plan = context.Plan;
    private readonly EngineBuffers<T> _buffers = context.Buffers;

    private bool HasCell => _layouts.Spec.HasCellState;

    /// <summary>Backpropagates into gradients that already have the right shapes.</summary>
    public void Backward(RecurrentPass<T> pass, PackedWeights<T> weights, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool accumulate, Gradients<T> gradients, RecurrentBackwardScratch<T> scratch)
    {
        CapturedInput<T> input = pass.Captured();
        SequenceShape outputShape = input.Shape with { Features = _layouts.StateSize };
        ColumnMap columns = pass.Order.Map;
        int batch = columns.Batch;

        // Resolve every span before anything is written, so that a concurrent resize fails the call before it has done any work.
        ReadOnlySpan<T> output = pass.Output.ValuesFor(outputShape), outputGradients = outputGradient is null ? default : outputGradient.ValuesFor(outputShape);
        ReadOnlySpan<T> finalHidden = finalStateGradient is null ? default : finalStateGradient.Leaves[0].ValuesFor(batch);
        ReadOnlySpan<T> finalCell = finalStateGradient is null || !HasCell ? default : finalStateGradient.Leaves[1].ValuesFor(batch);
        Span<T> inputGradient = gradients.Input is null ? default : gradients.Input.ValuesFor(input.Shape);
        Span<T> initialHidden = gradients.InitialState.Leaves[0].ValuesFor(batch), initialCell = HasCell ? gradients.InitialState.Leaves[1].ValuesFor(batch) : default;
        int width = _layouts.Sums.Width;
        int blockLength = _plan.BlockLength(columns);
        SegmentList segments = pass.Segments;
        int members = _plan.BackwardGrid(Team.SizeFor(_plan.BackwardCycles(columns.Count)), batch).Members;
        WorkMemory<T> tape = pass.Tape, memory = scratch.Memory;
        Span<T> inputWeightGradient = gradients.Begin(context.Parameters.IndexOf(context.Parameters.InputWeights), accumulate);
        Span<T> recurrentWeightGradient = context.Parameters.RecurrentWeights is { } recurrentWeights ? gradients.Begin(context.Parameters.IndexOf(recurrentWeights), accumulate) : default;
        var call = new CallShape(batch, columns.Steps)
        {
            Columns = columns.Count,
            IsTokens = input.IsTokens,
            IsRagged = columns.IsPacked,
            KeepsSteps = true,
            BlockLength = blockLength,
            Halves = _plan.FirstOfBlock(columns, columns.Steps) > 0 ? 2 : 1,
            Members = members,
        };
        context.Workspace.Require(BufferUse.Backward, call, memory);
        if (finalStateGradient is not null) SetCarried(columns, finalHidden, finalCell, memory);
        if (input.IsTokens) inputWeightGradient.Clear();
        fixed (T* dy = outputGradients, y = output, x = input.Values, dh0 = initialHidden)
        fixed (T* dx = inputGradient, dwx = inputWeightGradient, dwh = recurrentWeightGradient)
        fixed (int* tokens = input.Tokens)
        {
            var work = new BackwardWork<T>
            {
                Schedule = this,
                Weights = weights,
                Tape = tape,
                EndStep = columns.Steps,
                Scratch = memory,
                Call = call,
                Columns = columns,
                BlockLength = blockLength,
                SumsInBlocks = ColumnSum.IsInBlocks(columns.Count),
                Sums = memory[_buffers.SumGradients],
                SumPanel = (nint)blockLength * width,
                Rows = memory[_buffers.Rows],
                Slots = tape[_buffers.Slots],
                SlotPanel = (nint)columns.Count * width,
                OutputGradient = dy,
                Output = y,
                InitialHidden = tape[segments.IsPlain ? _buffers.InitialHidden : _buffers.FirstHidden],
                HasInitialState = pass.HasInitialState,
                Cells = tape[_buffers.Cells],
                CarriedHidden = memory[_buffers.CarriedHidden],
                CarriedCell = memory[_buffers.CarriedCell],
                HasFinalGradient = finalStateGradient is not null,
                InitialHiddenGradient = columns.IsPacked ? memory[_buffers.InitialGradient] : dh0,
                Input = x,
                Tokens = tokens,
                InputGradient = dx,
                InputWeightGradient = dwx,
                RecurrentWeightGradient = dwh,
                BiasGradient = memory[_buffers.BiasGradient],
                Gathered = memory[_buffers.Gathered],
                GatherLength = _buffers.GatherLength(call),
                Ordered = new OrderedColumns<T>
                {
                    Input = memory[_buffers.BlockInput],
                    Tokens = columns.IsPacked && input.IsTokens ? scratch.Tokens.Require(call.BlockColumns) : null,
                    PreviousHidden = memory[_buffers.BlockHidden],
                    InputGradient = memory[_buffers.BlockInputGradient],
                    Output = memory[_buffers.OrderedOutput],
                    OutputGradient = memory[_buffers.OrderedGradient],
                },
            };
            if (segments.IsPlain) Team.Run(ref work, members, _plan.BackwardCycles(columns.Count));
            else RunSegments(ref work, pass, input, output, scratch, members);
        }

        if (columns.IsPacked) columns.Restore<T>(memory.Span(_buffers.InitialGradient), initialHidden, _layouts.StateSize);
        if (HasCell) columns.Restore<T>(memory.Span(_buffers.CarriedCell), initialCell, _layouts.HiddenSize);
        if (!inputGradient.IsEmpty) inputGradient[(columns.Steps * batch * _layouts.InputSize)..].Clear();
        if (!inputGradient.IsEmpty && columns.IsPacked) SequencePadding.Clear(inputGradient, input.Lengths, columns.Steps, _layouts.InputSize);
        context.WeightGradients.CopyUnitGradients(memory, gradients, accumulate);
        gradients.End();

        // The work and the columns refer to the pass and the scratch memory only by address.
        GC.KeepAlive(pass);
        GC.KeepAlive(scratch);
    }

    /// <summary>Runs the segments from the last to the first, each after its forward steps, whose gates and states are computed again.</summary>
    private void RunSegments(ref BackwardWork<T> work, RecurrentPass<T> pass, in CapturedInput<T> input, ReadOnlySpan<T> output, RecurrentBackwardScratch<T> scratch, int members)
    {
        ColumnMap columns = work.Columns;
        WorkMemory<T> tape = scratch.SegmentTape;
        for (int s = pass.Segments.Count - 1; s >= 0; s--)
        {
            work.FirstStep = pass.Segments.First(s);
            work.EndStep = pass.Segments.End(s);
            int count = columns.First(work.EndStep) - columns.First(work.FirstStep);
            forward.RunAgain(pass, input, s, output, work.Weights, scratch);
            work.Tape = tape;
            work.Call.Columns = count;
            work.Slots = tape[_buffers.Slots];
            work.SlotPanel = (nint)count * _layouts.Sums.Width;
            work.Cells = tape[_buffers.Cells];
            Team.Run(ref work, members, _plan.BackwardCycles(count));

            // The first steps of the segment are in the half that the last of its blocks used.
            int blocks = 0;
            for (int end = work.EndStep; end > work.FirstStep; blocks++) end = _plan.FirstOfBlock(columns, end);
            int last = (work.FirstHalf + blocks - 1) % 2;
            work.LaterRows = work.Rows + (nint)last * work.BlockLength * _layouts.RowLength;
            work.FirstHalf = 1 - last;
        }
    }

    /// <summary>Runs one member's share of all steps, and its share of the products after each block.</summary>
    public void Run(in BackwardWork<T> work, TeamMember member)
    {
        ColumnMap columns = work.Columns;
        int panels = _layouts.HiddenTransposed.Panels;
        nint width = _layouts.Sums.Width;
        var run = new BackwardArguments<T> { Work = work };
        int end = work.EndStep;
        T* later = work.LaterRows;
        var block = new BackwardBlock<T> { Half = work.FirstHalf, Adds = end < columns.Steps };
        do
        {
            int first = _plan.FirstOfBlock(columns, end), active = columns.Active(end - 1);
            TeamGrid grid = _plan.BackwardGrid(member.Count, active);
            Share share = grid.Of(member.Rank, panels, active);
            block.FirstStep = first;
            block.EndStep = end;
            block.FirstColumn = columns.First(first) - columns.First(work.FirstStep);
            block.Columns = columns.First(end) - columns.First(first);
            block.Sums = work.Sums + block.Half * _layouts.Sums.Panels * work.SumPanel;
            block.Rows = work.Rows + (nint)block.Half * work.BlockLength * _layouts.RowLength;
            for (int t = end - 1; t >= (first == 0 ? -1 : first); t--)
            {
                // Where examples end with this step, all members must have finished the next one, because they now compute other columns.
                if (columns.Active(t) != active)
                {
                    if (!member.WaitForAll()) return;
                    active = columns.Active(t);
                    grid = _plan.BackwardGrid(member.Count, active);
                    share = grid.Of(member.Rank, panels, active);
                }
                else if (t < end - 1)
                {
                    share = grid.Wait(member, panels, share);
                }

                run.Step = t;
                if (t >= 0) SetOperands(ref run, block, share);
                RunStep(ref run, share, later, columns.Active(t + 1));
                later = run.Rows;
            }

            // The next block writes to the other half, so no member has to wait until the others have finished these products.
            if (!member.WaitForAll()) return;
            step.AddWeightGradients(work, member, block);
            block.Half = 1 - block.Half;
            block.Adds = true;
            end = first;
        }
        while (end > work.FirstStep);
    }

    /// <summary>Runs a step on a share: first on the columns that have a next step, then on those that end with this one.</summary>
    private void RunStep(ref BackwardArguments<T> run, Share share, T* later, int laterColumns)
    {
        Share continued = share with { EndColumn = Math.Min(share.EndColumn, laterColumns) }, ended = share with { FirstColumn = Math.Max(share.FirstColumn, laterColumns) };
        if (continued.FirstColumn < continued.EndColumn)
        {
            run.LaterRows = later;
            run.StartsFromCarried = step.CarriesHidden;
            step.Backward(ref run, continued);
        }

        if (ended.FirstColumn >= ended.EndColumn) return;
        run.LaterRows = null;
        run.StartsFromCarried = step.CarriesHidden || run.Work.HasFinalGradient;
        step.Backward(ref run, ended);
    }

    /// <summary>Points a step at its operands. Those of a ragged batch are copied first, a share by each member.</summary>
    private void SetOperands(ref BackwardArguments<T> run, in BackwardBlock<T> block, Share share)
    {
        ColumnMap columns = run.Work.Columns;
        int t = run.Step, stateSize = _layouts.StateSize, hiddenSize = _layouts.HiddenSize;
        nint inBlock = columns.First(t) - columns.First(block.FirstStep), width = _layouts.Sums.Width;
        run.FirstColumn = columns.First(t) - columns.First(run.Work.FirstStep);
        run.BlockColumn = block.Half * (nint)run.Work.BlockLength + inBlock;
        run.Sums = block.Sums + inBlock * width;
        run.Rows = block.Rows + inBlock * _layouts.RowLength;
        run.Slots = run.Work.Slots == null ? null : run.Work.Slots + run.FirstColumn * width;
        run.Cell = HasCell ? run.Work.Cells + (columns.Batch + run.FirstColumn) * hiddenSize : null;
        run.PreviousCell = HasCell && t > run.Work.FirstStep ? run.Work.Cells + (columns.Batch + run.FirstColumn - columns.Active(t - 1)) * hiddenSize : run.Work.Cells;
        nint at = (nint)t * columns.Batch * stateSize;
        T* previous = t == 0 ? run.Work.InitialHidden : run.Work.Output + at - (nint)columns.Batch * stateSize;
        T* gradient = run.Work.OutputGradient == null ? null : run.Work.OutputGradient + at;
        if (columns.IsPacked)
        {
            OrderedColumns<T> ordered = run.Work.Ordered;
            run.PreviousHidden = ordered.PreviousHidden + run.BlockColumn * stateSize;
            run.Output = ordered.Output;
            run.OutputGradient = gradient == null ? null : ordered.OutputGradient;
            Gather(run, share, previous, gradient);
            return;
        }

        run.PreviousHidden = previous;
        run.Output = run.Work.Output + at;
        run.OutputGradient = gradient;
    }

    /// <summary>Copies a share of what a step of a ragged batch reads.</summary>
    private void Gather(in BackwardArguments<T> run, Share share, T* previous, T* gradient)
    {
        ColumnMap columns = run.Work.Columns;
        OrderedColumns<T> ordered = run.Work.Ordered;
        int stateSize = _layouts.StateSize, inputSize = _layouts.InputSize;
        int panels = _layouts.HiddenTransposed.Panels, count = share.EndColumn - share.FirstColumn;
        int first = _layouts.FirstUnit(_layouts.HiddenTransposed, share.FirstPanel), features = _layouts.FirstUnit(_layouts.HiddenTransposed, share.EndPanel) - first;
        nint atStep = (nint)run.Step * columns.Batch;
        for (int j = share.FirstColumn; j < share.EndColumn; j++)
        {
            nint to = (nint)j * stateSize + first, from = (nint)columns.Example(j) * stateSize + first;
            VectorMemory.Copy(previous + (run.Step == 0 ? to : from), run.PreviousHidden + to, features);
            if (gradient != null) VectorMemory.Copy(gradient + from, ordered.OutputGradient + to, features);
            if (ordered.Output != null) VectorMemory.Copy(run.Work.Output + atStep * stateSize + from, ordered.Output + to, features);
        }

        // The members of a group share the input, which is read only after the block.
        for (int j = share.FirstColumn + count * share.FirstPanel / panels; j < share.FirstColumn + count * share.EndPanel / panels; j++)
        {
            nint from = atStep + columns.Example(j), to = run.BlockColumn + j;
            if (ordered.Tokens != null) ordered.Tokens[to] = run.Work.Tokens[from];
            else if (run.Work.InputWeightGradient != null) VectorMemory.Copy(run.Work.Input + from * inputSize, ordered.Input + to * inputSize, inputSize);
        }
    }

    /// <summary>Starts the carried gradients from those of the final state.</summary>
    private void SetCarried(in ColumnMap columns, ReadOnlySpan<T> finalHidden, ReadOnlySpan<T> finalCell, WorkMemory<T> memory)
    {
        int stateSize = _layouts.StateSize;
        Span<T> carried = memory.Span(_buffers.CarriedHidden);
        for (int j = 0; j < columns.Batch; j++) finalHidden.Slice(columns.Example(j) * stateSize, stateSize).CopyTo(carried[(j * _layouts.StatePadded)..]);
        if (HasCell) columns.Order(finalCell, memory.Span(_buffers.CarriedCell), _layouts.HiddenSize);
    }
}
