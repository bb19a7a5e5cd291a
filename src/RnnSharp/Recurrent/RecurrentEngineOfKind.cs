using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// A time step is one fused pass: for each panel of units and block of examples the sums bias + W x + U h run in registers, and the
/// kind's equations follow on them. Backward goes the same way from the last step: the product with the transposed recurrent weights
/// gives the gradient on h, and the equations follow; the weight gradients are one product over all steps at the end.
/// </summary>
internal sealed unsafe class RecurrentEngine<T, TKind, TLane> : RecurrentEngine<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TKind : struct, IRecurrentEquations
    where TLane : unmanaged, ILane<TLane, T>
{
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

    public override long TapeLength(long columns) => _sumLayout.Panels * (long)_sumLayout.Width * columns + AlignedBuffer<T>.Slack;

    /// <summary>Where the slots of the recurrent product begin in a panel's sums.</summary>
    private static int HiddenSlotOffset => (TKind.Slots - TKind.Gates) * TLane.Count;

    public override void Forward(RecurrentPass<T> pass, PackedWeights<T> weights)
    {
        Sequence<T> input = pass.Input;
        int batch = input.Batch;
        int steps = pass.ComputedSteps = LongestLength(input);
        nint columns = (nint)steps * batch;
        T* slots = TKind.KeepsSlots ? pass.Slots.Require((long)_sumLayout.Panels * columns * _sumLayout.Width) : null;
        int cellStep = TKind.HasCell ? HiddenSize * batch : 0;
        fixed (T* x = input.Values, y = pass.Output.Values)
        fixed (int* tokens = input.Tokens)
        {
            var run = new StepArguments
            {
                Weights = weights,
                Batch = batch,
                Slots = slots,
                SlotPanel = columns * _sumLayout.Width,
                Hidden = pass.InitialHidden.Pointer,
                Cell = pass.Cells.Pointer,
                Output = y,
            };
            for (int t = 0; t < steps; t++)
            {
                run.Input = input.IsTokens ? null : x + (nint)t * batch * InputSize;
                run.Tokens = input.IsTokens ? tokens + (nint)t * batch : null;
                run.NextCell = run.Cell + cellStep;
                RunStep(ref run);
                ZeroEnded(input.Lengths, t, run.Output);
                run.Hidden = run.Output;
                run.Cell = run.NextCell;
                run.Output += HiddenSize * batch;
                if (slots != null) run.Slots += batch * _sumLayout.Width;
            }
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
        ReadOnlySpan<int> lengths = input.Lengths;
        Span<T> ended = default;
        if (TKind.HasCell && input.IsRagged)
        {
            scratch.EndedCells.Require((long)HiddenSize * batch);
            ended = scratch.EndedCells.Span;
        }

        fixed (T* x = input.Values, y = output.Values, h = hidden, c = cell)
        fixed (int* tokens = input.Tokens)
        {
            var run = new StepArguments { Weights = weights, Batch = batch, Hidden = h, Cell = c, NextCell = c, Output = y };
            for (int t = 0; t < steps; t++)
            {
                // c moves on in place, so that of an example that ends here is put aside first.
                for (int j = 0; j < lengths.Length && TKind.HasCell; j++)
                {
                    if (lengths[j] == t) cell.Slice(j * HiddenSize, HiddenSize).CopyTo(ended[(j * HiddenSize)..]);
                }

                run.Input = input.IsTokens ? null : x + (nint)t * batch * InputSize;
                run.Tokens = input.IsTokens ? tokens + (nint)t * batch : null;
                RunStep(ref run);
                ZeroEnded(lengths, t, run.Output);
                run.Hidden = run.Output;
                run.Output += HiddenSize * batch;
            }
        }

        output.Values[(steps * batch * HiddenSize)..].Clear();
        for (int j = 0; j < batch; j++)
        {
            int length = input.LengthOf(j);
            Span<T> last = hidden.Slice(j * HiddenSize, HiddenSize);
            LastHidden(hidden, output, j, length).CopyTo(last);
            if (TKind.HasCell && length < steps) ended.Slice(j * HiddenSize, HiddenSize).CopyTo(cell[(j * HiddenSize)..]);
        }
    }

    public override void Step(ReadOnlySpan<T> input, ReadOnlySpan<int> tokens, PackedWeights<T> weights, Span<T> hidden, Span<T> cell, Span<T> output, int batch)
    {
        fixed (T* x = input, h = hidden, c = cell, y = output)
        fixed (int* token = tokens)
        {
            var run = new StepArguments
            {
                Weights = weights,
                Batch = batch,
                Input = x,
                Tokens = tokens.IsEmpty ? null : token,
                Hidden = h,
                Cell = c,
                NextCell = c,
                Output = y,
            };
            RunStep(ref run);
        }

        output.CopyTo(hidden);
    }

    public override void Backward(RecurrentPass<T> pass, PackedWeights<T> weights, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool accumulate, Gradients<T> gradients, RecurrentBackwardScratch<T> scratch)
    {
        Sequence<T> input = pass.Input;
        int batch = input.Batch;
        int steps = pass.ComputedSteps;
        int columns = steps * batch;
        int width = _sumLayout.Width;
        nint sumPanel = (nint)columns * width;
        int padded = _hiddenTransposedLayout.Panels * _hiddenTransposedLayout.Width;

        // Whole vectors of padding are never written, and must not bring an old NaN into a product with zero.
        bool wholePadding = _sumLayout.Panels * _sumLayout.UnitVectors * TLane.Count - HiddenSize >= TLane.Count;
        T* sums = wholePadding ? scratch.Sums.RequireZero((long)_sumLayout.Panels * sumPanel) : scratch.Sums.Require((long)_sumLayout.Panels * sumPanel);
        T* carriedHidden = scratch.Hidden.RequireZero((long)padded * batch);
        T* carriedCell = TKind.HasCell ? scratch.Cell.RequireZero((long)HiddenSize * batch) : null;
        Span<T> initialHidden = gradients.InitialState.Leaves[0].Values;
        fixed (T* dy = outputGradient is null ? default : outputGradient.Values, y = pass.Output.Values, dh0 = initialHidden)
        fixed (int* lengths = input.Lengths)
        {
            var run = new BackwardArguments
            {
                Weights = weights,
                Batch = batch,
                Lengths = lengths,
                SumPanel = sumPanel,
                CarriedHidden = carriedHidden,
                CarriedCell = carriedCell,
                InitialHiddenGradient = dh0,
            };
            for (int t = steps - 1; t >= -1; t--)
            {
                bool injected = Inject(finalStateGradient, input, t, carriedHidden, padded, carriedCell);
                run.Step = t;
                run.LaterSums = t + 1 < steps ? sums + (nint)(t + 1) * batch * width : null;
                if (t >= 0)
                {
                    run.Sums = sums + (nint)t * batch * width;
                    run.Slots = TKind.KeepsSlots ? pass.Slots.Pointer + (nint)t * batch * width : null;
                    run.OutputGradient = dy == null ? null : dy + (nint)t * batch * HiddenSize;
                    run.Output = y + (nint)t * batch * HiddenSize;
                    run.PreviousHidden = t == 0 ? pass.InitialHidden.Pointer : run.Output - batch * HiddenSize;
                    run.PreviousCell = TKind.HasCell ? pass.Cells.Pointer + (nint)t * batch * HiddenSize : null;
                    run.Cell = TKind.HasCell ? run.PreviousCell + batch * HiddenSize : null;
                }

                RunBackwardStep(ref run);
                if (injected && !TKind.MixesHidden) scratch.Hidden.Span.Clear();
            }
        }

        if (TKind.HasCell) scratch.Cell.Span.CopyTo(gradients.InitialState.Leaves[1].Values);
        InputGradient(weights, sums, sumPanel, columns, gradients);
        WeightGradients(pass, sums, sumPanel, columns, accumulate, gradients, scratch);
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
    }

    protected override void Pack(PackedWeights<T> target)
    {
        _inputLayout.Pack(InputWeights.Values, InputWeights.Rows, InputSize, target.Input.Require((long)_inputLayout.Panels * InputSize * _inputLayout.Width));
        _hiddenLayout.Pack(RecurrentWeights.Values, RecurrentWeights.Rows, HiddenSize, target.Hidden.Require((long)_hiddenLayout.Panels * HiddenSize * _hiddenLayout.Width));

        // Both biases one below the other, as the layout stacks them, lie behind their packed form.
        int packedLength = _sumLayout.Panels * _sumLayout.Width;
        int rows = Bias.Rows + (CandidateBias?.Rows ?? 0);
        T* bias = target.Bias.Require(packedLength + rows);
        var column = new Span<T>(bias + packedLength, rows);
        Bias.Values.CopyTo(column);
        CandidateBias?.Values.CopyTo(column[Bias.Rows..]);
        _sumLayout.Pack<T>(column, rows, 1, bias);
    }

    protected override void PackTransposed(PackedWeights<T> target)
    {
        long inputRows = (long)_inputLayout.Panels * _inputLayout.Width;
        long hiddenRows = (long)_hiddenLayout.Panels * _hiddenLayout.Width;
        _inputLayout.PackTransposed(InputWeights.Values, InputWeights.Rows, _inputTransposedLayout,
            target.InputTransposed.Require(inputRows * _inputTransposedLayout.Panels * _inputTransposedLayout.Width));
        _hiddenLayout.PackTransposed(RecurrentWeights.Values, RecurrentWeights.Rows, _hiddenTransposedLayout,
            target.HiddenTransposed.Require(hiddenRows * _hiddenTransposedLayout.Panels * _hiddenTransposedLayout.Width));
    }

    private static int LongestLength(Sequence<T> input)
    {
        if (!input.IsRagged) return input.Steps;
        int longest = 0;
        foreach (int length in input.Lengths) longest = Math.Max(longest, length);
        return longest;
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

    private void ZeroEnded(ReadOnlySpan<int> lengths, int step, T* output)
    {
        for (int j = 0; j < lengths.Length; j++)
        {
            if (step >= lengths[j]) new Span<T>(output + j * HiddenSize, HiddenSize).Clear();
        }
    }

    /// <summary>Brings the final state's gradient in where an example's last step is this one. Says whether it did.</summary>
    private bool Inject(State<T>? gradient, Sequence<T> input, int step, T* carriedHidden, int padded, T* carriedCell)
    {
        if (gradient is null) return false;
        bool any = false;
        for (int j = 0; j < input.Batch; j++)
        {
            if (input.LengthOf(j) - 1 != step) continue;
            any = true;
            gradient.Leaves[0].Values.Slice(j * HiddenSize, HiddenSize).CopyTo(new Span<T>(carriedHidden + (nint)j * padded, HiddenSize));
            if (TKind.HasCell) gradient.Leaves[1].Values.Slice(j * HiddenSize, HiddenSize).CopyTo(new Span<T>(carriedCell + (nint)j * HiddenSize, HiddenSize));
        }

        return any;
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunStep(ref StepArguments run)
    {
        int width = _sumLayout.Width;
        int vectors = _inputLayout.Vectors;
        int max = PanelKernels<T, TLane>.MaxColumns(_sumLayout.Vectors);
        T* reserved = stackalloc T[PanelKernels<T, TLane>.TileLength];
        T* tile = PanelKernels<T, TLane>.Align(reserved);
        TileCall<T> call = default;
        call.Accumulators = tile;
        call.AccumulatorColumn = width;
        call.First = new ProductTerm<T> { WeightStep = _inputLayout.Width, DataStep = 1, DataColumn = InputSize, Count = InputSize, Runs = run.Tokens == null ? 1 : 0 };
        call.Second = new ProductTerm<T> { WeightStep = _hiddenLayout.Width, DataStep = 1, DataColumn = HiddenSize, Count = HiddenSize, Runs = 1 };
        for (int p = 0; p < _sumLayout.Panels; p++)
        {
            T* bias = run.Weights.Bias.Pointer + (nint)p * width;
            call.First.Weights = run.Weights.Input.Pointer + (nint)p * InputSize * _inputLayout.Width;
            call.Second.Weights = run.Weights.Hidden.Pointer + (nint)p * HiddenSize * _hiddenLayout.Width;
            for (int column = 0, block; column < run.Batch; column += block)
            {
                block = PanelKernels<T, TLane>.NextBlock(run.Batch - column, max);
                if (run.Tokens == null)
                {
                    call.Start = bias;
                    call.StartColumn = 0;
                    call.First.Data = run.Input + (nint)column * InputSize;
                }
                else
                {
                    // The product with a one-hot column is that column of the weights.
                    StartFromTokens(tile, bias, call.First.Weights, run.Tokens + column, block);
                    call.Start = tile;
                    call.StartColumn = width;
                }

                call.Second.Data = run.Hidden + (nint)column * HiddenSize;
                Tile(vectors, block, &call);
                ForwardUnits(tile, p, column, block, ref run);
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
                if (TKind.HasCell) LaneMemory.Store(c, run.NextCell + column + unit, count);
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
    private void RunBackwardStep(ref BackwardArguments run)
    {
        PanelLayout layout = _hiddenTransposedLayout;
        int width = layout.Width;
        int padded = layout.Panels * width;
        int max = PanelKernels<T, TLane>.MaxColumns(layout.Vectors);
        nint panelWeights = (nint)_hiddenLayout.Panels * _hiddenLayout.Width * width;
        T* reserved = stackalloc T[PanelKernels<T, TLane>.TileLength];
        T* tile = PanelKernels<T, TLane>.Align(reserved);
        TileCall<T> call = default;
        call.Accumulators = tile;
        call.AccumulatorColumn = width;
        call.StartColumn = padded;
        call.First = new ProductTerm<T>
        {
            WeightStep = width,
            DataStep = 1,
            DataColumn = _sumLayout.Width,
            DataRun = run.SumPanel,
            Count = _hiddenLayout.Width,
            Runs = run.LaterSums == null ? 0 : _hiddenLayout.Panels,
        };
        for (int q = 0; q < layout.Panels; q++)
        {
            call.First.Weights = run.Weights.HiddenTransposed.Pointer + q * panelWeights;
            for (int column = 0, block; column < run.Batch; column += block)
            {
                block = PanelKernels<T, TLane>.NextBlock(run.Batch - column, max);
                call.Start = run.CarriedHidden + (nint)column * padded + q * width;
                if (run.LaterSums != null) call.First.Data = run.LaterSums + HiddenSlotOffset + (nint)column * _sumLayout.Width;
                PanelKernels<T, TLane>.Tile(layout.Vectors, block, &call);
                BackwardUnits(tile, q, column, block, ref run);
            }
        }
    }

    /// <summary>The kind's equations backward on the hidden gradients of one tile: [column][unit vector][lane].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackwardUnits(T* tile, int tilePanel, int firstColumn, int columns, ref BackwardArguments run)
    {
        int unitVectors = TKind.Slots == 1 ? _sumLayout.UnitVectors : 1;
        int slot = unitVectors * TLane.Count;
        int sumWidth = TKind.Slots * slot;
        int vectors = _hiddenTransposedLayout.UnitVectors;
        int padded = _hiddenTransposedLayout.Panels * _hiddenTransposedLayout.Width;
        for (int j = 0; j < columns; j++)
        {
            int example = firstColumn + j;
            nint column = (nint)example * HiddenSize;
            bool ended = run.Lengths != null && run.Step >= run.Lengths[example];
            for (int v = 0; v < vectors; v++)
            {
                int vector = tilePanel * vectors + v;
                int unit = vector * TLane.Count;
                int count = HiddenSize - unit;
                if (count <= 0) break;
                TLane dh = TLane.Load(tile + (j * vectors + v) * TLane.Count);
                if (run.Step < 0)
                {
                    LaneMemory.Store(dh, run.InitialHiddenGradient + column + unit, count);
                    continue;
                }

                nint at = vector / unitVectors * run.SumPanel + (nint)example * sumWidth + vector % unitVectors * TLane.Count;
                TLane s0 = default;
                TLane s1 = default;
                TLane s2 = default;
                TLane s3 = default;
                if (!ended)
                {
                    if (run.OutputGradient != null) dh += LaneMemory.Load<T, TLane>(run.OutputGradient + column + unit, count);
                    if (TKind.KeepsSlots)
                    {
                        T* kept = run.Slots + at;
                        s0 = TLane.Load(kept);
                        s1 = TKind.Slots > 1 ? TLane.Load(kept + slot) : default;
                        s2 = TKind.Slots > 2 ? TLane.Load(kept + 2 * slot) : default;
                        s3 = TKind.Slots > 3 ? TLane.Load(kept + 3 * slot) : default;
                    }

                    TLane h = TKind.KeepsSlots ? default : LaneMemory.Load<T, TLane>(run.Output + column + unit, count);
                    TLane hPrevious = TKind.MixesHidden ? LaneMemory.Load<T, TLane>(run.PreviousHidden + column + unit, count) : default;
                    TLane c = TKind.HasCell ? LaneMemory.Load<T, TLane>(run.Cell + column + unit, count) : default;
                    TLane cPrevious = TKind.HasCell ? LaneMemory.Load<T, TLane>(run.PreviousCell + column + unit, count) : default;
                    TLane dc = TKind.HasCell ? LaneMemory.Load<T, TLane>(run.CarriedCell + column + unit, count) : default;
                    TLane direct = TKind.Backward<T, TLane>(ref s0, ref s1, ref s2, ref s3, dh, h, hPrevious, c, cPrevious, ref dc);
                    if (TKind.HasCell) LaneMemory.Store(dc, run.CarriedCell + column + unit, count);
                    if (TKind.MixesHidden) TLane.Store(direct, run.CarriedHidden + (nint)example * padded + unit);
                }

                // What stands past the last unit is zero, but NaN where an input is infinite, and NaN times a zero weight is not zero.
                T* sums = run.Sums + at;
                TLane.Store(LaneMemory.Keep<T, TLane>(s0, count), sums);
                if (TKind.Slots > 1) TLane.Store(LaneMemory.Keep<T, TLane>(s1, count), sums + slot);
                if (TKind.Slots > 2) TLane.Store(LaneMemory.Keep<T, TLane>(s2, count), sums + 2 * slot);
                if (TKind.Slots > 3) TLane.Store(LaneMemory.Keep<T, TLane>(s3, count), sums + 3 * slot);
            }
        }
    }

    private void InputGradient(PackedWeights<T> weights, T* sums, nint sumPanel, int columns, Gradients<T> gradients)
    {
        if (gradients.Input is not { } target) return;
        fixed (T* dx = target.Values)
        {
            var data = new PanelData<T>(sums, _inputLayout.Width, _sumLayout.Width, _inputLayout.Panels, sumPanel);
            _kernels.Affine(_inputTransposedLayout, weights.InputTransposed.Pointer, null, data, columns, dx);
        }

        target.Values[(columns * InputSize)..].Clear();
    }

    private void WeightGradients(RecurrentPass<T> pass, T* sums, nint sumPanel, int columns, bool accumulate, Gradients<T> gradients, RecurrentBackwardScratch<T> scratch)
    {
        int batch = pass.Input.Batch;
        nint width = _sumLayout.Width;
        int panels = _sumLayout.Panels;
        if (!InputWeights.Frozen)
        {
            T* packed = scratch.Weights.RequireZero((long)panels * InputSize * _inputLayout.Width);
            if (pass.Input.IsTokens) _kernels.AddToTokens(sums, panels, sumPanel, _inputLayout.Width, _sumLayout.Width, pass.Input.Tokens[..columns], InputSize, packed);
            else AddInputProducts(pass.Input, sums, sumPanel, columns, packed, scratch);
            _inputLayout.Unpack(packed, gradients.Values(0), InputWeights.Rows, InputSize, accumulate);
        }
        else if (!accumulate)
        {
            gradients.Values(0).Clear();
        }

        if (!RecurrentWeights.Frozen)
        {
            T* packed = scratch.Weights.RequireZero((long)panels * HiddenSize * _hiddenLayout.Width);
            T* hiddenSums = sums + HiddenSlotOffset;
            if (pass.HasInitialState)
                _kernels.Outer(hiddenSums, panels, sumPanel, _hiddenLayout.Vectors, width, Math.Min(batch, columns), pass.InitialHidden.Pointer, HiddenSize, HiddenSize, packed);
            fixed (T* y = pass.Output.Values)
            {
                if (columns > batch) _kernels.Outer(hiddenSums + batch * width, panels, sumPanel, _hiddenLayout.Vectors, width, columns - batch, y, HiddenSize, HiddenSize, packed);
            }

            _hiddenLayout.Unpack(packed, gradients.Values(1), RecurrentWeights.Rows, HiddenSize, accumulate);
        }
        else if (!accumulate)
        {
            gradients.Values(1).Clear();
        }

        BiasGradients(sums, sumPanel, columns, accumulate, gradients, scratch);
    }

    private void BiasGradients(T* sums, nint sumPanel, int columns, bool accumulate, Gradients<T> gradients, RecurrentBackwardScratch<T> scratch)
    {
        // Behind the packed sums lies the column of both biases, as the layout stacks them.
        int packedLength = _sumLayout.Panels * _sumLayout.Width;
        int rows = Bias.Rows + (CandidateBias?.Rows ?? 0);
        T* packed = scratch.Weights.Require(packedLength + rows);
        _kernels.Sum(sums, _sumLayout.Panels, sumPanel, _sumLayout.Width, columns, packed);
        var column = new Span<T>(packed + packedLength, rows);
        _sumLayout.Unpack(packed, column, rows, 1, add: false);
        Put(Bias, gradients.Values(2), column[..Bias.Rows]);
        if (CandidateBias is not null) Put(CandidateBias, gradients.Values(3), column[Bias.Rows..]);

        void Put(Parameter<T> parameter, Span<T> target, ReadOnlySpan<T> values)
        {
            if (!accumulate) target.Clear();
            if (parameter.Frozen) return;
            for (int i = 0; i < target.Length; i++) target[i] += values[i];
        }
    }

    private void AddInputProducts(Sequence<T> input, T* sums, nint sumPanel, int columns, T* packed, RecurrentBackwardScratch<T> scratch)
    {
        fixed (T* x = input.Values)
        {
            T* data = x;
            if (input.IsRagged)
            {
                data = scratch.Input.Require((long)columns * InputSize);
                input.CopyWithoutPadding(columns / input.Batch, scratch.Input.Span);
            }

            _kernels.Outer(sums, _sumLayout.Panels, sumPanel, _inputLayout.Vectors, _sumLayout.Width, columns, data, InputSize, InputSize, packed);
        }
    }

    /// <summary>Where one forward step reads and writes. All [example][…], starting at this step.</summary>
    private struct StepArguments
    {
        public PackedWeights<T> Weights;
        public int Batch;

        /// <summary>[example][feature], or null for tokens.</summary>
        public T* Input;

        /// <summary>[example], or null for features.</summary>
        public int* Tokens;

        /// <summary>[example][unit]: h before the step.</summary>
        public T* Hidden;

        /// <summary>[example][unit]: c before the step.</summary>
        public T* Cell;

        /// <summary>[example][unit]: c after it; may be the same memory.</summary>
        public T* NextCell;

        /// <summary>[example][unit]: h after it.</summary>
        public T* Output;

        /// <summary>[panel, SlotPanel apart][example][slot][unit vector][lane], or null without a tape.</summary>
        public T* Slots;

        public nint SlotPanel;
    }

    /// <summary>Where one backward step reads and writes. All [example][…], starting at this step.</summary>
    private struct BackwardArguments
    {
        public PackedWeights<T> Weights;
        public int Batch;

        /// <summary>-1 stands for the initial state.</summary>
        public int Step;

        /// <summary>[example], or null when not ragged.</summary>
        public int* Lengths;

        /// <summary>[panel, SumPanel apart][example][slot][unit vector][lane]: the gradients on the sums, to be written.</summary>
        public T* Sums;

        /// <summary>Those of the step after, or null at the last.</summary>
        public T* LaterSums;

        public nint SumPanel;

        /// <summary>The tape's slots, laid out as the sums.</summary>
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

        /// <summary>[example][unit, padded].</summary>
        public T* CarriedHidden;

        /// <summary>[example][unit].</summary>
        public T* CarriedCell;

        /// <summary>[example][unit].</summary>
        public T* InitialHiddenGradient;
    }
}
