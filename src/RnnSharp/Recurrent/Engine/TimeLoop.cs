using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// The loop over time of every recurrent layer, forward and backward: examples' lengths, initial and final states, the tape, and how
/// a team divides the work; after each block of steps backward, the products over its columns give the gradients of the input
/// and of the weights. What happens within a step is the engine's below.
/// </summary>
internal abstract unsafe class TimeLoop<T, TVector> : RecurrentEngine<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged, IKernelVector<TVector, T>
{
    // Gate gradients held at a time: bytes, and columns at least and at most.
    private const long BlockBytes = 4 << 20;
    private const int LeastBlock = 256;
    private const int MostBlock = 1024;

    // Columns of input products done ahead: whole tiles at every width, and few enough to stay in the cache.
    private const int AheadColumns = 12;

    // What waiting for the other members costs in a time step.
    private const double WaitCycles = 1500;

    // Weights beyond a second-level cache are brought in from afar at every step, which takes as long as some columns of the product.
    private const double NearBytes = 768 << 10;
    private const double LoadColumns = 8;

    protected TimeLoop(KindShape kind, RecurrentParameters<T> parameters, int unitVectors)
        : base(kind, parameters)
    {
        HiddenTransposedLayout = PanelLayout.ForRows(StateSize, TVector.Count);
        InputTransposedLayout = PanelLayout.ForRows(InputSize, TVector.Count);
        InputLayout = new PanelLayout(HiddenSize, TVector.Count, unitVectors, Kind.InputBlocks);
        HiddenLayout = new PanelLayout(HiddenSize, TVector.Count, unitVectors, Kind.HiddenBlocks);
        InputLayout.CheckPacked<T>(InputSize, InputTransposedLayout, "inputSize");
        HiddenLayout.CheckPacked<T>(StateSize, HiddenTransposedLayout, "hiddenSize");
        SumLayout = Kind.Slots == Kind.Gates ? InputLayout : new PanelLayout(HiddenSize, TVector.Count, unitVectors, [.. Kind.InputBlocks, Kind.Gates]);
    }

    protected PanelKernels<T> Kernels { get; } = PanelKernels<T>.Instance;

    /// <summary>The panels of the input weights.</summary>
    protected PanelLayout InputLayout { get; }

    /// <summary>The panels of the recurrent weights.</summary>
    protected PanelLayout HiddenLayout { get; }

    /// <summary>The panels of the sums: those of the input weights and, of a kind with a slot more, the candidate's recurrent side.</summary>
    protected PanelLayout SumLayout { get; }

    protected PanelLayout InputTransposedLayout { get; }

    protected PanelLayout HiddenTransposedLayout { get; }

    public override long TapeLength(long columns) => RowLength * columns + AlignedBuffer<T>.Slack;

    /// <summary>Multiply-adds a step and example, the equations counted as some 64 a unit.</summary>
    private long MultiplyAdds => (long)HiddenSize * (Kind.Gates * ((long)InputSize + StateSize) + 64);

    /// <summary>Where the slots of the recurrent product begin in a panel's sums.</summary>
    protected int HiddenSlotOffset => (Kind.Slots - Kind.HiddenBlocks.Length) * TVector.Count;

    /// <summary>Units, up to whole panels.</summary>
    protected int UnitsPadded => SumLayout.Panels * SumLayout.UnitVectors * TVector.Count;

    /// <summary>
    /// Elements from one example's row of gate gradients to the next: a line more than they are, so that those of a block of examples
    /// do not fall into one set of the cache.
    /// </summary>
    protected int RowLength => Kind.Slots * UnitsPadded + AlignedBuffer<T>.Slack;

    public override long TapeElements(int batch, int steps)
    {
        long slots = (long)SumLayout.Panels * SumLayout.Width * batch;
        return (long)StateSize * batch + (Kind.HasCell ? (long)HiddenSize * batch * (steps + 1) : 0) + (Kind.KeepsSlots ? slots * steps : 0) + (steps > 1 ? slots * AheadSteps(batch) : 0);
    }

