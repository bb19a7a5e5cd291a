using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// Backpropagation through time, in blocks of time steps. When the sum gradients of a block are complete, and while they are still in
/// the cache, products over all columns of the block add its contribution to the gradients of the input and of the weights.
/// </summary>
internal sealed unsafe class BackwardSchedule<T>(StepContext<T> context, IRecurrentStep<T> step)
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
        int batch = input.Batch;
        int steps = pass.ComputedSteps;

        // Resolve every span before anything is written, so that a concurrent resize fails the call before it has done any work.
        ReadOnlySpan<T> output = pass.Output.ValuesFor(outputShape), outputGradients = outputGradient is null ? default : outputGradient.ValuesFor(outputShape);
        ReadOnlySpan<T> finalHidden = finalStateGradient is null ? default : finalStateGradient.Leaves[0].ValuesFor(batch);
        ReadOnlySpan<T> finalCell = finalStateGradient is null || !HasCell ? default : finalStateGradient.Leaves[1].ValuesFor(batch);
        Span<T> inputGradient = gradients.Input is null ? default : gradients.Input.ValuesFor(input.Shape);
        Span<T> initialHidden = gradients.InitialState.Leaves[0].ValuesFor(batch), initialCell = HasCell ? gradients.InitialState.Leaves[1].ValuesFor(batch) : default;
        int width = _layouts.Sums.Width;
        int blockSteps = _plan.BlockSteps(batch, steps);
        double cycles = _plan.BackwardCycles(batch, steps);
        int members = _plan.BackwardGrid(Team.SizeFor(cycles), batch).Members;
        WorkMemory<T> tape = pass.Tape, memory = scratch.Memory;
        Span<T> inputWeightGradient = gradients.Begin(context.Parameters.IndexOf(context.Parameters.InputWeights), accumulate);
        Span<T> recurrentWeightGradient = context.Parameters.RecurrentWeights is { } recurrentWeights ? gradients.Begin(context.Parameters.IndexOf(recurrentWeights), accumulate) : default;
        var call = new CallShape(batch, steps)
        {
            IsTokens = input.IsTokens,
            IsRagged = input.IsRagged,
            KeepsSteps = true,
            CopiesInput = input.IsRagged && !input.IsTokens && !inputWeightGradient.IsEmpty,
            BlockSteps = blockSteps,
            Halves = blockSteps < steps ? 2 : 1,
            Members = members,
        };
        context.Workspace.Require(BufferUse.Backward, call, memory);
        ReadOnlySpan<T> x = inputWeightGradient.IsEmpty ? default : WithoutPadding(input, call, memory.Span(_buffers.Input));
        if (input.IsTokens) inputWeightGradient.Clear();
        fixed (T* dy = outputGradients, y = output, data = x, dh0 = initialHidden, dhEnd = finalHidden, dcEnd = finalCell)
        fixed (T* dx = inputGradient, dwx = inputWeightGradient, dwh = recurrentWeightGradient)
        fixed (int* lengths = input.Lengths, tokens = input.Tokens)
        {
            var work = new BackwardWork<T>
            {
                Schedule = this,
                Weights = weights,
                Tape = tape,
                Scratch = memory,
                Call = call,
                Batch = batch,
                Steps = steps,
                BlockSteps = blockSteps,
                SumsInBlocks = ColumnSum.IsInBlocks((long)steps * batch),
                Lengths = lengths,
                Sums = memory[_buffers.SumGradients],
                SumPanel = (nint)blockSteps * batch * width,
                Rows = memory[_buffers.Rows],
                Slots = tape[_buffers.Slots],
                SlotPanel = (nint)steps * batch * width,
                OutputGradient = dy,
                Output = y,
                InitialHidden = tape[_buffers.InitialHidden],
                HasInitialState = pass.HasInitialState,
                Cells = tape[_buffers.Cells],
                CarriedHidden = memory[_buffers.CarriedHidden],
                CarriedCell = memory[_buffers.CarriedCell],
                FinalHiddenGradient = dhEnd,
                FinalCellGradient = dcEnd,
                InitialHiddenGradient = dh0,
                Input = data,
                Tokens = tokens,
                InputGradient = dx,
                InputWeightGradient = dwx,
                RecurrentWeightGradient = dwh,
                BiasGradient = memory[_buffers.BiasGradient],
                Gathered = memory[_buffers.Gathered],
                GatherLength = _buffers.GatherLength(call),
            };
            Team.Run(ref work, members, cycles);

            // The work refers to the tape and the scratch memory only by address.
            GC.KeepAlive(pass);
            GC.KeepAlive(scratch);
        }

        if (HasCell) memory.Span(_buffers.CarriedCell).CopyTo(initialCell);
        if (!inputGradient.IsEmpty) inputGradient[(steps * batch * _layouts.InputSize)..].Clear();
        context.WeightGradients.CopyUnitGradients(memory, gradients, accumulate);
        gradients.End();
    }

    /// <summary>Runs one member's share of all steps, and its share of the products after each block.</summary>
    public void Run(in BackwardWork<T> work, TeamMember member)
    {
        int batch = work.Batch;
        bool hasCell = HasCell;
        nint state = (nint)batch * _layouts.StateSize;
        nint cells = (nint)batch * _layouts.HiddenSize;
        nint width = (nint)batch * _layouts.Sums.Width;
        nint row = (nint)batch * _layouts.RowLength;
        var run = new BackwardArguments<T> { Work = work };
        int end = work.Steps;
        int half = 0;
        do
        {
            TeamGrid grid = _plan.BackwardGrid(member.Count, batch);
            Share share = grid.Of(member.Rank, _layouts.HiddenTransposed.Panels, batch);
            int first = Math.Max(0, end - work.BlockSteps);
            T* sums = work.Sums + half * _layouts.Sums.Panels * work.SumPanel;
            T* rows = work.Rows + half * work.BlockSteps * row;
            for (int t = end - 1; t >= (first == 0 ? -1 : first); t--)
            {
                run.Step = t;
                run.StartsFromCarried = step.CarriesHidden | LoadFinalGradient(work, t, share);
                if (t >= 0)
                {
                    run.BlockStep = half * work.BlockSteps + t - first;
                    run.Sums = sums + (t - first) * width;
                    run.Rows = rows + (t - first) * row;
                    run.Slots = work.Slots == null ? null : work.Slots + t * width;
                    run.OutputGradient = work.OutputGradient == null ? null : work.OutputGradient + t * state;
                    run.Output = work.Output + t * state;
                    run.PreviousHidden = t == 0 ? work.InitialHidden : run.Output - state;
                    run.PreviousCell = hasCell ? work.Cells + t * cells : null;
                    run.Cell = hasCell ? run.PreviousCell + cells : null;
                }

                step.Backward(ref run, share);
                run.LaterRows = run.Rows;
                if (t >= 0) share = grid.Wait(member, _layouts.HiddenTransposed.Panels, share);
            }

            // The next block writes to the other half, so no member has to wait until the others have finished these products.
            if (!member.WaitForAll()) return;
            step.AddWeightGradients(work, member, new BackwardBlock<T>(sums, rows, half, first, end));
            half = 1 - half;
            end = first;
        }
        while (end > 0);
    }

    /// <summary>Returns the input with its padding set to zero, because padding may be NaN, and NaN times zero is not zero.</summary>
    private ReadOnlySpan<T> WithoutPadding(in CapturedInput<T> input, in CallShape call, Span<T> copy)
    {
        if (!call.CopiesInput) return input.Values;
        input.Values[..copy.Length].CopyTo(copy);
        SequencePadding.Clear(copy, input.Lengths, call.Steps, _layouts.InputSize);
        return copy;
    }

    /// <summary>Loads the gradient of the final state for the examples whose last step this is. Returns whether the share contains any.</summary>
    private bool LoadFinalGradient(in BackwardWork<T> work, int t, Share share)
    {
        if (work.FinalHiddenGradient == null || (work.Lengths == null && t != work.Steps - 1)) return false;
        int padded = _layouts.StatePadded, stateSize = _layouts.StateSize, hiddenSize = _layouts.HiddenSize;
        int firstUnit = _layouts.FirstUnit(_layouts.HiddenTransposed, share.FirstPanel);
        int units = _layouts.FirstUnit(_layouts.HiddenTransposed, share.EndPanel) - firstUnit;
        int cellUnits = stateSize == hiddenSize ? units : hiddenSize;
        bool any = false;
        for (int j = share.FirstColumn; j < share.EndColumn; j++)
        {
            bool ends = (work.Lengths == null ? work.Steps : work.Lengths[j]) - 1 == t;
            var carried = new Span<T>(work.CarriedHidden + (nint)j * padded + firstUnit, units);
            if (ends)
            {
                any = true;
                new ReadOnlySpan<T>(work.FinalHiddenGradient + (nint)j * stateSize + firstUnit, units).CopyTo(carried);
                if (HasCell) new ReadOnlySpan<T>(work.FinalCellGradient + (nint)j * hiddenSize + firstUnit, cellUnits).CopyTo(new Span<T>(work.CarriedCell + (nint)j * hiddenSize + firstUnit, cellUnits));
            }
            else if (!step.CarriesHidden)
            {
                carried.Clear();
            }
        }

        return any;
    }
}
