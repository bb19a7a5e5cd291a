using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// A time step is one fused pass: for each panel of units and block of examples the sums bias + W x + U h run in registers, and the
/// kind's equations follow on them; with very few examples W x is summed for some steps ahead. Backward goes the same way from the
/// last step: the product with the transposed recurrent weights gives the gradient on h, and the equations follow; after each block
/// of steps the products over its columns give the gradients of the input and of the weights.
/// </summary>
internal sealed unsafe class RecurrentEngine<T, TKind, TLane> : RecurrentEngine<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TKind : struct, IRecurrentEquations
    where TLane : unmanaged, ILane<TLane, T>
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

    private readonly PanelKernels<T> _kernels = PanelKernels<T>.Instance;
    private readonly PanelLayout _inputLayout;
    private readonly PanelLayout _hiddenLayout;
    private readonly PanelLayout _sumLayout;
    private readonly PanelLayout _inputTransposedLayout;
    private readonly PanelLayout _hiddenTransposedLayout;

    public RecurrentEngine(Parameter<T> inputWeights, Parameter<T> recurrentWeights, Parameter<T> bias, Parameter<T>? candidateBias)
        : base(inputWeights, recurrentWeights, bias, candidateBias)
    {
        _hiddenTransposedLayout = PanelLayout.ForRows(HiddenSize, TLane.Count);
        _inputTransposedLayout = PanelLayout.ForRows(InputSize, TLane.Count);
        int unitVectors = TKind.Slots == 1 ? _hiddenTransposedLayout.UnitVectors : 1;
        _inputLayout = new PanelLayout(HiddenSize, TLane.Count, unitVectors, TKind.InputBlocks);
        _hiddenLayout = new PanelLayout(HiddenSize, TLane.Count, unitVectors, TKind.HiddenBlocks);
        _inputLayout.CheckPacked<T>(InputSize, _inputTransposedLayout, "inputSize");
        _hiddenLayout.CheckPacked<T>(HiddenSize, _hiddenTransposedLayout, "hiddenSize");
        _sumLayout = TKind.Slots == TKind.Gates ? _inputLayout : new PanelLayout(HiddenSize, TLane.Count, unitVectors, [.. TKind.InputBlocks, TKind.Gates]);
    }

    public override bool HasCell => TKind.HasCell;

    public override long TapeLength(long columns) => RowLength * columns + AlignedBuffer<T>.Slack;

    /// <summary>Multiply-adds a step and example, the equations counted as some 64 a unit.</summary>
    private long MultiplyAdds => (long)HiddenSize * (TKind.Gates * ((long)InputSize + HiddenSize) + 64);

    /// <summary>Where the slots of the recurrent product begin in a panel's sums.</summary>
    private static int HiddenSlotOffset => (TKind.Slots - TKind.Gates) * TLane.Count;

    /// <summary>Units, up to whole panels.</summary>
    private int UnitsPadded => _sumLayout.Panels * _sumLayout.UnitVectors * TLane.Count;

    /// <summary>
    /// Elements from one example's row of gate gradients to the next: a line more than they are, so that those of a block of examples
    /// do not fall into one set of the cache.
    /// </summary>
    private int RowLength => TKind.Slots * UnitsPadded + AlignedBuffer<T>.Slack;

    public override void Forward(RecurrentPass<T> pass, PackedWeights<T> weights)
    {
        Sequence<T> input = pass.Input;
        int batch = input.Batch;
        int steps = pass.ComputedSteps = LongestLength(input);
        nint columns = (nint)steps * batch;
        int cellStep = TKind.HasCell ? HiddenSize * batch : 0;
        fixed (T* x = input.Values, y = pass.Output.Values)
        fixed (int* tokens = input.Tokens, lengths = input.Lengths)
        {
            var first = new StepArguments
            {
                Weights = weights,
                Batch = batch,
                Lengths = lengths,
                Slots = TKind.KeepsSlots ? pass.Slots.Require((long)_sumLayout.Panels * columns * _sumLayout.Width) : null,
                SlotPanel = columns * _sumLayout.Width,
                Input = x,
                Tokens = input.IsTokens ? tokens : null,
                Hidden = pass.InitialHidden.Pointer,
                Cell = pass.Cells.Pointer,
                CellStep = cellStep,
                Output = y,
                AheadSums = RequireAhead(pass.Ahead, input),
            };
            RunTogether(first, steps);
        }

        pass.Output.Values[(int)(columns * HiddenSize)..].Clear();
        Span<T> hidden = pass.FinalState.Leaves[0].Values;
        Span<T> cell = TKind.HasCell ? pass.FinalState.Leaves[1].Values : default;
        for (int j = 0; j < batch; j++)
        {
            int length = input.LengthOf(j);
            LastHidden(pass.InitialHidden.Span, pass.Output, j, length).CopyTo(hidden.Slice(j * HiddenSize, HiddenSize));
            if (TKind.HasCell) pass.Cells.Span.Slice(length * cellStep + j * HiddenSize, HiddenSize).CopyTo(cell.Slice(j * HiddenSize, HiddenSize));
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
                EndedCells = TKind.HasCell && input.IsRagged ? scratch.EndedCells.Require((long)HiddenSize * batch) : null,
                Output = y,
                AheadSums = RequireAhead(scratch.Ahead, input),
            };
            RunTogether(first, steps);
            GC.KeepAlive(scratch);
        }

        output.Values[(steps * batch * HiddenSize)..].Clear();
        for (int j = 0; j < batch; j++)
        {
            int length = input.LengthOf(j);
            Span<T> last = hidden.Slice(j * HiddenSize, HiddenSize);
            LastHidden(hidden, output, j, length).CopyTo(last);
            if (TKind.HasCell && length < steps) scratch.EndedCells.Span.Slice(j * HiddenSize, HiddenSize).CopyTo(cell[(j * HiddenSize)..]);
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
            RunTogether(first, steps: 1);
        }

        output.CopyTo(hidden);
    }

    public override void Backward(RecurrentPass<T> pass, PackedWeights<T> weights, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool accumulate, Gradients<T> gradients, RecurrentBackwardScratch<T> scratch)
    {
        Sequence<T> input = pass.Input;
        int batch = input.Batch;
        int steps = pass.ComputedSteps;
        int width = _sumLayout.Width;
        int padded = _hiddenTransposedLayout.Panels * _hiddenTransposedLayout.Width;
        int blockSteps = BlockSteps(batch, steps);
        nint sumPanel = (nint)blockSteps * batch * width;
        double cycles = _kernels.Cycles(2.0 * MultiplyAdds * batch * steps);
        int members = Grid(Team.SizeFor(cycles), _hiddenTransposedLayout, batch).Members;

        int gatherLength = _kernels.GatherLength(Math.Max(InputSize, HiddenSize), blockSteps * batch);

        // Whole vectors of padding are never written, and must not bring an old NaN into a product with zero.
        bool wholePadding = UnitsPadded - HiddenSize >= TLane.Count;
        int halves = blockSteps < steps ? 2 : 1;
        long rowsLength = (long)halves * blockSteps * batch * RowLength;
        T* rows = wholePadding ? scratch.Rows.RequireZero(rowsLength) : scratch.Rows.Require(rowsLength);
        int biasRows = Bias.Rows + (CandidateBias?.Rows ?? 0);
        Span<T> inputWeightGradient = gradients.Begin(0, accumulate);
        ReadOnlySpan<T> x = inputWeightGradient.IsEmpty ? default : input.WithoutPadding(input.Values, steps, InputSize, scratch.Input);
        Span<T> recurrentWeightGradient = gradients.Begin(1, accumulate);
        if (input.IsTokens) inputWeightGradient.Clear();
        fixed (T* dy = outputGradient is null ? default : outputGradient.Values, y = pass.Output.Values, data = x)
        fixed (T* dh0 = gradients.InitialState.Leaves[0].Values)
        fixed (T* dhEnd = finalStateGradient is null ? default : finalStateGradient.Leaves[0].Values)
        fixed (T* dcEnd = finalStateGradient is null || !TKind.HasCell ? default : finalStateGradient.Leaves[1].Values)
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
                Lengths = lengths,
                Sums = scratch.Sums.Require((long)halves * _sumLayout.Panels * sumPanel),
                SumPanel = sumPanel,
                Rows = rows,
                Slots = TKind.KeepsSlots ? pass.Slots.Pointer : null,
                SlotPanel = (nint)steps * batch * width,
                OutputGradient = dy,
                Output = y,
                InitialHidden = pass.InitialHidden.Pointer,
                HasInitialState = pass.HasInitialState,
                Cells = TKind.HasCell ? pass.Cells.Pointer : null,
                CarriedHidden = scratch.Hidden.RequireZero((long)padded * batch),
                CarriedCell = TKind.HasCell ? scratch.Cell.RequireZero((long)HiddenSize * batch) : null,
                FinalHiddenGradient = dhEnd,
                FinalCellGradient = dcEnd,
                InitialHiddenGradient = dh0,
                Input = data,
                Tokens = tokens,
                InputGradient = dx,
                InputWeightGradient = dwx,
                RecurrentWeightGradient = dwh,
                BiasGradient = scratch.Bias.Require(biasRows),
                Gathered = scratch.Gathered.Require((long)gatherLength * members),
                GatherLength = gatherLength,
            };
            Team.Run(ref work, members, cycles);

            // The work knows the tape by its addresses only.
            GC.KeepAlive(pass);
        }

        if (TKind.HasCell) scratch.Cell.Span.CopyTo(gradients.InitialState.Leaves[1].Values);
        gradients.Input?.Values[(steps * batch * InputSize)..].Clear();
        CopyBias(2, 0);
        if (CandidateBias is not null) CopyBias(3, Bias.Rows);
        gradients.End();

        void CopyBias(int index, int row)
        {
            Span<T> target = gradients.Begin(index, accumulate);
            scratch.Bias.Span.Slice(row, target.Length).CopyTo(target);
        }
    }

    public override void CopySlot(RecurrentPass<T> pass, int step, int slot, Span<T> target)
    {
        int batch = pass.Output.Batch;
        nint panel = (nint)pass.ComputedSteps * batch * _sumLayout.Width;
        for (int j = 0; j < batch; j++)
        {
            for (int i = 0; i < HiddenSize; i++)
            {
                T* column = pass.Slots.Pointer + i / TLane.Count * panel + (nint)(step * batch + j) * _sumLayout.Width;
                target[i + HiddenSize * j] = column[slot * TLane.Count + i % TLane.Count];
            }
        }

        GC.KeepAlive(pass);
    }

    protected override void Pack(PackedWeights<T> target)
    {
        _kernels.Pack(_inputLayout, InputWeights.Values, InputWeights.Rows, InputSize, target.Input.Require((long)_inputLayout.Panels * InputSize * _inputLayout.Width));
        _kernels.Pack(_hiddenLayout, RecurrentWeights.Values, RecurrentWeights.Rows, HiddenSize, target.Hidden.Require((long)_hiddenLayout.Panels * HiddenSize * _hiddenLayout.Width));

        // Both biases one below the other, as the layout stacks them, lie behind their packed form.
        int packedLength = _sumLayout.Panels * _sumLayout.Width;
        int rows = Bias.Rows + (CandidateBias?.Rows ?? 0);
        T* bias = target.Bias.Require(packedLength + rows);
        var column = new Span<T>(bias + packedLength, rows);
        Bias.Values.CopyTo(column);
        CandidateBias?.Values.CopyTo(column[Bias.Rows..]);
        _kernels.Pack(_sumLayout, column, rows, 1, bias);
    }

    protected override void PackTransposed(PackedWeights<T> target)
    {
        long inputRows = (long)_inputLayout.Panels * _inputLayout.Width;
        long hiddenRows = (long)_hiddenLayout.Panels * _hiddenLayout.Width;
        _kernels.PackTransposed(_inputLayout, InputWeights.Values, InputWeights.Rows, _inputTransposedLayout,
            target.InputTransposed.Require(inputRows * _inputTransposedLayout.Panels * _inputTransposedLayout.Width));
        _kernels.PackTransposed(_hiddenLayout, RecurrentWeights.Values, RecurrentWeights.Rows, _hiddenTransposedLayout,
            target.HiddenTransposed.Require(hiddenRows * _hiddenTransposedLayout.Panels * _hiddenTransposedLayout.Width));
    }

    private static int LongestLength(Sequence<T> input)
    {
        if (!input.IsRagged) return input.Steps;
        int longest = 0;
        foreach (int length in input.Lengths) longest = Math.Max(longest, length);
        return longest;
    }

    private void TilePair(TileCall<T>* first, TileCall<T>* second)
    {
        if (TKind.Slots == 1) PanelKernels<T, TLane>.TilePair(_inputLayout.Vectors, first, second);
        else if (TKind.Slots == TKind.Gates) TileKernel.RunPair<T, TLane, FourVectors>(first, second);
        else TileKernel.RunPair<T, TLane, ThreeVectorsFourSlots>(first, second);
    }

    private static void Tile(int vectors, int columns, TileCall<T>* call)
    {
        if (TKind.Slots == 1) PanelKernels<T, TLane>.Tile(vectors, columns, call);
        else if (TKind.Slots == TKind.Gates) TileKernel.Run<T, TLane, FourVectors>(columns, call);
        else TileKernel.Run<T, TLane, ThreeVectorsFourSlots>(columns, call);
    }

    private ReadOnlySpan<T> LastHidden(ReadOnlySpan<T> initial, Sequence<T> output, int example, int length) => length == 0
        ? initial.Slice(example * HiddenSize, HiddenSize)
        : output.Step(length - 1).Slice(example * HiddenSize, HiddenSize);

    /// <summary>Steps whose gate gradients are held at a time: enough for the weight gradients to be long products, few enough to stay in the cache.</summary>
    private int BlockSteps(int batch, int steps)
    {
        long columnBytes = (long)_sumLayout.Panels * _sumLayout.Width * sizeof(T);
        int most = Math.Max(1, (int)Math.Clamp(BlockBytes / columnBytes, LeastBlock, MostBlock) / batch);
        int blocks = Math.Max(1, (steps + most - 1) / most);
        return (steps + blocks - 1) / blocks;
    }

    /// <summary>How a team divides a time step.</summary>
    private TeamGrid Grid(int members, PanelLayout layout, int batch)
    {
        double tile = _kernels.Cycles((double)MultiplyAdds) / layout.Panels;
        bool distant = (double)TKind.Gates * HiddenSize * (InputSize + HiddenSize) * sizeof(T) > NearBytes;
        return TeamGrid.For(members, layout.Panels, batch, wait: WaitCycles / tile, load: distant ? LoadColumns : 0);
    }

    /// <summary>Steps whose input products are done at a time, where there are so few examples that this helps; else 0.</summary>
    private int AheadSteps(int batch) => 2 * batch <= PanelKernels<T, TLane>.MaxColumns(_inputLayout.Vectors) ? AheadColumns / batch : 0;

    /// <summary>Memory for the input products of the steps ahead, or null where they are done step by step.</summary>
    private T* RequireAhead(AlignedBuffer<T> buffer, Sequence<T> input)
    {
        int steps = AheadSteps(input.Batch);
        return steps > 0 && input.Steps > 1 && !input.IsTokens ? buffer.Require((long)_sumLayout.Panels * _sumLayout.Width * steps * input.Batch) : null;
    }

    private void RunTogether(in StepArguments first, int steps)
    {
        double cycles = _kernels.Cycles((double)MultiplyAdds * first.Batch * steps);
        int members = Team.SizeFor(cycles);
        if (members > 1) members = Grid(members, _sumLayout, first.Batch).Members;
        if (members == 1)
        {
            RunForward(first, steps, TeamMember.Alone);
            return;
        }

        var work = new ForwardWork { Engine = this, First = first, Steps = steps };
        Team.Run(ref work, members, cycles);
    }

    /// <summary>The first unit of a panel, or the number of units where the panel is the one after the last.</summary>
    private int FirstUnit(PanelLayout layout, int panel) => Math.Min(panel * layout.UnitVectors * TLane.Count, HiddenSize);

    /// <summary>The time loop, forward, over one member's share.</summary>
    private void RunForward(in StepArguments firstStep, int steps, TeamMember me)
    {
        StepArguments run = firstStep;
        TeamGrid grid = Grid(me.Count, _sumLayout, run.Batch);
        Share share = grid.Of(me.Rank, _sumLayout.Panels, run.Batch);
        int firstUnit = FirstUnit(_sumLayout, share.FirstPanel);
        int units = FirstUnit(_sumLayout, share.EndPanel) - firstUnit;
        nint state = (nint)HiddenSize * run.Batch;
        nint width = (nint)run.Batch * _sumLayout.Width;
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

            RunStep(ref run, share);
            run.Backwards = !run.Backwards;
            for (int j = share.FirstColumn; j < share.EndColumn && run.Lengths != null; j++)
            {
                if (t >= run.Lengths[j]) new Span<T>(run.Output + j * HiddenSize + firstUnit, units).Clear();
            }

            if (t == steps - 1) return;
            grid.Wait(me);
            if (run.Tokens == null) run.Input += (nint)run.Batch * InputSize;
            else run.Tokens += run.Batch;
            run.Hidden = run.Output;
            run.Cell += run.CellStep;
            run.Output += state;
            if (run.Slots != null) run.Slots += width;
        }
    }

    /// <summary>
    /// The time loop, backward, over one member's share, in blocks of steps: when the gate gradients of a block are there, while they
    /// are still in the cache, the products over its columns follow (the input's gradient, and the weights').
    /// </summary>
    private void RunBackward(in BackwardWork work, TeamMember me)
    {
        int batch = work.Batch;
        TeamGrid grid = Grid(me.Count, _hiddenTransposedLayout, batch);
        Share share = grid.Of(me.Rank, _hiddenTransposedLayout.Panels, batch);
        nint state = (nint)batch * HiddenSize;
        nint width = (nint)batch * _sumLayout.Width;
        nint row = (nint)batch * RowLength;
        var run = new BackwardArguments { Work = work };
        int end = work.Steps;
        int half = 0;
        do
        {
            int first = Math.Max(0, end - work.BlockSteps);
            T* sums = work.Sums + half * _sumLayout.Panels * work.SumPanel;
            T* rows = work.Rows + half * work.BlockSteps * row;
            for (int t = end - 1; t >= (first == 0 ? -1 : first); t--)
            {
                run.Step = t;
                run.StartsFromCarried = TKind.MixesHidden | Inject(work, t, share);
                if (t >= 0)
                {
                    run.Sums = sums + (t - first) * width;
                    run.Rows = rows + (t - first) * row;
                    run.Slots = TKind.KeepsSlots ? work.Slots + t * width : null;
                    run.OutputGradient = work.OutputGradient == null ? null : work.OutputGradient + t * state;
                    run.Output = work.Output + t * state;
                    run.PreviousHidden = t == 0 ? work.InitialHidden : run.Output - state;
                    run.PreviousCell = TKind.HasCell ? work.Cells + t * state : null;
                    run.Cell = TKind.HasCell ? run.PreviousCell + state : null;
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
        int padded = _hiddenTransposedLayout.Panels * _hiddenTransposedLayout.Width;
        int firstUnit = FirstUnit(_hiddenTransposedLayout, share.FirstPanel);
        int units = FirstUnit(_hiddenTransposedLayout, share.EndPanel) - firstUnit;
        bool any = false;
        for (int j = share.FirstColumn; j < share.EndColumn; j++)
        {
            bool ends = (work.Lengths == null ? work.Steps : work.Lengths[j]) - 1 == step;
            var carried = new Span<T>(work.CarriedHidden + (nint)j * padded + firstUnit, units);
            if (ends)
            {
                any = true;
                new ReadOnlySpan<T>(work.FinalHiddenGradient + (nint)j * HiddenSize + firstUnit, units).CopyTo(carried);
                if (TKind.HasCell) new ReadOnlySpan<T>(work.FinalCellGradient + (nint)j * HiddenSize + firstUnit, units).CopyTo(new Span<T>(work.CarriedCell + (nint)j * HiddenSize + firstUnit, units));
            }
            else if (!TKind.MixesHidden)
            {
                carried.Clear();
            }
        }

        return any;
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunStep(ref StepArguments run, Share share)
    {
        int width = _sumLayout.Width;
        int vectors = _inputLayout.Vectors;
        int max = PanelKernels<T, TLane>.MaxColumns(_inputLayout.Vectors);
        T* reserved = stackalloc T[PanelKernels<T, TLane>.TileLength];
        T* tile = PanelKernels<T, TLane>.Align(reserved);
        TileCall<T> call = default;
        call.Accumulators = tile;
        call.AccumulatorColumn = width;
        call.First = new ProductTerm<T> { WeightStep = _inputLayout.Width, DataStep = 1, DataColumn = InputSize, Count = run.Tokens == null && run.Ahead == null ? InputSize : 0 };
        call.Second = new ProductTerm<T> { WeightStep = _hiddenLayout.Width, DataStep = 1, DataColumn = HiddenSize, Count = HiddenSize };

        // There and back again in turn, so that a step begins with the weights that the one before it has left in the cache.
        int panels = share.EndPanel - share.FirstPanel;
        int towards = run.Backwards ? -1 : 1;
        int first = run.Backwards ? share.EndPanel - 1 : share.FirstPanel;
        if (share.EndColumn - share.FirstColumn == 1)
        {
            // One column of one panel would wait for its own sums; two panels keep the processor busy.
            TileCall<T> other = call;
            other.Accumulators = tile + width;
            int i = 0;
            for (; i + 1 < panels; i += 2)
            {
                int p = first + i * towards;
                Aim(&call, p, share.FirstColumn, 1, ref run);
                Aim(&other, p + towards, share.FirstColumn, 1, ref run);
                TilePair(&call, &other);
                ForwardUnits(call.Accumulators, p, share.FirstColumn, 1, ref run);
                ForwardUnits(other.Accumulators, p + towards, share.FirstColumn, 1, ref run);
            }

            if (i == panels) return;
            first += i * towards;
            panels = 1;
        }

        for (int i = 0; i < panels; i++)
        {
            int p = first + i * towards;
            nint next = i + 1 < panels ? towards : 0;
            for (int column = share.FirstColumn, block, j = 0; column < share.EndColumn; column += block, j++)
            {
                block = PanelKernels<T, TLane>.NextBlock(share.EndColumn - column, max);
                Aim(&call, p, column, block, ref run);
                call.First.Prefetch = PanelKernels<T, TLane>.Ahead(next * InputSize * _inputLayout.Width, j, vectors);
                call.Second.Prefetch = PanelKernels<T, TLane>.Ahead(next * HiddenSize * _hiddenLayout.Width, j, vectors);
                Tile(vectors, block, &call);
                ForwardUnits(tile, p, column, block, ref run);
            }
        }
    }

    /// <summary>Sets what a call for a panel and some columns reads.</summary>
    private void Aim(TileCall<T>* call, int panel, int column, int columns, ref StepArguments run)
    {
        int width = _sumLayout.Width;
        T* bias = run.Weights.Bias.Pointer + (nint)panel * width;
        call->First.Weights = run.Weights.Input.Pointer + (nint)panel * InputSize * _inputLayout.Width;
        call->Second.Weights = run.Weights.Hidden.Pointer + (nint)panel * HiddenSize * _hiddenLayout.Width;
        call->Second.Data = run.Hidden + (nint)column * HiddenSize;
        if (run.Ahead != null)
        {
            call->Start = run.Ahead + panel * run.AheadPanel + (nint)column * width;
            call->StartColumn = width;
        }
        else if (run.Tokens == null)
        {
            call->Start = bias;
            call->StartColumn = 0;
            call->First.Data = run.Input + (nint)column * InputSize;
        }
        else
        {
            // The product with a one-hot column is that column of the weights.
            StartFromTokens(call->Accumulators, bias, call->First.Weights, run.Tokens + column, columns);
            call->Start = call->Accumulators;
            call->StartColumn = width;
        }
    }

    /// <summary>
    /// The input's part of the sums of some steps to come, for the panels of a share. With few examples a step's columns fill no tile,
    /// but those of several steps together do, and the weights are read once for all of them.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumInputsAhead(ref StepArguments run, Share share, int steps)
    {
        int width = _sumLayout.Width;
        int max = PanelKernels<T, TLane>.MaxColumns(_inputLayout.Vectors);
        int columns = steps * run.Batch;
        TileCall<T> call = default;
        call.AccumulatorColumn = width;
        call.First = new ProductTerm<T> { WeightStep = _inputLayout.Width, DataStep = 1, DataColumn = InputSize, Count = InputSize };
        for (int p = share.FirstPanel; p < share.EndPanel; p++)
        {
            call.Start = run.Weights.Bias.Pointer + (nint)p * width;
            call.First.Weights = run.Weights.Input.Pointer + (nint)p * InputSize * _inputLayout.Width;
            for (int column = 0, block; column < columns; column += block)
            {
                block = PanelKernels<T, TLane>.NextBlock(columns - column, max);
                call.First.Data = run.Input + (nint)column * InputSize;
                call.Accumulators = run.AheadSums + p * run.AheadPanel + (nint)column * width;
                Tile(_inputLayout.Vectors, block, &call);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StartFromTokens(T* tile, T* bias, T* weights, int* tokens, int columns)
    {
        int width = _sumLayout.Width;
        int inputWidth = _inputLayout.Width;
        for (int j = 0; j < columns; j++, tile += width)
        {
            T* picked = weights + (nint)tokens[j] * inputWidth;
            for (int i = 0; i < width; i += TLane.Count)
            {
                TLane start = TLane.Load(bias + i);
                TLane.Store(i < inputWidth ? start + TLane.Load(picked + i) : start, tile + i);
            }
        }
    }

    /// <summary>The kind's equations on the sums of one tile: [column][slot][unit vector][lane].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ForwardUnits(T* tile, int panel, int firstColumn, int columns, ref StepArguments run)
    {
        int unitVectors = TKind.Slots == 1 ? _sumLayout.UnitVectors : 1;
        int slot = unitVectors * TLane.Count;
        int width = TKind.Slots * slot;
        for (int j = 0; j < columns; j++, tile += width)
        {
            nint column = (nint)(firstColumn + j) * HiddenSize;
            for (int u = 0; u < unitVectors; u++)
            {
                int unit = (panel * unitVectors + u) * TLane.Count;
                int count = HiddenSize - unit;
                if (count <= 0) break;
                T* sums = tile + u * TLane.Count;
                TLane s0 = TLane.Load(sums);
                TLane s1 = TKind.Slots > 1 ? TLane.Load(sums + slot) : default;
                TLane s2 = TKind.Slots > 2 ? TLane.Load(sums + 2 * slot) : default;
                TLane s3 = TKind.Slots > 3 ? TLane.Load(sums + 3 * slot) : default;
                TLane hPrevious = TKind.MixesHidden ? LaneMemory.Load<T, TLane>(run.Hidden + column + unit, count) : default;
                TLane cPrevious = TKind.HasCell ? LaneMemory.Load<T, TLane>(run.Cell + column + unit, count) : default;
                TLane h = TKind.Forward<T, TLane>(ref s0, ref s1, ref s2, ref s3, hPrevious, cPrevious, out TLane c);
                LaneMemory.Store(h, run.Output + column + unit, count);
                if (TKind.HasCell) LaneMemory.Store(c, run.Cell + run.CellStep + column + unit, count);
                if (TKind.KeepsSlots && run.Slots != null)
                {
                    T* kept = run.Slots + panel * run.SlotPanel + (nint)(firstColumn + j) * width + u * TLane.Count;
                    TLane.Store(s0, kept);
                    if (TKind.Slots > 1) TLane.Store(s1, kept + slot);
                    if (TKind.Slots > 2) TLane.Store(s2, kept + 2 * slot);
                    if (TKind.Slots > 3) TLane.Store(s3, kept + 3 * slot);
                }
            }
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunBackwardStep(ref BackwardArguments run, Share share)
    {
        PanelLayout layout = _hiddenTransposedLayout;
        int width = layout.Width;
        int padded = layout.Panels * width;
        int max = PanelKernels<T, TLane>.MaxColumns(layout.Vectors);
        T* zero = stackalloc T[4 * TLane.Count];
        new Span<T>(zero, 4 * TLane.Count).Clear();
        TileCall<T> call = default;
        call.AccumulatorColumn = padded;
        call.First = new ProductTerm<T> { WeightStep = width, DataStep = 1, DataColumn = RowLength };
        int depth = TKind.Gates * UnitsPadded;
        int total = run.LaterRows == null ? 0 : depth;
        for (int q = share.FirstPanel; q < share.EndPanel; q++)
        {
            T* weights = run.Work.Weights.HiddenTransposed.Pointer + (nint)q * depth * width;
            nint next = q + 1 < share.EndPanel ? (nint)depth * width : 0;
            int k = 0;
            do
            {
                int taken = call.First.Count = Math.Min(PanelKernels<T, TLane>.Depth, total - k);
                bool more = run.StartsFromCarried || k > 0;
                call.First.Weights = weights + (nint)k * width;
                call.StartColumn = more ? padded : 0;
                for (int column = share.FirstColumn, block, i = 0; column < share.EndColumn; column += block, i++)
                {
                    block = PanelKernels<T, TLane>.NextBlock(share.EndColumn - column, max);
                    call.Accumulators = run.Work.CarriedHidden + (nint)column * padded + q * width;
                    call.Start = more ? call.Accumulators : zero;
                    call.First.Data = run.LaterRows + (nint)column * RowLength + (TKind.Slots - TKind.Gates) * UnitsPadded + k;
                    call.First.Prefetch = PanelKernels<T, TLane>.Ahead(next, i, layout.Vectors);
                    PanelKernels<T, TLane>.Tile(layout.Vectors, block, &call);
                    if (k + taken == total) BackwardUnits(call.Accumulators, q, column, block, ref run);
                }

                k += taken;
            }
            while (k < total);
        }
    }

    /// <summary>The kind's equations backward on the hidden gradients of one tile: [column, a padded state apart][unit vector][lane].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackwardUnits(T* tile, int tilePanel, int firstColumn, int columns, ref BackwardArguments run)
    {
        int unitVectors = TKind.Slots == 1 ? _sumLayout.UnitVectors : 1;
        int slot = unitVectors * TLane.Count;
        int sumWidth = TKind.Slots * slot;
        int vectors = _hiddenTransposedLayout.UnitVectors;
        int padded = _hiddenTransposedLayout.Panels * _hiddenTransposedLayout.Width;
        int unitsPadded = UnitsPadded;
        int rowLength = RowLength;
        for (int j = 0; j < columns; j++, tile += padded)
        {
            int example = firstColumn + j;
            nint column = (nint)example * HiddenSize;
            bool ended = run.Work.Lengths != null && run.Step >= run.Work.Lengths[example];
            for (int v = 0; v < vectors; v++)
            {
                int vector = tilePanel * vectors + v;
                int unit = vector * TLane.Count;
                int count = HiddenSize - unit;
                if (count <= 0) break;
                TLane dh = TLane.Load(tile + v * TLane.Count);
                if (run.Step < 0)
                {
                    LaneMemory.Store(dh, run.Work.InitialHiddenGradient + column + unit, count);
                    continue;
                }

                nint inPanel = (nint)example * sumWidth + vector % unitVectors * TLane.Count;
                TLane s0 = default;
                TLane s1 = default;
                TLane s2 = default;
                TLane s3 = default;
                if (!ended)
                {
                    if (run.OutputGradient != null) dh += LaneMemory.Load<T, TLane>(run.OutputGradient + column + unit, count);
                    if (TKind.KeepsSlots)
                    {
                        T* kept = run.Slots + vector / unitVectors * run.Work.SlotPanel + inPanel;
                        s0 = TLane.Load(kept);
                        s1 = TKind.Slots > 1 ? TLane.Load(kept + slot) : default;
                        s2 = TKind.Slots > 2 ? TLane.Load(kept + 2 * slot) : default;
                        s3 = TKind.Slots > 3 ? TLane.Load(kept + 3 * slot) : default;
                    }

                    TLane h = TKind.KeepsSlots ? default : LaneMemory.Load<T, TLane>(run.Output + column + unit, count);
                    TLane hPrevious = TKind.MixesHidden ? LaneMemory.Load<T, TLane>(run.PreviousHidden + column + unit, count) : default;
                    TLane c = TKind.HasCell ? LaneMemory.Load<T, TLane>(run.Cell + column + unit, count) : default;
                    TLane cPrevious = TKind.HasCell ? LaneMemory.Load<T, TLane>(run.PreviousCell + column + unit, count) : default;
                    TLane dc = TKind.HasCell ? LaneMemory.Load<T, TLane>(run.Work.CarriedCell + column + unit, count) : default;
                    TLane direct = TKind.Backward<T, TLane>(ref s0, ref s1, ref s2, ref s3, dh, h, hPrevious, c, cPrevious, ref dc);
                    if (TKind.HasCell) LaneMemory.Store(dc, run.Work.CarriedCell + column + unit, count);
                    if (TKind.MixesHidden) TLane.Store(direct, tile + v * TLane.Count);
                }

                // What stands past the last unit is zero, but NaN where an input is infinite, and NaN times a zero weight is not zero.
                T* sums = run.Sums + vector / unitVectors * run.Work.SumPanel + inPanel;
                T* row = run.Rows + (nint)example * rowLength + unit;
                s0 = LaneMemory.Keep<T, TLane>(s0, count);
                TLane.Store(s0, sums);
                TLane.Store(s0, row);
                if (TKind.Slots > 1)
                {
                    s1 = LaneMemory.Keep<T, TLane>(s1, count);
                    TLane.Store(s1, sums + slot);
                    TLane.Store(s1, row + unitsPadded);
                }

                if (TKind.Slots > 2)
                {
                    s2 = LaneMemory.Keep<T, TLane>(s2, count);
                    TLane.Store(s2, sums + 2 * slot);
                    TLane.Store(s2, row + 2 * unitsPadded);
                }

                if (TKind.Slots > 3)
                {
                    s3 = LaneMemory.Keep<T, TLane>(s3, count);
                    TLane.Store(s3, sums + 3 * slot);
                    TLane.Store(s3, row + 3 * unitsPadded);
                }
            }
        }
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
        int width = _sumLayout.Width;
        T* gathered = work.Gathered + (nint)me.Rank * work.GatherLength;
        var inputSums = new PanelSide<T>(sums, work.SumPanel, width);
        if (work.InputGradient != null)
        {
            int depth = TKind.Gates * UnitsPadded;
            var packed = new PanelSide<T>(work.Weights.InputTransposed.Pointer, (nint)depth * _inputTransposedLayout.Width, _inputTransposedLayout.Width);
            var data = new ColumnSide<T>(rows, depth, 1, RowLength);
            _kernels.Product(_inputTransposedLayout, InputSize, packed, null, data, TeamGrid.Share(me, _inputTransposedLayout.Panels, columns), work.InputGradient + (nint)firstColumn * InputSize, add: false);
        }

        if (work.InputWeightGradient != null)
        {
            T* data = work.Tokens == null ? work.Input + (nint)firstColumn * InputSize : null;
            int* tokens = work.Tokens == null ? null : work.Tokens + firstColumn;
            _kernels.InputWeightGradient(me, _inputLayout, InputWeights.Rows, inputSums, data, tokens, columns, InputSize, work.InputWeightGradient, add, gathered);
        }

        if (work.RecurrentWeightGradient != null)
        {
            // Step t meets the hidden state of t - 1: the initial one, then the outputs.
            Share share = TeamGrid.Share(me, _hiddenLayout.Panels, HiddenSize);
            int initial = firstStep == 0 ? Math.Min(batch, columns) : 0;
            var initialSums = new PanelSide<T>(sums + HiddenSlotOffset, work.SumPanel, width);
            bool more = add;
            if (initial > 0 && work.HasInitialState)
            {
                _kernels.Product(_hiddenLayout, RecurrentWeights.Rows, initialSums, null, new ColumnSide<T>(work.InitialHidden, initial, HiddenSize, 1), share, work.RecurrentWeightGradient, more, gathered);
                more = true;
            }

            if (columns > initial || !more)
            {
                var laterSums = new PanelSide<T>(initialSums.Pointer + (nint)initial * width, work.SumPanel, width);
                T* hidden = work.Output + (nint)(firstColumn + initial - batch) * HiddenSize;
                _kernels.Product(_hiddenLayout, RecurrentWeights.Rows, laterSums, null, new ColumnSide<T>(hidden, columns - initial, HiddenSize, 1), share, work.RecurrentWeightGradient, more, gathered);
            }
        }

        _kernels.BiasGradient(me, _sumLayout, Bias.Rows + (CandidateBias?.Rows ?? 0), inputSums, columns, work.BiasGradient, add);
    }

    /// <summary>What every member of a team needs for its share of a time loop forward.</summary>
    private struct ForwardWork : ITeamWork
    {
        public RecurrentEngine<T, TKind, TLane> Engine;

        public StepArguments First;

        public int Steps;

        public readonly void Run(TeamMember me) => Engine.RunForward(First, Steps, me);
    }

    /// <summary>Where one forward step reads and writes. All [example][…], starting at this step.</summary>
    private struct StepArguments
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

        /// <summary>[panel, AheadPanel apart][step][example][slot][unit vector][lane]: room for the input's part of the sums of some steps, or null.</summary>
        public T* AheadSums;

        /// <summary>The same from this step on, once it is there.</summary>
        public T* Ahead;

        public nint AheadPanel;

        /// <summary>Whether the step takes the last panel first.</summary>
        public bool Backwards;
    }

    /// <summary>What every member of a team needs for its share of a time loop backward. Over time all start at the first step.</summary>
    private struct BackwardWork : ITeamWork
    {
        public RecurrentEngine<T, TKind, TLane> Engine;
        public PackedWeights<T> Weights;
        public int Batch;
        public int Steps;

        /// <summary>Steps whose sums are held at a time.</summary>
        public int BlockSteps;

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

        public readonly void Run(TeamMember me) => Engine.RunBackward(this, me);
    }

    /// <summary>Where one backward step reads and writes. All [example][…], starting at this step.</summary>
    private struct BackwardArguments
    {
        public BackwardWork Work;

        /// <summary>-1 stands for the initial state.</summary>
        public int Step;

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