    public override void Forward(RecurrentPass<T> pass, PackedWeights<T> weights)
    {
        Sequence<T> input = pass.Input;
        int batch = input.Batch;
        int steps = pass.ComputedSteps = LongestLength(input);
        nint columns = (nint)steps * batch;
        int cellStep = Kind.HasCell ? HiddenSize * batch : 0;
        fixed (T* x = input.Values, y = pass.Output.Values)
        fixed (int* tokens = input.Tokens, lengths = input.Lengths)
        {
            var first = new StepArguments
            {
                Weights = weights,
                Batch = batch,
                Lengths = lengths,
                Slots = Kind.KeepsSlots ? pass.Slots.Require((long)SumLayout.Panels * columns * SumLayout.Width) : null,
                SlotPanel = columns * SumLayout.Width,
                SlotStep = (nint)batch * SumLayout.Width,
                Input = x,
                Tokens = input.IsTokens ? tokens : null,
                Hidden = pass.InitialHidden.Pointer,
                Cell = pass.Cells.Pointer,
                CellStep = cellStep,
                Output = y,
                AheadSums = RequireAhead(pass.Ahead, input),
            };
            PrepareForward(ref first, pass, steps);
            RunTogether(first, steps);
        }

        pass.Output.Values[(int)(columns * StateSize)..].Clear();
        Span<T> hidden = pass.FinalState.Leaves[0].Values;
        Span<T> cell = Kind.HasCell ? pass.FinalState.Leaves[1].Values : default;
        for (int j = 0; j < batch; j++)
        {
            int length = input.LengthOf(j);
            LastHidden(pass.InitialHidden.Span, pass.Output, j, length).CopyTo(hidden.Slice(j * StateSize, StateSize));
            if (Kind.HasCell) pass.Cells.Span.Slice(length * cellStep + j * HiddenSize, HiddenSize).CopyTo(cell.Slice(j * HiddenSize, HiddenSize));
        }
    }

    public override void Predict(Sequence<T> input, PackedWeights<T> weights, Span<T> hidden, Span<T> cell, Sequence<T> output, RecurrentScratch<T> scratch)
    {
        int batch = input.Batch;
        int steps = LongestLength(input);
        fixed (T* x = input.Values, y = output.Values, h = hidden, c = cell)
        fixed (int* tokens = input.Tokens, lengths = input.Lengths)
        {
            var first = new StepArguments
            {
                Weights = weights,
                Batch = batch,
                Lengths = lengths,
                Input = x,
                Tokens = input.IsTokens ? tokens : null,
                Hidden = h,
                Cell = c,
                EndedCells = Kind.HasCell && input.IsRagged ? scratch.EndedCells.Require((long)HiddenSize * batch) : null,
                Output = y,
                AheadSums = RequireAhead(scratch.Ahead, input),
            };
            PreparePredict(ref first, scratch);
            RunTogether(first, steps);
            GC.KeepAlive(scratch);
        }

        output.Values[(steps * batch * StateSize)..].Clear();
        for (int j = 0; j < batch; j++)
        {
            int length = input.LengthOf(j);
            Span<T> last = hidden.Slice(j * StateSize, StateSize);
            LastHidden(hidden, output, j, length).CopyTo(last);
            if (Kind.HasCell && length < steps) scratch.EndedCells.Span.Slice(j * HiddenSize, HiddenSize).CopyTo(cell[(j * HiddenSize)..]);
        }
    }

    public override void Step(ReadOnlySpan<T> input, ReadOnlySpan<int> tokens, PackedWeights<T> weights, Span<T> hidden, Span<T> cell, Span<T> output, int batch, RecurrentScratch<T> scratch)
    {
        fixed (T* x = input, h = hidden, c = cell, y = output)
        fixed (int* token = tokens)
        {
            var first = new StepArguments
            {
                Weights = weights,
                Batch = batch,
                Input = x,
                Tokens = tokens.IsEmpty ? null : token,
                Hidden = h,
                Cell = c,
                Output = y,
                Backwards = scratch.Backwards = !scratch.Backwards,
            };
            PreparePredict(ref first, scratch);
            RunTogether(first, steps: 1);
            GC.KeepAlive(scratch);
        }

        output.CopyTo(hidden);
    }

