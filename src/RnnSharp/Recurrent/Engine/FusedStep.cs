using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// A step with fused products and equations, for cells whose equations need nothing but the sums of their own unit. For each panel of units
/// and block of examples, the sums bias + W x + U h are accumulated in registers and the equations are applied to them at once; with very
/// few examples, W x is computed several steps ahead. In Backward, the product with the transposed recurrent weights gives the gradient of
/// h, to which the equations are applied at once.
/// </summary>
internal sealed unsafe class FusedStep<T, TEquations, TVector>(StepContext<T> context) : IRecurrentStep<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TEquations : struct, IRecurrentEquations
    where TVector : unmanaged, IKernelVector<TVector, T>
{
    private readonly PanelLayout _inputLayout = context.Layouts.Input;
    private readonly PanelLayout _hiddenLayout = context.Layouts.Hidden;
    private readonly PanelLayout _sumLayout = context.Layouts.Sums;
    private readonly PanelLayout _hiddenTransposedLayout = context.Layouts.HiddenTransposed;
    private readonly int _inputSize = context.Layouts.InputSize;
    private readonly int _hiddenSize = context.Layouts.HiddenSize;
    private readonly int _rowLength = context.Layouts.RowLength;
    private readonly int _foldedPanel = context.Layouts.FoldsLastPanel ? context.Layouts.Sums.Panels - 1 : -1;

    public bool CarriesHidden => TEquations.UsesPreviousHidden;

    private static int Sums => Sums<TEquations>.Count;

    public void Pack(PackedWeights<T> target) => target.Pack(context);

    public void PackTransposed(PackedWeights<T> target) => target.PackTransposed(context);

    public BoundStep<T> Bind(PackCache<T, PackedWeights<T>> packs, State<T> state) =>
        VectorDispatch.InvokeFor<T, Binding, BoundStep<T>>(context.Layouts.HiddenSize, new Binding(context.Layouts, packs, state));

    public void BeginForward(RecurrentPass<T> pass, in ColumnMap columns)
    {
        // Nothing to prepare: Forward writes every slot that Backward reads.
    }

    public void AddWeightGradients(in BackwardWork<T> work, TeamMember member, in BackwardBlock<T> block)
    {
        WeightGradients<T> gradients = context.WeightGradients;
        gradients.AddInput(work, member, block);
        gradients.AddInputWeights(work, member, block);
        gradients.AddRecurrentWeights(work, member, block);
        gradients.AddBiases(work, member, block);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TilePair(int vectors, TileCall<T>* first, TileCall<T>* second)
    {
        if (!TEquations.SplitsLastGate) VectorPanelKernels<T, TVector>.TilePair(Sums == 1 ? vectors : Sums, first, second);
        else if (Sums == 2) TileKernel.RunPair<T, TVector, Count1, Count2>(first, second);
        else if (Sums == 3) TileKernel.RunPair<T, TVector, Count2, Count3>(first, second);
        else TileKernel.RunPair<T, TVector, Count3, Count4>(first, second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile(int vectors, int columns, TileCall<T>* call)
    {
        if (!TEquations.SplitsLastGate) VectorPanelKernels<T, TVector>.Tile(Sums == 1 ? vectors : Sums, columns, call);
        else if (Sums == 2) TileKernel.Run<T, TVector, Count1, Count2>(columns, call);
        else if (Sums == 3) TileKernel.Run<T, TVector, Count2, Count3>(columns, call);
        else TileKernel.Run<T, TVector, Count3, Count4>(columns, call);
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(ref StepArguments<T> run, Share share)
    {
        int width = _sumLayout.Width;
        int vectors = _inputLayout.Vectors;
        int unitSlot = width / Sums;
        int max = VectorPanelKernels<T, TVector>.MaxColumns(_inputLayout.Vectors);
        T* reserved = stackalloc T[VectorPanelKernels<T, TVector>.TileLength];
        T* tile = VectorPanelKernels<T, TVector>.Align(reserved);
        TileCall<T> call = default;
        call.Accumulators = tile;
        call.AccumulatorColumn = width;
        call.First = new ProductTerm<T> { WeightStep = _inputLayout.Width, DataStep = 1, DataColumn = _inputSize, Count = run.Tokens == null && run.Ahead == null ? _inputSize : 0 };
        call.Second = new ProductTerm<T> { WeightStep = _hiddenLayout.Width, DataStep = 1, DataColumn = _hiddenSize, Count = _hiddenSize };

        // The direction alternates, so that a step starts with the weights that the previous one left in the cache.
        int panels = share.EndPanel - share.FirstPanel;
        int direction = run.Backwards ? -1 : 1;
        int first = run.Backwards ? share.EndPanel - 1 : share.FirstPanel;
        if (share.EndColumn - share.FirstColumn == 1)
        {
            // The sums of one column in one panel are a chain of dependent additions; a second panel hides their latency.
            TileCall<T> other = call;
            other.Accumulators = tile + width;
            int i = 0;
            for (; i + 1 < panels; i += 2)
            {
                int p = first + i * direction;
                SetOperands(&call, p, share.FirstColumn, 1, ref run);
                SetOperands(&other, p + direction, share.FirstColumn, 1, ref run);
                TilePair(vectors, &call, &other);
                ForwardUnits(call.Accumulators, unitSlot, p, share.FirstColumn, 1, ref run);
                ForwardUnits(other.Accumulators, unitSlot, p + direction, share.FirstColumn, 1, ref run);
            }

            if (i == panels) return;
            first += i * direction;
            panels = 1;
        }

        for (int i = 0; i < panels; i++)
        {
            int p = first + i * direction;
            if (p == _foldedPanel && run.Ahead == null)
            {
                ForwardFolded(call, share, ref run);
                continue;
            }

            int used = Sums == 1 ? _inputLayout.VectorsIn(p) : vectors;
            nint next = i + 1 < panels ? direction : 0;
            for (int column = share.FirstColumn, block, j = 0; column < share.EndColumn; column += block, j++)
            {
                block = VectorPanelKernels<T, TVector>.NextBlock(share.EndColumn - column, max);
                SetOperands(&call, p, column, block, ref run);
                call.First.Prefetch = VectorPanelKernels<T, TVector>.Ahead(next * _inputSize * _inputLayout.Width, j, vectors);
                call.Second.Prefetch = VectorPanelKernels<T, TVector>.Ahead(next * _hiddenSize * _hiddenLayout.Width, j, vectors);
                Tile(used, block, &call);
                ForwardUnits(tile, unitSlot, p, column, block, ref run);
            }
        }
    }

    /// <summary>Points a tile call at its operands for a panel and a block of columns. It is compiled optimized at once, for the reason that <see cref="ForwardLoop{T}.Run"/> gives.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SetOperands(TileCall<T>* call, int panel, int column, int columns, ref StepArguments<T> run)
    {
        int width = _sumLayout.Width;
        T* bias = run.Weights.Bias.Pointer + (nint)panel * width;
        call->First.Weights = run.Weights.Input.Pointer + (nint)panel * _inputSize * _inputLayout.Width;
        call->Second.Weights = run.Weights.Hidden.Pointer + (nint)panel * _hiddenSize * _hiddenLayout.Width;
        call->Second.Data = run.Hidden + (nint)column * _hiddenSize;
        if (run.Ahead != null)
        {
            call->Start = run.Ahead + panel * run.AheadPanel + (nint)column * width;
            call->StartColumn = width;
        }
        else if (run.Tokens == null)
        {
            call->Start = bias;
            call->StartColumn = 0;
            call->First.Data = run.Input + (nint)column * _inputSize;
        }
        else
        {
            // The product with a one-hot column is that column of the weights.
            StartFromTokens(call, bias, _inputLayout.Width, width, run.Tokens + column, columns);
        }
    }

    /// <summary>Runs the last panel, whose gates are folded: see <see cref="StepLayouts{T}.FoldsLastPanel"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ForwardFolded(TileCall<T> call, Share share, ref StepArguments<T> run)
    {
        int width = _sumLayout.FoldedWidth, vectors = _sumLayout.FoldedVectors;
        int max = VectorPanelKernels<T, TVector>.MaxColumns(vectors);
        T* bias = run.Weights.FoldedBias.Pointer;
        call.First.Weights = run.Weights.FoldedInput.Pointer;
        call.Second.Weights = run.Weights.FoldedHidden.Pointer;
        call.First.WeightStep = call.Second.WeightStep = width;
        call.First.Prefetch = call.Second.Prefetch = 0;
        for (int column = share.FirstColumn, block; column < share.EndColumn; column += block)
        {
            block = VectorPanelKernels<T, TVector>.NextBlock(share.EndColumn - column, max);
            call.Start = bias;
            call.StartColumn = 0;
            call.First.Data = run.Input + (nint)column * _inputSize;
            call.Second.Data = run.Hidden + (nint)column * _hiddenSize;
            if (run.Tokens != null) StartFromTokens(&call, bias, width, width, run.Tokens + column, block);
            VectorPanelKernels<T, TVector>.Tile(vectors, block, &call);
            ForwardUnits(call.Accumulators, _sumLayout.LastUnits, _foldedPanel, column, block, ref run);
        }
    }

    /// <summary>
    /// Computes the input products of the next few steps for the panels of a share. With few examples, the columns of one step do not fill a
    /// tile but those of several steps do, and the weights are then read once for all of them.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void SumInputsAhead(ref StepArguments<T> run, Share share, int columns)
    {
        int width = _sumLayout.Width;
        int max = VectorPanelKernels<T, TVector>.MaxColumns(_inputLayout.Vectors);
        TileCall<T> call = default;
        call.AccumulatorColumn = width;
        call.First = new ProductTerm<T> { WeightStep = _inputLayout.Width, DataStep = 1, DataColumn = _inputSize, Count = _inputSize };
        for (int p = share.FirstPanel; p < share.EndPanel; p++)
        {
            call.Start = run.Weights.Bias.Pointer + (nint)p * width;
            call.First.Weights = run.Weights.Input.Pointer + (nint)p * _inputSize * _inputLayout.Width;
            for (int column = 0, block; column < columns; column += block)
            {
                block = VectorPanelKernels<T, TVector>.NextBlock(columns - column, max);
                call.First.Data = run.Input + (nint)column * _inputSize;
                call.Accumulators = run.AheadSums + p * run.AheadPanel + (nint)column * width;
                Tile(Sums == 1 ? _inputLayout.VectorsIn(p) : _inputLayout.Vectors, block, &call);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StartFromTokens(TileCall<T>* call, T* bias, int inputWidth, int width, int* tokens, int columns)
    {
        T* tile = call->Accumulators, weights = call->First.Weights;
        call->Start = tile;
        call->StartColumn = call->AccumulatorColumn;
        for (int j = 0; j < columns; j++, tile += call->AccumulatorColumn)
        {
            // Any index outside the vocabulary stands for a column of zeros, which adds nothing: the zero token, and whatever another
            // thread has written since the tokens were checked.
            int token = tokens[j];
            int picks = (uint)token < (uint)_inputSize ? inputWidth : 0;
            T* picked = weights + (nint)token * inputWidth;
            for (int i = 0; i < width; i += TVector.Count)
            {
                TVector start = TVector.Load(bias + i);
                TVector.Store(i < picks ? start + TVector.Load(picked + i) : start, tile + i);
            }
        }
    }

    /// <summary>Applies the equations to the sums of one tile, [column][slot][unit vector][lane], with a distance of <paramref name="gap"/> elements between the slots.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ForwardUnits(T* tile, int gap, int panel, int firstColumn, int columns, ref StepArguments<T> run)
    {
        int unitVectors = Sums == 1 ? _sumLayout.UnitVectors : 1;
        int slot = unitVectors * TVector.Count;
        int width = Sums * slot;
        for (int j = 0; j < columns; j++, tile += width)
        {
            nint column = (nint)(firstColumn + j) * _hiddenSize;
            for (int u = 0; u < unitVectors; u++)
            {
                int unit = (panel * unitVectors + u) * TVector.Count;
                int count = _hiddenSize - unit;
                if (count <= 0) break;
                T* sums = tile + u * TVector.Count;
                TVector s0 = TVector.Load(sums);
                TVector s1 = Sums > 1 ? TVector.Load(sums + gap) : default;
                TVector s2 = Sums > 2 ? TVector.Load(sums + 2 * gap) : default;
                TVector s3 = Sums > 3 ? TVector.Load(sums + 3 * gap) : default;
                TVector hPrevious = TEquations.UsesPreviousHidden ? TVector.Load(run.Hidden + column + unit, count) : default;
                TVector cPrevious = TEquations.HasCellState ? TVector.Load(run.Cell + column + unit, count) : default;
                TVector h = TEquations.Forward<T, TVector>(ref s0, ref s1, ref s2, ref s3, default, hPrevious, cPrevious, out TVector c);
                TVector.Store(h, run.Output + column + unit, count);
                if (TEquations.HasCellState) TVector.Store(c, run.Cell + run.CellStep + column + unit, count);
                if (TEquations.SavesGates && run.Slots != null)
                {
                    T* kept = run.Slots + panel * run.SlotPanel + (nint)(firstColumn + j) * width + u * TVector.Count;
                    TVector.Store(s0, kept);
                    if (Sums > 1) TVector.Store(s1, kept + slot);
                    if (Sums > 2) TVector.Store(s2, kept + 2 * slot);
                    if (Sums > 3) TVector.Store(s3, kept + 3 * slot);
                }
            }
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(ref BackwardArguments<T> run, Share share)
    {
        PanelLayout layout = _hiddenTransposedLayout;
        int width = layout.Width;
        int padded = layout.Panels * width;
        int max = VectorPanelKernels<T, TVector>.MaxColumns(layout.Vectors);
        T* zero = stackalloc T[4 * TVector.Count];
        new Span<T>(zero, 4 * TVector.Count).Clear();
        TileCall<T> call = default;
        call.AccumulatorColumn = padded;
        call.First = new ProductTerm<T> { WeightStep = width, DataStep = 1, DataColumn = _rowLength };
        int depth = TEquations.Gates * _hiddenSize;
        int total = run.LaterRows == null ? 0 : depth;
        for (int q = share.FirstPanel; q < share.EndPanel; q++)
        {
            int vectors = layout.VectorsIn(q);
            T* weights = run.Work.Weights.HiddenTransposed.Pointer + (nint)q * depth * width;
            nint next = q + 1 < share.EndPanel ? (nint)depth * width : 0;
            int k = 0;
            do
            {
                int taken = call.First.Count = Math.Min(VectorPanelKernels<T, TVector>.Depth, total - k);
                bool more = run.StartsFromCarried || k > 0;
                call.First.Weights = weights + (nint)k * width;
                call.StartColumn = more ? padded : 0;
                for (int column = share.FirstColumn, block, i = 0; column < share.EndColumn; column += block, i++)
                {
                    block = VectorPanelKernels<T, TVector>.NextBlock(share.EndColumn - column, max);
                    call.Accumulators = run.Work.CarriedHidden + (nint)column * padded + q * width;
                    call.Start = more ? call.Accumulators : zero;
                    call.First.Data = run.LaterRows + (nint)column * _rowLength + (Sums - TEquations.Gates) * _hiddenSize + k;
                    call.First.Prefetch = VectorPanelKernels<T, TVector>.Ahead(next, i, layout.Vectors);
                    VectorPanelKernels<T, TVector>.Tile(vectors, block, &call);
                    if (k + taken == total) BackwardUnits(call.Accumulators, q, column, block, ref run);
                }

                k += taken;
            }
            while (k < total);
        }
    }

    /// <summary>Applies the backward equations to the hidden gradients of one tile, [column, stride StatePadded][unit vector][lane].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackwardUnits(T* tile, int tilePanel, int firstColumn, int columns, ref BackwardArguments<T> run)
    {
        int unitVectors = Sums == 1 ? _sumLayout.UnitVectors : 1;
        int slot = unitVectors * TVector.Count;
        int sumWidth = Sums * slot;
        int vectors = _hiddenTransposedLayout.UnitVectors;
        int padded = _hiddenTransposedLayout.Panels * _hiddenTransposedLayout.Width;
        int rowLength = _rowLength;
        for (int j = 0; j < columns; j++, tile += padded)
        {
            int example = firstColumn + j;
            nint column = (nint)example * _hiddenSize;
            for (int v = 0; v < vectors; v++)
            {
                int vector = tilePanel * vectors + v;
                int unit = vector * TVector.Count;
                int count = _hiddenSize - unit;
                if (count <= 0) break;
                TVector dh = TVector.Load(tile + v * TVector.Count);
                if (run.Step < 0)
                {
                    TVector.Store(dh, run.Work.InitialHiddenGradient + column + unit, count);
                    continue;
                }

                nint inPanel = (nint)example * sumWidth + vector % unitVectors * TVector.Count;
                TVector s0 = default;
                TVector s1 = default;
                TVector s2 = default;
                TVector s3 = default;
                if (run.OutputGradient != null) dh += TVector.Load(run.OutputGradient + column + unit, count);
                if (TEquations.SavesGates)
                {
                    T* kept = run.Slots + vector / unitVectors * run.Work.SlotPanel + inPanel;
                    s0 = TVector.Load(kept);
                    s1 = Sums > 1 ? TVector.Load(kept + slot) : default;
                    s2 = Sums > 2 ? TVector.Load(kept + 2 * slot) : default;
                    s3 = Sums > 3 ? TVector.Load(kept + 3 * slot) : default;
                }

                TVector h = TEquations.SavesGates ? default : TVector.Load(run.Output + column + unit, count);
                TVector hPrevious = TEquations.UsesPreviousHidden ? TVector.Load(run.PreviousHidden + column + unit, count) : default;
                TVector c = TEquations.HasCellState ? TVector.Load(run.Cell + column + unit, count) : default;
                TVector cPrevious = TEquations.HasCellState ? TVector.Load(run.PreviousCell + column + unit, count) : default;
                TVector dc = TEquations.HasCellState ? TVector.Load(run.Work.CarriedCell + column + unit, count) : default;
                UnitWeights<TVector> none = default;
                TVector direct = TEquations.Backward<T, TVector>(ref s0, ref s1, ref s2, ref s3, ref none, dh, h, hPrevious, c, cPrevious, ref dc);
                if (TEquations.HasCellState) TVector.Store(dc, run.Work.CarriedCell + column + unit, count);
                if (TEquations.UsesPreviousHidden) TVector.Store(direct, tile + v * TVector.Count);

                // The lanes past the last unit must be zero, but hold NaN where an input is infinite, and NaN times a zero weight is not zero.
                T* sums = run.Sums + vector / unitVectors * run.Work.SumPanel + inPanel;
                T* row = run.Rows + (nint)example * rowLength + unit;
                s0 = TVector.ZeroTail(s0, count);
                TVector.Store(s0, sums);
                TVector.Store(s0, row, count);
                if (Sums > 1)
                {
                    s1 = TVector.ZeroTail(s1, count);
                    TVector.Store(s1, sums + slot);
                    TVector.Store(s1, row + _hiddenSize, count);
                }

                if (Sums > 2)
                {
                    s2 = TVector.ZeroTail(s2, count);
                    TVector.Store(s2, sums + 2 * slot);
                    TVector.Store(s2, row + 2 * _hiddenSize, count);
                }

                if (Sums > 3)
                {
                    s3 = TVector.ZeroTail(s3, count);
                    TVector.Store(s3, sums + 3 * slot);
                    TVector.Store(s3, row + 3 * _hiddenSize, count);
                }
            }
        }
    }

    private readonly struct Binding(StepLayouts<T> layouts, PackCache<T, PackedWeights<T>> packs, State<T> state) : IVectorFunction<T, BoundStep<T>>
    {
        public BoundStep<T> Invoke<TStepVector>()
            where TStepVector : unmanaged, IKernelVector<TStepVector, T> => new BoundFusedStep<T, TEquations, TStepVector>(layouts, new HeldPack<T, PackedWeights<T>>(packs), state);
    }
}
