using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// A step that runs in stages, for variants that need more than one product or the sums of all units at once: sums, normalization, the reset
/// gate before the candidate's product, the equations, projection, zoneout; in Backward, the reverse. A member of a team processes whole
/// examples, so that no stage waits for another member.
/// </summary>
internal sealed unsafe class StagedStep<T, TEquations, TVector> : IRecurrentStep<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TEquations : struct, IRecurrentEquations
    where TVector : unmanaged, IKernelVector<TVector, T>
{
    private readonly PanelKernels<T> _kernels = PanelKernels<T>.Instance;
    private readonly StepContext<T> _context;
    private readonly MaskDraws<T, TVector> _masks;
    private readonly T _cellLimit;
    private readonly CellSettings _settings;
    private readonly RecurrentDropout<T, TVector>? _dropout;
    private readonly SumNormalization<T, TEquations, TVector>? _normalization;
    private readonly ResetBefore<T, TEquations, TVector>? _reset;
    private readonly UnitWeightStage<T, TVector>? _unitWeights;
    private readonly Projection<T, TVector>? _projection;
    private readonly Zoneout<T, TVector>? _hiddenZoneout;
    private readonly Zoneout<T, TVector>? _cellZoneout;

    private readonly WorkBuffer _unitGradient;

    public StagedStep(StepContext<T> context, StagedOptions options)
    {
        _context = context;
        StepLayouts<T> layouts = context.Layouts;
        _settings = layouts.Spec.Settings;
        _cellLimit = _settings.CellLimit == 0 ? T.PositiveInfinity : T.CreateChecked(_settings.CellLimit);
        InputLayout = layouts.Input;
        HiddenLayout = layouts.Hidden;
        SumLayout = layouts.Sums;
        InputSize = layouts.InputSize;
        HiddenSize = layouts.HiddenSize;
        StateSize = layouts.StateSize;
        RecurrentParameters<T> parameters = context.Parameters;
        _dropout = options.RecurrentDropout > 0 ? new RecurrentDropout<T, TVector>(context, options.RecurrentDropout, TEquations.ResetsHidden) : null;
        _normalization = parameters.Gains is { } gains ? new SumNormalization<T, TEquations, TVector>(context, gains) : null;
        _reset = TEquations.ResetsHidden ? new ResetBefore<T, TEquations, TVector>(context, _dropout) : null;
        _unitWeights = parameters.UnitWeights is { } unitWeights ? new UnitWeightStage<T, TVector>(context, unitWeights) : null;
        _projection = parameters.Projection is { } projection ? new Projection<T, TVector>(context, projection) : null;
        _hiddenZoneout = options.HiddenZoneout > 0 ? new Zoneout<T, TVector>(context.Workspace, "hidden zoneout masks", StateSize, options.HiddenZoneout) : null;
        _cellZoneout = options.CellZoneout > 0 ? new Zoneout<T, TVector>(context.Workspace, "cell zoneout masks", HiddenSize, options.CellZoneout) : null;
        _masks = new MaskDraws<T, TVector>(options.Seed, _dropout, _hiddenZoneout, _cellZoneout);
        _unitGradient = context.Workspace.Declare("gradient of the equations' h", "[example][unit]", BufferUse.Backward, call => (long)layouts.HiddenSize * call.Batch);
    }

    public bool CarriesHidden => true;

    private PanelLayout InputLayout { get; }

    private PanelLayout HiddenLayout { get; }

    private PanelLayout SumLayout { get; }

    private int InputSize { get; }

    private int HiddenSize { get; }

    private int StateSize { get; }

    /// <summary>Elements of a panel of sums for one example.</summary>
    private int Width { get; } = Sums<TEquations>.Count * TVector.Count;

    public void Pack(PackedWeights<T> target)
    {
        target.Pack(_context);
        _normalization?.Pack(target);
        _reset?.Pack(target);
        _unitWeights?.Pack(target);
        _projection?.Pack(target);
    }

    public void PackTransposed(PackedWeights<T> target)
    {
        target.PackTransposed(_context);
        _reset?.PackTransposed(target);
        _projection?.PackTransposed(target);
    }

    public void BeginForward(RecurrentPass<T> pass, in ColumnMap columns) => _masks.Draw(pass, columns);

    public void BeginSegments(RecurrentPass<T> pass, in ColumnMap columns) => _masks.BeginSegments(pass, columns);

    public void DrawSegment(RecurrentPass<T> pass, FastRandom random, WorkMemory<T> tape, in ColumnMap columns, in ColumnMap steps, int segment) => _masks.DrawSegment(pass, random, tape, columns, steps, segment);

    public void SumInputsAhead(ref StepArguments<T> run, Share share, int columns) => throw new NotSupportedException();

    public void Forward(ref StepArguments<T> run, Share share)
    {
        if (share.FirstColumn == share.EndColumn) return;
        bool masks = _dropout is not null && run.HasTape;
        if (masks) _dropout!.Forward(ref run, share);
        SumProducts(ref run, share, masks);
        _normalization?.Forward(ref run, share);
        _reset?.Forward(ref run, share);
        ForwardUnits(ref run, share, _projection is null ? run.Output : _projection.Units(run));
        _projection?.Forward(ref run, share);
        _hiddenZoneout?.ForwardHidden(ref run, share);
    }

    public void Backward(ref BackwardArguments<T> run, Share share)
    {
        if (share.FirstColumn == share.EndColumn) return;
        if (run.LaterRows != null)
        {
            if (_dropout is null) AddRecurrentGradient(ref run, share);
            else _dropout.Backward(ref run, share);
        }

        if (run.Step < 0)
        {
            int padded = _context.Layouts.StatePadded;
            for (int j = share.FirstColumn; j < share.EndColumn; j++)
                VectorMemory.Copy(run.Work.CarriedHidden + (nint)j * padded, run.Work.InitialHiddenGradient + (nint)j * StateSize, StateSize);
            return;
        }

        T* unitGradient = run.Work.Scratch[_unitGradient];
        SplitHiddenGradient(ref run, share, _projection is null ? unitGradient : _projection.HiddenGradient(run));
        _projection?.Backward(ref run, share, unitGradient);
        BackwardUnits(ref run, share, unitGradient);
        _reset?.Backward(ref run, share);
        _normalization?.Backward(ref run, share);
        CopyToRows(ref run, share);
    }

    public void AddWeightGradients(in BackwardWork<T> work, TeamMember member, in BackwardBlock<T> block)
    {
        WeightGradients<T> gradients = _context.WeightGradients;
        gradients.AddInput(work, member, block);
        gradients.AddInputWeights(work, member, block);
        if (_dropout is null) gradients.AddRecurrentWeights(work, member, block);
        else _dropout.AddRecurrentWeights(work, member, block);
        _reset?.AddRecurrentWeights(work, member, block);
        if (_normalization is null) gradients.AddBiases(work, member, block);
        else _normalization.AddWeightGradients(work, member, block);
        _unitWeights?.AddWeightGradients(work, member, block);
        _projection?.AddWeightGradients(work, member, block);
    }

    /// <summary>Computes the sums of all slots, except for a product that follows the reset gate.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumProducts(ref StepArguments<T> run, Share share, bool masks)
    {
        bool normalizes = _normalization is not null;
        int panels = SumLayout.Panels, width = Width;
        int inputWidth = InputLayout.Width;
        int hiddenVectors = HiddenLayout.Vectors;
        int hiddenSlotOffset = _context.Layouts.HiddenSlotOffset;
        int max = VectorPanelKernels<T, TVector>.MaxColumns(Math.Max(InputLayout.Vectors, hiddenVectors));
        TileCall<T> input = default;
        input.AccumulatorColumn = input.StartColumn = width;
        input.First = new ProductTerm<T> { WeightStep = inputWidth, DataStep = 1, DataColumn = InputSize, Count = InputSize };
        TileCall<T> hidden = default;
        hidden.AccumulatorColumn = hidden.StartColumn = width;
        hidden.First = new ProductTerm<T> { WeightStep = HiddenLayout.Width, DataStep = 1, DataColumn = StateSize, Count = StateSize };
        for (int p = 0; p < panels; p++)
        {
            T* bias = run.Weights.Bias.Pointer + (nint)p * width;
            T* inputWeights = run.Weights.Input.Pointer + (nint)p * InputSize * inputWidth;
            T* hiddenWeights = run.Weights.Hidden.Pointer + (nint)p * StateSize * HiddenLayout.Width;
            for (int column = share.FirstColumn, block; column < share.EndColumn; column += block)
            {
                block = VectorPanelKernels<T, TVector>.NextBlock(share.EndColumn - column, max);
                T* sums = run.Slots + p * run.SlotPanel + (nint)column * width;
                for (int j = 0; j < block; j++)
                {
                    // Any index outside the vocabulary stands for a column of zeros, as in FusedStep.
                    int token = run.Tokens == null ? -1 : run.Tokens[column + j];
                    T* picked = (uint)token < (uint)InputSize ? inputWeights + (nint)token * inputWidth : null;
                    for (int i = 0; i < width; i += TVector.Count)
                    {
                        // The bias of a normalized sum is added after the normalization.
                        TVector start = normalizes ? default : TVector.Load(bias + i);
                        if (picked != null && i < inputWidth) start += TVector.Load(picked + i);
                        TVector.Store(start, sums + (nint)j * width + i);
                    }
                }

                if (run.Tokens == null)
                {
                    input.Accumulators = input.Start = sums;
                    input.First.Weights = inputWeights;
                    input.First.Data = run.Input + (nint)column * InputSize;
                    VectorPanelKernels<T, TVector>.Tile(InputLayout.Vectors, block, &input);
                }

                if (hiddenVectors == 0) continue;
                hidden.First.Weights = hiddenWeights;
                hidden.Accumulators = hidden.Start = sums + hiddenSlotOffset;
                if (!masks)
                {
                    hidden.First.Data = run.Hidden + (nint)column * StateSize;
                    VectorPanelKernels<T, TVector>.Tile(hiddenVectors, block, &hidden);
                    continue;
                }

                for (int g = 0; g < hiddenVectors; g++)
                {
                    hidden.First.Data = _dropout!.Masked(run, g) + (nint)column * StateSize;
                    VectorPanelKernels<T, TVector>.Tile(1, block, &hidden);
                    hidden.First.Weights += TVector.Count;
                    hidden.Accumulators = hidden.Start += TVector.Count;
                }
            }
        }
    }

    /// <summary>Applies the equations to the sums, and zoneout to c.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ForwardUnits(ref StepArguments<T> run, Share share, T* output)
    {
        int panels = SumLayout.Panels, width = Width;
        T* cellMask = _cellZoneout is null ? null : _cellZoneout.Mask(run);
        for (int p = 0; p < panels; p++)
        {
            int unit = p * TVector.Count;
            int count = HiddenSize - unit;
            UnitWeights<TVector> weights = LoadUnitWeights(run.Weights, p);
            for (int j = share.FirstColumn; j < share.EndColumn; j++)
            {
                nint at = (nint)j * HiddenSize + unit;
                T* slots = run.Slots + p * run.SlotPanel + (nint)j * width;
                Load(slots, out TVector s0, out TVector s1, out TVector s2, out TVector s3);
                TVector hPrevious = TEquations.UsesPreviousHidden ? TVector.Load(run.Hidden + at, count) : default;
                TVector cPrevious = TEquations.HasCellState ? TVector.Load(run.Cell + at, count) : default;
                TVector h = TEquations.Forward<T, TVector>(ref s0, ref s1, ref s2, ref s3, weights, hPrevious, cPrevious, out TVector c);
                TVector.Store(h, output + at, count);
                if (TEquations.HasCellState)
                {
                    if (_cellZoneout is not null) c = _cellZoneout.Mix(cellMask, at, count, cPrevious, c);
                    TVector.Store(c, run.Cell + run.CellStep + at, count);
                }

                // Backward needs this h, which zoneout or a projection may replace in the output.
                if (!TEquations.SavesGates) s0 = h;
                if (run.HasTape) Store(s0, s1, s2, s3, slots);
            }
        }
    }

    /// <summary>Adds the contribution of the next step's gates to the gradient of h: the product with the recurrent weights.</summary>
    private void AddRecurrentGradient(ref BackwardArguments<T> run, Share share)
    {
        StepLayouts<T> layouts = _context.Layouts;
        PanelLayout layout = layouts.HiddenTransposed;
        int gates = layouts.Spec.HiddenBlocks.Length;
        if (gates == 0) return;
        T* rows = run.LaterRows + (nint)(Sums<TEquations>.Count - gates) * HiddenSize;
        var packed = new PanelSide<T>(run.Work.Weights.HiddenTransposed.Pointer, (nint)layouts.Hidden.Rows * layout.Width, layout.Width);
        _kernels.Product(layout, layouts.StatePadded, packed, null, new ColumnSide<T>(rows, layouts.Hidden.Rows, 1, layouts.RowLength), share with { FirstPanel = 0, EndPanel = layout.Panels }, run.Work.CarriedHidden, add: true);
    }

    /// <summary>Computes the gradient of h before zoneout from the output's gradient and the carried one. The part that zoneout passes to the previous h stays in the carried gradient.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SplitHiddenGradient(ref BackwardArguments<T> run, Share share, T* target)
    {
        int padded = _context.Layouts.StatePadded;
        T* mask = _hiddenZoneout is null ? null : _hiddenZoneout.Mask(run);
        for (int j = share.FirstColumn; j < share.EndColumn; j++)
        {
            for (int i = 0; i < StateSize; i += TVector.Count)
            {
                int count = StateSize - i;
                nint at = (nint)j * StateSize + i;
                T* carried = run.Work.CarriedHidden + (nint)j * padded + i;
                TVector dh = TVector.Load(carried, count);
                if (run.OutputGradient != null) dh += TVector.Load(run.OutputGradient + at, count);
                TVector kept = mask == null ? default : dh * TVector.Load(mask + at, count);
                TVector.Store(kept, carried, count);
                TVector.Store(dh - kept, target + at, count);
            }
        }
    }

    /// <summary>Applies the backward equations, from the gradient of the h that they returned to those of the sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackwardUnits(ref BackwardArguments<T> run, Share share, T* unitGradient)
    {
        int padded = _context.Layouts.StatePadded, rowLength = _context.Layouts.RowLength;
        int panels = SumLayout.Panels, width = Width;
        T* cellMask = _cellZoneout is null ? null : _cellZoneout.Mask(run);
        for (int p = 0; p < panels; p++)
        {
            int unit = p * TVector.Count;
            int count = HiddenSize - unit;
            UnitWeights<TVector> unitWeights = LoadUnitWeights(run.Work.Weights, p);
            T* weightColumns = _unitWeights is null ? null : _unitWeights.Columns(run, p);
            for (int j = share.FirstColumn; j < share.EndColumn; j++)
            {
                nint at = (nint)j * HiddenSize + unit;
                Load(run.Slots + p * run.Work.SlotPanel + (nint)j * width, out TVector s0, out TVector s1, out TVector s2, out TVector s3);
                TVector dh = TVector.Load(unitGradient + at, count);
                TVector hPrevious = TEquations.UsesPreviousHidden ? TVector.Load(run.PreviousHidden + at, count) : default;
                TVector c = TEquations.HasCellState ? TVector.Load(run.Cell + at, count) : default;
                TVector cPrevious = TEquations.HasCellState ? TVector.Load(run.PreviousCell + at, count) : default;
                TVector dc = TEquations.HasCellState ? TVector.Load(run.Work.CarriedCell + at, count) : default;
                TVector kept = cellMask == null ? default : dc * TVector.Load(cellMask + at, count);
                dc -= kept;

                // Field by field, because a structure with a reference is copied slowly as a whole.
                UnitWeights<TVector> weights = default;
                weights.First = unitWeights.First;
                weights.Second = unitWeights.Second;
                weights.Third = unitWeights.Third;
                weights.CellLimit = unitWeights.CellLimit;
                if (TEquations.ReadsSettings) weights.Settings = _settings;
                TVector h = TEquations.SavesGates ? default : s0;
                TVector direct = TEquations.Backward<T, TVector>(ref s0, ref s1, ref s2, ref s3, ref weights, dh, h, hPrevious, c, cPrevious, ref dc);
                if (TEquations.HasCellState) TVector.Store(dc + kept, run.Work.CarriedCell + at, count);
                T* carried = run.Work.CarriedHidden + (nint)j * padded + unit;
                if (TEquations.UsesPreviousHidden) TVector.Store(TVector.Load(carried, count) + direct, carried, count);

                s0 = TVector.ZeroTail(s0, count);
                Store(s0, TVector.ZeroTail(s1, count), TVector.ZeroTail(s2, count), TVector.ZeroTail(s3, count), run.Sums + p * run.Work.SumPanel + (nint)j * width);

                // ResetBefore.Backward reads this row before CopyToRows fills in the other slots.
                if (TEquations.ResetsHidden) TVector.Store(s0, run.Rows + (nint)j * rowLength + unit, count);
                if (_unitWeights is not null) _unitWeights.SaveGradients(weights, count, weightColumns, j);
            }
        }
    }

    /// <summary>Copies the gradients of the sums to the rows that the products with the transposed weights read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CopyToRows(ref BackwardArguments<T> run, Share share)
    {
        int rowLength = _context.Layouts.RowLength;
        int panels = SumLayout.Panels, width = Width;
        for (int p = 0; p < panels; p++)
        {
            int count = HiddenSize - p * TVector.Count;
            for (int j = share.FirstColumn; j < share.EndColumn; j++)
            {
                T* sums = run.Sums + p * run.Work.SumPanel + (nint)j * width;
                T* row = run.Rows + (nint)j * rowLength + (nint)p * TVector.Count;
                for (int s = 0; s < Sums<TEquations>.Count; s++) TVector.Store(TVector.Load(sums + s * TVector.Count), row + (nint)s * HiddenSize, count);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private UnitWeights<TVector> LoadUnitWeights(PackedWeights<T> packed, int panel)
    {
        UnitWeights<TVector> weights = _unitWeights is null ? default : _unitWeights.Load(packed, panel);
        weights.CellLimit = TVector.Broadcast(_cellLimit);
        if (TEquations.ReadsSettings) weights.Settings = _settings;
        return weights;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load(T* slots, out TVector s0, out TVector s1, out TVector s2, out TVector s3)
    {
        s0 = TVector.Load(slots);
        s1 = Sums<TEquations>.Count > 1 ? TVector.Load(slots + TVector.Count) : default;
        s2 = Sums<TEquations>.Count > 2 ? TVector.Load(slots + 2 * TVector.Count) : default;
        s3 = Sums<TEquations>.Count > 3 ? TVector.Load(slots + 3 * TVector.Count) : default;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(TVector s0, TVector s1, TVector s2, TVector s3, T* slots)
    {
        TVector.Store(s0, slots);
        if (Sums<TEquations>.Count > 1) TVector.Store(s1, slots + TVector.Count);
        if (Sums<TEquations>.Count > 2) TVector.Store(s2, slots + 2 * TVector.Count);
        if (Sums<TEquations>.Count > 3) TVector.Store(s3, slots + 3 * TVector.Count);
    }
}