    public override void Backward(RecurrentPass<T> pass, PackedWeights<T> weights, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool accumulate, Gradients<T> gradients, RecurrentBackwardScratch<T> scratch)
    {
        Sequence<T> input = pass.Input;
        int batch = input.Batch;
        int steps = pass.ComputedSteps;
        int width = SumLayout.Width;
        int padded = HiddenTransposedLayout.Panels * HiddenTransposedLayout.Width;
        int blockSteps = BlockSteps(batch, steps);
        nint sumPanel = (nint)blockSteps * batch * width;
        double cycles = Kernels.Cycles(2.0 * MultiplyAdds * batch * steps);
        int members = Grid(Team.SizeFor(cycles), HiddenTransposedLayout, batch).Members;

        int gatherLength = Kernels.GatherLength(Math.Max(InputSize, Math.Max(HiddenSize, StateSize)), blockSteps * batch);

        // Whole vectors of padding are never written, and must not bring an old NaN into a product with zero.
        bool wholePadding = UnitsPadded - HiddenSize >= TVector.Count;
        int halves = blockSteps < steps ? 2 : 1;
        long rowsLength = (long)halves * blockSteps * batch * RowLength;
        T* rows = wholePadding ? scratch.Rows.RequireZero(rowsLength) : scratch.Rows.Require(rowsLength);
        Span<T> inputWeightGradient = gradients.Begin(0, accumulate);
        ReadOnlySpan<T> x = inputWeightGradient.IsEmpty ? default : input.WithoutPadding(input.Values, steps, InputSize, scratch.Input);
        Span<T> recurrentWeightGradient = gradients.Begin(1, accumulate);
        if (input.IsTokens) inputWeightGradient.Clear();
        fixed (T* dy = outputGradient is null ? default : outputGradient.Values, y = pass.Output.Values, data = x)
        fixed (T* dh0 = gradients.InitialState.Leaves[0].Values)
        fixed (T* dhEnd = finalStateGradient is null ? default : finalStateGradient.Leaves[0].Values)
        fixed (T* dcEnd = finalStateGradient is null || !Kind.HasCell ? default : finalStateGradient.Leaves[1].Values)
        fixed (T* dx = gradients.Input is null ? default : gradients.Input.Values, dwx = inputWeightGradient, dwh = recurrentWeightGradient)
        fixed (int* lengths = input.Lengths, tokens = input.Tokens)
        {
            var work = new BackwardWork
            {
                Engine = this,
                Weights = weights,
                Batch = batch,
                Steps = steps,
                BlockSteps = blockSteps,
                Halves = halves,
                Lengths = lengths,
                Sums = scratch.Sums.Require((long)halves * SumLayout.Panels * sumPanel),
                SumPanel = sumPanel,
                Rows = rows,
                Slots = Kind.KeepsSlots ? pass.Slots.Pointer : null,
                SlotPanel = (nint)steps * batch * width,
                OutputGradient = dy,
                Output = y,
                InitialHidden = pass.InitialHidden.Pointer,
                HasInitialState = pass.HasInitialState,
                Cells = Kind.HasCell ? pass.Cells.Pointer : null,
                CarriedHidden = scratch.Hidden.RequireZero((long)padded * batch),
                CarriedCell = Kind.HasCell ? scratch.Cell.RequireZero((long)HiddenSize * batch) : null,
                FinalHiddenGradient = dhEnd,
                FinalCellGradient = dcEnd,
                InitialHiddenGradient = dh0,
                Input = data,
                Tokens = tokens,
                InputGradient = dx,
                InputWeightGradient = dwx,
                RecurrentWeightGradient = dwh,
                BiasGradient = scratch.Bias.Require(BiasRows),
                Gathered = scratch.Gathered.Require((long)gatherLength * members),
                GatherLength = gatherLength,
            };
            PrepareBackward(ref work, pass, scratch);
            Team.Run(ref work, members, cycles);

            // The work knows the tape by its addresses only.
            GC.KeepAlive(pass);
        }

        if (Kind.HasCell) scratch.Cell.Span.CopyTo(gradients.InitialState.Leaves[1].Values);
        gradients.Input?.Values[(steps * batch * InputSize)..].Clear();
        CopyGradient(gradients, Parameters.Bias, scratch.Bias.Span, accumulate);
        if (Parameters.CandidateBias is { } candidateBias) CopyGradient(gradients, candidateBias, scratch.Bias.Span[Parameters.Bias.Rows..], accumulate);
        FinishBackward(gradients, scratch, accumulate);
        gradients.End();
    }

    public override void CopySlot(RecurrentPass<T> pass, int step, int slot, Span<T> target)
    {
        int batch = pass.Output.Batch;
        nint panel = (nint)pass.ComputedSteps * batch * SumLayout.Width;
        for (int j = 0; j < batch; j++)
        {
            for (int i = 0; i < HiddenSize; i++)
            {
                T* column = pass.Slots.Pointer + i / TVector.Count * panel + (nint)(step * batch + j) * SumLayout.Width;
                target[i + HiddenSize * j] = column[slot * TVector.Count + i % TVector.Count];
            }
        }

        GC.KeepAlive(pass);
    }

    protected override void Pack(PackedWeights<T> target)
    {
        Kernels.Pack(InputLayout, Parameters.InputWeights.Values, Parameters.InputWeights.Rows, InputSize, target.Input.Require((long)InputLayout.Panels * InputSize * InputLayout.Width));
        Kernels.Pack(HiddenLayout, Parameters.RecurrentWeights.Values, Parameters.RecurrentWeights.Rows, StateSize, target.Hidden.Require((long)HiddenLayout.Panels * StateSize * HiddenLayout.Width));

        // Both biases one below the other, as the layout stacks them, lie behind their packed form.
        int packedLength = SumLayout.Panels * SumLayout.Width;
        T* bias = target.Bias.Require(packedLength + BiasRows);
        var column = new Span<T>(bias + packedLength, BiasRows);
        Parameters.Bias.Values.CopyTo(column);
        Parameters.CandidateBias?.Values.CopyTo(column[Parameters.Bias.Rows..]);
        Kernels.Pack(SumLayout, column, BiasRows, 1, bias);
    }

    protected override void PackTransposed(PackedWeights<T> target)
    {
        long inputRows = (long)InputLayout.Panels * InputLayout.Width;
        long hiddenRows = (long)HiddenLayout.Panels * HiddenLayout.Width;
        Kernels.PackTransposed(InputLayout, Parameters.InputWeights.Values, Parameters.InputWeights.Rows, InputTransposedLayout,
            target.InputTransposed.Require(inputRows * InputTransposedLayout.Panels * InputTransposedLayout.Width));
        Kernels.PackTransposed(HiddenLayout, Parameters.RecurrentWeights.Values, Parameters.RecurrentWeights.Rows, HiddenTransposedLayout,
            target.HiddenTransposed.Require(hiddenRows * HiddenTransposedLayout.Panels * HiddenTransposedLayout.Width));
    }

    /// <summary>Whether the previous h gets gradient element by element, which is carried from step to step.</summary>
    protected virtual bool CarriesHidden => Kind.MixesHidden;

    /// <summary>Runs one step over a share.</summary>
    protected abstract void RunStep(ref StepArguments run, Share share);

    /// <summary>Sums the input's part of some steps to come, for the panels of a share.</summary>
    protected virtual void SumInputsAhead(ref StepArguments run, Share share, int steps) => throw new NotSupportedException();

    /// <summary>Runs one step backward over a share: gradients on h first, then on the sums.</summary>
    protected abstract void RunBackwardStep(ref BackwardArguments run, Share share);

    /// <summary>Sets what the steps of Forward need besides.</summary>
    protected virtual void PrepareForward(ref StepArguments first, RecurrentPass<T> pass, int steps)
    {
    }

    /// <summary>Sets what the steps of Predict and Step need besides.</summary>
    protected virtual void PreparePredict(ref StepArguments first, RecurrentScratch<T> scratch)
    {
    }

    /// <summary>Sets what the steps of Backward need besides.</summary>
    protected virtual void PrepareBackward(ref BackwardWork work, RecurrentPass<T> pass, RecurrentBackwardScratch<T> scratch)
    {
    }

    /// <summary>Hands over the gradients of the parameters that only this engine has.</summary>
    protected virtual void FinishBackward(Gradients<T> gradients, RecurrentBackwardScratch<T> scratch, bool accumulate)
    {
    }

    /// <summary>Copies a gradient, which may begin a longer buffer, to where the parameter's belongs.</summary>
    protected void CopyGradient(Gradients<T> gradients, Parameter<T> parameter, ReadOnlySpan<T> values, bool accumulate)
    {
        Span<T> target = gradients.Begin(Array.IndexOf(AllParameters, parameter), accumulate);
        values[..target.Length].CopyTo(target);
    }

    private static int LongestLength(Sequence<T> input)
    {
        if (!input.IsRagged) return input.Steps;
        int longest = 0;
        foreach (int length in input.Lengths) longest = Math.Max(longest, length);
        return longest;
    }

    private ReadOnlySpan<T> LastHidden(ReadOnlySpan<T> initial, Sequence<T> output, int example, int length) => length == 0
        ? initial.Slice(example * StateSize, StateSize)
        : output.Step(length - 1).Slice(example * StateSize, StateSize);

    /// <summary>Steps whose gate gradients are held at a time: enough for the weight gradients to be long products, few enough to stay in the cache.</summary>
    private int BlockSteps(int batch, int steps)
    {
        long columnBytes = (long)SumLayout.Panels * SumLayout.Width * sizeof(T);
        int most = Math.Max(1, (int)Math.Clamp(BlockBytes / columnBytes, LeastBlock, MostBlock) / batch);
        int blocks = Math.Max(1, (steps + most - 1) / most);
        return (steps + blocks - 1) / blocks;
    }

    /// <summary>How a team divides a time step.</summary>
    protected virtual TeamGrid Grid(int members, PanelLayout layout, int batch)
    {
        double tile = Kernels.Cycles((double)MultiplyAdds) / layout.Panels;
        bool distant = (double)Kind.Gates * HiddenSize * (InputSize + StateSize) * sizeof(T) > NearBytes;
        return TeamGrid.For(members, layout.Panels, batch, wait: WaitCycles / tile, load: distant ? LoadColumns : 0);
    }

    /// <summary>Steps whose input products are done at a time, where there are so few examples that this helps; else 0.</summary>
    protected virtual int AheadSteps(int batch) => 2 * batch <= PanelKernels<T, TVector>.MaxColumns(InputLayout.Vectors) ? AheadColumns / batch : 0;

    /// <summary>Memory for the input products of the steps ahead, or null where they are done step by step.</summary>
    private T* RequireAhead(AlignedBuffer<T> buffer, Sequence<T> input)
    {
        int steps = AheadSteps(input.Batch);
        return steps > 0 && input.Steps > 1 && !input.IsTokens ? buffer.Require((long)SumLayout.Panels * SumLayout.Width * steps * input.Batch) : null;
    }

    private void RunTogether(in StepArguments first, int steps)
    {
        double cycles = Kernels.Cycles((double)MultiplyAdds * first.Batch * steps);
        int members = Team.SizeFor(cycles);
        if (members > 1) members = Grid(members, SumLayout, first.Batch).Members;
        if (members == 1)
        {
            RunForward(first, steps, TeamMember.Alone);
            return;
        }

        var work = new ForwardWork { Engine = this, First = first, Steps = steps };
        Team.Run(ref work, members, cycles);
    }

    /// <summary>The first unit of a panel, or the number of units where the panel is the one after the last.</summary>
    private int FirstUnit(PanelLayout layout, int panel) => Math.Min(panel * layout.UnitVectors * TVector.Count, layout.Units);

    /// <summary>The time loop, forward, over one member's share.</summary>
    private void RunForward(in StepArguments firstStep, int steps, TeamMember me)
    {
        StepArguments run = firstStep;
        TeamGrid grid = Grid(me.Count, SumLayout, run.Batch);
        Share share = grid.Of(me.Rank, SumLayout.Panels, run.Batch);
        int firstUnit = FirstUnit(SumLayout, share.FirstPanel);
        int units = FirstUnit(SumLayout, share.EndPanel) - firstUnit;
        int features = StateSize == HiddenSize ? units : StateSize;
        nint state = (nint)StateSize * run.Batch;
        nint width = (nint)run.Batch * SumLayout.Width;
        int ahead = run.AheadSums != null && grid.ColumnGroups == 1 ? AheadSteps(run.Batch) : 0;
        run.AheadPanel = ahead * width;
        for (int t = 0; t < steps; t++)
        {
            // c moves on in place, so that of an example that ends here is put aside first.
            for (int j = share.FirstColumn; j < share.EndColumn && run.EndedCells != null; j++)
            {
                int at = j * HiddenSize + firstUnit;
                if (run.Lengths[j] == t) new ReadOnlySpan<T>(run.Cell + at, units).CopyTo(new Span<T>(run.EndedCells + at, units));
            }

            if (ahead > 0)
            {
                if (t % ahead == 0) SumInputsAhead(ref run, share, Math.Min(ahead, steps - t));
                run.Ahead = run.AheadSums + t % ahead * width;
            }

            run.Step = t;
            RunStep(ref run, share);
            run.Backwards = !run.Backwards;
            for (int j = share.FirstColumn; j < share.EndColumn && run.Lengths != null; j++)
            {
                if (t >= run.Lengths[j]) new Span<T>(run.Output + j * StateSize + firstUnit, features).Clear();
            }

            if (t == steps - 1) return;
            grid.Wait(me);
            if (run.Tokens == null) run.Input += (nint)run.Batch * InputSize;
            else run.Tokens += run.Batch;
            run.Hidden = run.Output;
            run.Cell += run.CellStep;
            run.Output += state;
            if (run.Slots != null) run.Slots += run.SlotStep;
        }
    }

    /// <summary>
    /// The time loop, backward, over one member's share, in blocks of steps: when the gate gradients of a block are there, while they
    /// are still in the cache, the products over its columns follow (the input's gradient, and the weights').
    /// </summary>
    private void RunBackward(in BackwardWork work, TeamMember me)
    {
        int batch = work.Batch;
        TeamGrid grid = Grid(me.Count, HiddenTransposedLayout, batch);
        Share share = grid.Of(me.Rank, HiddenTransposedLayout.Panels, batch);
        nint state = (nint)batch * StateSize;
        nint cells = (nint)batch * HiddenSize;
        nint width = (nint)batch * SumLayout.Width;
        nint row = (nint)batch * RowLength;
        var run = new BackwardArguments { Work = work };
        int end = work.Steps;
        int half = 0;
        do
        {
            int first = Math.Max(0, end - work.BlockSteps);
            T* sums = work.Sums + half * SumLayout.Panels * work.SumPanel;
            T* rows = work.Rows + half * work.BlockSteps * row;
            for (int t = end - 1; t >= (first == 0 ? -1 : first); t--)
            {
                run.Step = t;
                run.StartsFromCarried = CarriesHidden | Inject(work, t, share);
                if (t >= 0)
                {
                    run.BlockStep = half * work.BlockSteps + t - first;
                    run.Sums = sums + (t - first) * width;
                    run.Rows = rows + (t - first) * row;
                    run.Slots = Kind.KeepsSlots ? work.Slots + t * width : null;
                    run.OutputGradient = work.OutputGradient == null ? null : work.OutputGradient + t * state;
                    run.Output = work.Output + t * state;
                    run.PreviousHidden = t == 0 ? work.InitialHidden : run.Output - state;
                    run.PreviousCell = Kind.HasCell ? work.Cells + t * cells : null;
                    run.Cell = Kind.HasCell ? run.PreviousCell + cells : null;
                }

                RunBackwardStep(ref run, share);
                run.LaterRows = run.Rows;
                if (t >= 0) grid.Wait(me);
            }

            // The next block writes the other half, so that nobody needs to wait until all have done their products.
            me.WaitForAll();
            AddProducts(work, me, sums, rows, first, end);
            half = 1 - half;
            end = first;
        }
        while (end > 0);
    }

    /// <summary>Brings the final state's gradient in where an example's last step is this one. Says whether it did.</summary>
    private bool Inject(in BackwardWork work, int step, Share share)
    {
        if (work.FinalHiddenGradient == null || (work.Lengths == null && step != work.Steps - 1)) return false;
        int padded = HiddenTransposedLayout.Panels * HiddenTransposedLayout.Width;
        int firstUnit = FirstUnit(HiddenTransposedLayout, share.FirstPanel);
        int units = FirstUnit(HiddenTransposedLayout, share.EndPanel) - firstUnit;
        int cellUnits = StateSize == HiddenSize ? units : HiddenSize;
        bool any = false;
        for (int j = share.FirstColumn; j < share.EndColumn; j++)
        {
            bool ends = (work.Lengths == null ? work.Steps : work.Lengths[j]) - 1 == step;
            var carried = new Span<T>(work.CarriedHidden + (nint)j * padded + firstUnit, units);
            if (ends)
            {
                any = true;
                new ReadOnlySpan<T>(work.FinalHiddenGradient + (nint)j * StateSize + firstUnit, units).CopyTo(carried);
                if (Kind.HasCell) new ReadOnlySpan<T>(work.FinalCellGradient + (nint)j * HiddenSize + firstUnit, cellUnits).CopyTo(new Span<T>(work.CarriedCell + (nint)j * HiddenSize + firstUnit, cellUnits));
            }
            else if (!CarriesHidden)
            {
                carried.Clear();
            }
        }

        return any;
    }

    /// <summary>
    /// What the gate gradients of some steps add to the input's and the parameters' gradients: products over all their columns, of
    /// which each member computes other elements.
    /// </summary>
    /// <param name="work">The whole work.</param>
    /// <param name="me">The member.</param>
    /// <param name="sums">[panel][column][slot][unit vector][lane], from the first step on.</param>
    /// <param name="rows">[column, a row apart][slot][unit], from the first step on.</param>
    /// <param name="firstStep">The first of the steps.</param>
    /// <param name="endStep">The step after the last.</param>
    private void AddProducts(in BackwardWork work, TeamMember me, T* sums, T* rows, int firstStep, int endStep)
    {
        int batch = work.Batch;
        bool add = endStep < work.Steps;
        int firstColumn = firstStep * batch;
        int columns = (endStep - firstStep) * batch;
        int width = SumLayout.Width;
        T* gathered = work.Gathered + (nint)me.Rank * work.GatherLength;
        var inputSums = new PanelSide<T>(sums, work.SumPanel, width);
        if (work.InputGradient != null)
        {
            int depth = Kind.Gates * UnitsPadded;
            var packed = new PanelSide<T>(work.Weights.InputTransposed.Pointer, (nint)depth * InputTransposedLayout.Width, InputTransposedLayout.Width);
            var data = new ColumnSide<T>(rows, depth, 1, RowLength);
            Kernels.Product(InputTransposedLayout, InputSize, packed, null, data, TeamGrid.Share(me, InputTransposedLayout.Panels, columns), work.InputGradient + (nint)firstColumn * InputSize, add: false);
        }

        if (work.InputWeightGradient != null)
        {
            T* data = work.Tokens == null ? work.Input + (nint)firstColumn * InputSize : null;
            int* tokens = work.Tokens == null ? null : work.Tokens + firstColumn;
            Kernels.InputWeightGradient(me, InputLayout, Parameters.InputWeights.Rows, inputSums, data, tokens, columns, InputSize, work.InputWeightGradient, add, gathered);
        }

        if (work.RecurrentWeightGradient != null) AddRecurrentProducts(work, me, sums, firstStep, columns, add);
        AddBiasProducts(work, me, sums, firstStep, columns, add);
    }

    /// <summary>What some steps add to the gradient of the recurrent weights.</summary>
    /// <param name="work">The whole work.</param>
    /// <param name="me">The member.</param>
    /// <param name="sums">[panel][column][slot][unit vector][lane], from the first step on.</param>
    /// <param name="firstStep">The first of the steps.</param>
    /// <param name="columns">Examples times steps.</param>
    /// <param name="add">Whether to add to what is there.</param>
    protected virtual void AddRecurrentProducts(in BackwardWork work, TeamMember me, T* sums, int firstStep, int columns, bool add)
    {
        // Step t meets the hidden state of t - 1: the initial one, then the outputs.
        int batch = work.Batch;
        int width = SumLayout.Width;
        int initial = firstStep == 0 ? Math.Min(batch, columns) : 0;
        T* offset = sums + HiddenSlotOffset;
        bool more = add;
        if (initial > 0 && work.HasInitialState)
        {
            AddRecurrentProduct(work, me, HiddenLayout, offset, work.InitialHidden, initial, more);
            more = true;
        }

        if (columns > initial || !more)
            AddRecurrentProduct(work, me, HiddenLayout, offset + (nint)initial * width, work.Output + (nint)(firstStep * batch + initial - batch) * StateSize, columns - initial, more);
    }

    /// <summary>Adds the product of some gates' gradients with what they were multiplied with, [column][feature of h].</summary>
    protected void AddRecurrentProduct(in BackwardWork work, TeamMember me, PanelLayout layout, T* sums, T* data, int columns, bool add)
    {
        T* gathered = work.Gathered + (nint)me.Rank * work.GatherLength;
        Share share = TeamGrid.Share(me, layout.Panels, StateSize);
        Kernels.Product(layout, Parameters.RecurrentWeights.Rows, new PanelSide<T>(sums, work.SumPanel, SumLayout.Width), null, new ColumnSide<T>(data, columns, StateSize, 1), share, work.RecurrentWeightGradient, add, gathered);
    }

    /// <summary>What some steps add to the gradients of the biases and of other parameters that belong to the units.</summary>
    /// <inheritdoc cref="AddRecurrentProducts"/>
    protected virtual void AddBiasProducts(in BackwardWork work, TeamMember me, T* sums, int firstStep, int columns, bool add) =>
        Kernels.BiasGradient(me, SumLayout, BiasRows, new PanelSide<T>(sums, work.SumPanel, SumLayout.Width), columns, work.BiasGradient, add);

    /// <summary>What every member of a team needs for its share of a time loop forward.</summary>
    protected struct ForwardWork : ITeamWork
    {
        public TimeLoop<T, TVector> Engine;

        public StepArguments First;

        public int Steps;

        public readonly void Run(TeamMember me) => Engine.RunForward(First, Steps, me);
    }

    /// <summary>Where one forward step reads and writes. All [example][…], starting at this step.</summary>
    protected struct StepArguments
    {
        public PackedWeights<T> Weights;
        public int Batch;

        /// <summary>[example], or null when not ragged.</summary>
        public int* Lengths;

        /// <summary>[example][feature], or null for tokens.</summary>
        public T* Input;

        /// <summary>[example], or null for features.</summary>
        public int* Tokens;

        /// <summary>[example][unit]: h before the step.</summary>
        public T* Hidden;

        /// <summary>[example][unit]: c before the step; c after it lies <see cref="CellStep"/> on.</summary>
        public T* Cell;

        /// <summary>Elements from a step's c to the next's; 0 where c moves on in place.</summary>
        public nint CellStep;

        /// <summary>[example][unit]: where c moves on in place, takes that of an example whose last step is done; or null.</summary>
        public T* EndedCells;

        /// <summary>[example][unit]: h after the step.</summary>
        public T* Output;

        /// <summary>[panel, SlotPanel apart][example][slot][unit vector][lane], or null without a tape.</summary>
        public T* Slots;

        public nint SlotPanel;

        /// <summary>Elements from a step's slots to the next's; 0 where all steps use the same.</summary>
        public nint SlotStep;

        /// <summary>What the steps of a <see cref="StagedEngine{T, TKind, TVector}"/> need besides.</summary>
        public StageMemory<T> Stages;

        /// <summary>The step's number.</summary>
        public int Step;

        /// <summary>[panel, AheadPanel apart][step][example][slot][unit vector][lane]: room for the input's part of the sums of some steps, or null.</summary>
        public T* AheadSums;

        /// <summary>The same from this step on, once it is there.</summary>
        public T* Ahead;

        public nint AheadPanel;

        /// <summary>Whether the step takes the last panel first.</summary>
        public bool Backwards;
    }

    /// <summary>What every member of a team needs for its share of a time loop backward. Over time all start at the first step.</summary>
    protected struct BackwardWork : ITeamWork
    {
        public TimeLoop<T, TVector> Engine;
        public PackedWeights<T> Weights;
        public int Batch;
        public int Steps;

        /// <summary>Steps whose sums are held at a time.</summary>
        public int BlockSteps;

        /// <summary>How many times that many: 1 or 2.</summary>
        public int Halves;

        /// <summary>[example], or null when not ragged.</summary>
        public int* Lengths;

        /// <summary>[half][panel, SumPanel apart][step of the block][example][slot][unit vector][lane]: the gradients on the sums.</summary>
        public T* Sums;

        public nint SumPanel;

        /// <summary>[half][step of the block][example, a row apart][slot][unit, padded]: the same once more, as the products back through the weights read them.</summary>
        public T* Rows;

        /// <summary>[panel, SlotPanel apart][step][example][slot][unit vector][lane]: the tape, or null.</summary>
        public T* Slots;

        public nint SlotPanel;

        /// <summary>[step][example][unit], or null.</summary>
        public T* OutputGradient;

        /// <summary>[step][example][unit]: h after each step.</summary>
        public T* Output;

        /// <summary>[example][unit].</summary>
        public T* InitialHidden;

        /// <summary>Whether the initial hidden state is anything but zero.</summary>
        public bool HasInitialState;

        /// <summary>[step + 1][example][unit]: c from the initial one on, or null.</summary>
        public T* Cells;

        /// <summary>[example][unit, padded].</summary>
        public T* CarriedHidden;

        /// <summary>[example][unit], or null.</summary>
        public T* CarriedCell;

        /// <summary>[example][unit], or null.</summary>
        public T* FinalHiddenGradient;

        /// <summary>[example][unit], or null.</summary>
        public T* FinalCellGradient;

        /// <summary>[example][unit].</summary>
        public T* InitialHiddenGradient;

        /// <summary>[step][example][feature], zero past an example's end; or null for tokens.</summary>
        public T* Input;

        /// <summary>[step][example], or null for features.</summary>
        public int* Tokens;

        /// <summary>[step][example][feature], or null.</summary>
        public T* InputGradient;

        /// <summary>[feature][gate][unit], zero for tokens; or null.</summary>
        public T* InputWeightGradient;

        /// <summary>[unit][gate][unit], or null.</summary>
        public T* RecurrentWeightGradient;

        /// <summary>[gate][unit]: both biases, one below the other.</summary>
        public T* BiasGradient;

        /// <summary>[member][…]: where a product gathers its columns.</summary>
        public T* Gathered;

        public int GatherLength;

        /// <summary>What the steps of a <see cref="StagedEngine{T, TKind, TVector}"/> need besides.</summary>
        public StageMemory<T> Stages;

        public readonly void Run(TeamMember me) => Engine.RunBackward(this, me);
    }

    /// <summary>Where one backward step reads and writes. All [example][…], starting at this step.</summary>
    protected struct BackwardArguments
    {
        public BackwardWork Work;

        /// <summary>-1 stands for the initial state.</summary>
        public int Step;

        /// <summary>The step's place in the memory of two blocks of steps.</summary>
        public int BlockStep;

        /// <summary>Whether what h gets besides the product is in <see cref="BackwardWork.CarriedHidden"/>, or else is zero.</summary>
        public bool StartsFromCarried;

        /// <summary>[panel, SumPanel apart][example][slot][unit vector][lane]: the gradients on the sums, to be written.</summary>
        public T* Sums;

        /// <summary>[example, a row apart][slot][unit, padded]: the same once more.</summary>
        public T* Rows;

        /// <summary>Those of the step after, or null at the last.</summary>
        public T* LaterRows;

        /// <summary>[panel, SlotPanel apart][example][slot][unit vector][lane]: the tape's.</summary>
        public T* Slots;

        /// <summary>[example][unit], or null.</summary>
        public T* OutputGradient;

        /// <summary>[example][unit]: h after the step.</summary>
        public T* Output;

        /// <summary>[example][unit]: h before it.</summary>
        public T* PreviousHidden;

        /// <summary>[example][unit]: c after it.</summary>
        public T* Cell;

        /// <summary>[example][unit]: c before it.</summary>
        public T* PreviousCell;
    }
}
