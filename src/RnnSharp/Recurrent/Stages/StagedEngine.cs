using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// The steps of the variants whose step takes more than one product or needs the sums of all units at once: sums, normalisation,
/// a reset before the candidate's product, the kind's equations, zoneout, projection, one after another. A member of a team has
/// whole examples, so that no stage waits for another member.
/// </summary>
internal sealed unsafe class StagedEngine<T, TKind, TVector> : TimeLoop<T, TVector>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TKind : struct, IStagedEquations
    where TVector : unmanaged, IKernelVector<TVector, T>
{
    /// <summary>Mixed into the seed, so that a dropout layer of the same seed draws other masks.</summary>
    private const ulong MaskTag = 0x6b73_616d_2068_2063;

    /// <summary>Added to a variance, as in PyTorch's LayerNorm.</summary>
    private const double Epsilon = 1e-5;

    private readonly StagedOptions _options;

    // The gates of the recurrent products one by one, and the candidate whose product comes after the reset.
    private readonly PanelLayout[] _gateLayouts;
    private readonly PanelLayout _candidateLayout;
    private readonly PanelLayout _unitLayout;
    private readonly PanelLayout _stateLayout;
    private readonly PanelLayout _peepholeLayout;

    public StagedEngine(RecurrentParameters<T> parameters, StagedOptions options)
        : base(TKind.Shape, parameters, unitVectors: 1)
    {
        _options = options;
        _gateLayouts = [.. Kind.HiddenBlocks.Select(block => new PanelLayout(HiddenSize, TVector.Count, 1, block))];
        _candidateLayout = new PanelLayout(HiddenSize, TVector.Count, 1, Kind.Gates - 1);
        _unitLayout = PanelLayout.ForRows(HiddenSize, TVector.Count);
        _stateLayout = PanelLayout.ForRows(StateSize, TVector.Count);
        _peepholeLayout = new PanelLayout(HiddenSize, TVector.Count, 1, [.. Enumerable.Range(0, TKind.Peepholes)]);
        if (parameters.Projection is not null) _stateLayout.CheckPacked<T>(HiddenSize, _unitLayout, "hiddenSize");
    }

    private int Width => TKind.Slots * TVector.Count;

    private bool IsProjected => Parameters.Projection is not null;

    private bool HasExchange => IsProjected || TKind.ResetsFirst;

    private int RecurrentMasks => Kind.HiddenBlocks.Length + (TKind.ResetsFirst ? 1 : 0);

    protected override bool CarriesHidden => true;

    protected override int AheadSteps(int batch) => 0;

    protected override TeamGrid Grid(int members, PanelLayout layout, int batch) => TeamGrid.For(members, 1, batch, wait: 0);

    public override int? MaskSeed => _options.Seed;

    public override long TapeElements(int batch, int steps)
    {
        long columns = (long)batch * steps;
        return base.TapeElements(batch, steps)
            + (HasExchange ? columns * HiddenSize : 0)
            + (_options.Normalizes ? columns * (SumLayout.Panels * Width + TKind.Slots) : 0)
            + (_options.HiddenZoneout > 0 ? columns * StateSize : 0)
            + (_options.CellZoneout > 0 ? columns * HiddenSize : 0)
            + (_options.RecurrentDropout > 0 ? (columns + batch) * RecurrentMasks * StateSize : 0);
    }

    protected override void PrepareForward(ref StepArguments first, RecurrentPass<T> pass, int steps)
    {
        long columns = (long)steps * first.Batch;
        pass.Stages ??= new StageTape<T>();
        StageTape<T> tape = pass.Stages;
        DrawMasks(tape, pass.Draw, first.Batch, steps);
        first.Stages = new StageMemory<T>
        {
            IsTape = true,
            Exchange = HasExchange ? tape.Exchange.Require(columns * HiddenSize) : null,
            Normalized = _options.Normalizes ? tape.Normalized.Require(SumLayout.Panels * columns * Width) : null,
            InverseDeviations = _options.Normalizes ? tape.InverseDeviations.Require(columns * TKind.Slots) : null,
            HiddenMask = _options.HiddenZoneout > 0 ? tape.HiddenMask.Pointer : null,
            CellMask = _options.CellZoneout > 0 ? tape.CellMask.Pointer : null,
            RecurrentMasks = _options.RecurrentDropout > 0 ? tape.RecurrentMasks.Pointer : null,
            Masked = _options.RecurrentDropout > 0 ? tape.Masked.Require(RecurrentMasks * columns * StateSize) : null,
            MaskedGate = (nint)columns * StateSize,
        };
    }

    protected override void PreparePredict(ref StepArguments first, RecurrentScratch<T> scratch)
    {
        long width = (long)first.Batch * Width;
        first.Slots = scratch.Slots.Require(SumLayout.Panels * width);
        first.SlotPanel = (nint)width;
        first.SlotStep = 0;
        first.Stages = new StageMemory<T> { Exchange = HasExchange ? scratch.Exchange.Require((long)first.Batch * HiddenSize) : null };
    }

    protected override void PrepareBackward(ref BackwardWork work, RecurrentPass<T> pass, RecurrentBackwardScratch<T> scratch)
    {
        StageTape<T> tape = pass.Stages!;
        scratch.Stages ??= new StageBackwardScratch<T>();
        StageBackwardScratch<T> stages = scratch.Stages;
        long columns = (long)work.Halves * work.BlockSteps * work.Batch;
        long tapeColumns = (long)work.Steps * work.Batch;
        long sums = SumLayout.Panels * columns * Width;
        work.Stages = new StageMemory<T>
        {
            IsTape = true,
            Exchange = tape.Exchange.Pointer,
            Normalized = tape.Normalized.Pointer,
            InverseDeviations = tape.InverseDeviations.Pointer,
            HiddenMask = _options.HiddenZoneout > 0 ? tape.HiddenMask.Pointer : null,
            CellMask = _options.CellZoneout > 0 ? tape.CellMask.Pointer : null,
            RecurrentMasks = _options.RecurrentDropout > 0 ? tape.RecurrentMasks.Pointer : null,
            Masked = tape.Masked.Pointer,
            MaskedGate = (nint)tapeColumns * StateSize,
            Hidden = stages.Hidden.Require((long)work.Batch * HiddenSize),
            Product = stages.Product.Require((long)work.Batch * Math.Max(StateSize, HiddenSize)),
            ProjectedPanels = IsProjected ? stages.ProjectedPanels.Require(_stateLayout.Panels * columns * _stateLayout.Width) : null,
            Biased = _options.Normalizes ? stages.Biased.Require(sums) : null,
            Gained = _options.Normalizes ? stages.Gained.Require(sums) : null,
            Peepholes = Parameters.Peepholes is null ? null : stages.Peepholes.Require(_peepholeLayout.Panels * columns * _peepholeLayout.Width),
            GainGradient = Parameters.Gains is { } gains ? stages.GainGradient.Require(gains.Count) : null,
            PeepholeGradient = Parameters.Peepholes is { } peepholes ? stages.PeepholeGradient.Require(peepholes.Count) : null,
            ProjectionGradient = Parameters.Projection is { } projection ? stages.ProjectionGradient.Require(projection.Count) : null,
        };
    }

    protected override void FinishBackward(Gradients<T> gradients, RecurrentBackwardScratch<T> scratch, bool accumulate)
    {
        StageBackwardScratch<T> stages = scratch.Stages!;
        if (Parameters.Projection is { } projection) CopyGradient(gradients, projection, stages.ProjectionGradient.Span, accumulate);
        if (Parameters.Peepholes is { } peepholes) CopyGradient(gradients, peepholes, stages.PeepholeGradient.Span, accumulate);
        if (Parameters.Gains is { } gains) CopyGradient(gradients, gains, stages.GainGradient.Span, accumulate);
    }

    protected override void Pack(PackedWeights<T> target)
    {
        base.Pack(target);
        if (Parameters.Gains is { } gains) Kernels.Pack(SumLayout, gains.Values, gains.Rows, 1, target.Gains.Require((long)SumLayout.Panels * Width));
        if (Parameters.Peepholes is { } peepholes) Kernels.Pack(_peepholeLayout, peepholes.Values, peepholes.Rows, 1, target.Peepholes.Require((long)_peepholeLayout.Panels * _peepholeLayout.Width));
        if (Parameters.Projection is { } projection) Kernels.Pack(_stateLayout, projection.Values, StateSize, HiddenSize, target.Projection.Require((long)_stateLayout.Panels * HiddenSize * _stateLayout.Width));
        if (TKind.ResetsFirst) Kernels.Pack(_candidateLayout, Parameters.RecurrentWeights.Values, Parameters.RecurrentWeights.Rows, StateSize, target.Candidate.Require((long)_candidateLayout.Panels * StateSize * TVector.Count));
    }

    protected override void PackTransposed(PackedWeights<T> target)
    {
        base.PackTransposed(target);
        if (Parameters.Projection is { } projection)
        {
            Kernels.PackTransposed(_stateLayout, projection.Values, StateSize, _unitLayout,
                target.ProjectionTransposed.Require((long)_stateLayout.Panels * _stateLayout.Width * _unitLayout.Panels * _unitLayout.Width));
        }

        if (TKind.ResetsFirst)
        {
            Kernels.PackTransposed(_candidateLayout, Parameters.RecurrentWeights.Values, Parameters.RecurrentWeights.Rows, HiddenTransposedLayout,
                target.CandidateTransposed.Require((long)UnitsPadded * HiddenTransposedLayout.Panels * HiddenTransposedLayout.Width));
        }
    }

    protected override void RunStep(ref StepArguments run, Share share)
    {
        if (share.FirstColumn == share.EndColumn) return;
        nint step = run.Stages.IsTape ? run.Step : 0;
        T* exchange = run.Stages.Exchange + step * run.Batch * HiddenSize;
        if (run.Stages.Masked != null) MaskHidden(ref run, share);
        SumProducts(ref run, share);
        if (_options.Normalizes) Normalize(ref run, share);
        if (TKind.ResetsFirst)
        {
            ResetUnits(ref run, share, exchange);
            AddCandidates(ref run, share, exchange);
        }

        ForwardUnits(ref run, share, IsProjected ? exchange : run.Output);
        if (IsProjected)
        {
            var packed = new PanelSide<T>(run.Weights.Projection.Pointer, (nint)HiddenSize * _stateLayout.Width, _stateLayout.Width);
            Kernels.Product(_stateLayout, StateSize, packed, null, new ColumnSide<T>(exchange, HiddenSize, 1, HiddenSize), Whole(share, _stateLayout), run.Output, add: false);
        }

        if (_options.HiddenZoneout > 0) KeepHidden(ref run, share);

        // What stands past an example's end may be NaN, and meets a gradient of zero.
        for (int j = share.FirstColumn; j < share.EndColumn && HasExchange && run.Lengths != null; j++)
        {
            if (run.Step >= run.Lengths[j]) new Span<T>(exchange + (nint)j * HiddenSize, HiddenSize).Clear();
        }
    }

    protected override void RunBackwardStep(ref BackwardArguments run, Share share)
    {
        if (share.FirstColumn == share.EndColumn) return;
        ref StageMemory<T> stages = ref run.Work.Stages;
        if (run.LaterRows != null) AddLater(ref run, share);
        if (run.Step < 0)
        {
            int padded = HiddenTransposedLayout.Panels * HiddenTransposedLayout.Width;
            for (int j = share.FirstColumn; j < share.EndColumn; j++)
                new ReadOnlySpan<T>(run.Work.CarriedHidden + (nint)j * padded, StateSize).CopyTo(new Span<T>(run.Work.InitialHiddenGradient + (nint)j * StateSize, StateSize));
            return;
        }

        T* gradient = IsProjected ? stages.Product : stages.Hidden;
        ReleaseHidden(ref run, share, gradient);
        if (IsProjected)
        {
            PackProjected(ref run, share);
            var packed = new PanelSide<T>(run.Work.Weights.ProjectionTransposed.Pointer, (nint)_stateLayout.Panels * _stateLayout.Width * _unitLayout.Width, _unitLayout.Width);
            Kernels.Product(_unitLayout, HiddenSize, packed, null, new ColumnSide<T>(stages.Product, StateSize, 1, StateSize), Whole(share, _unitLayout), stages.Hidden, add: false);
        }

        BackwardUnits(ref run, share);
        if (TKind.ResetsFirst)
        {
            var packed = new PanelSide<T>(run.Work.Weights.CandidateTransposed.Pointer, (nint)UnitsPadded * HiddenTransposedLayout.Width, HiddenTransposedLayout.Width);
            Kernels.Product(HiddenTransposedLayout, StateSize, packed, null, new ColumnSide<T>(run.Rows, UnitsPadded, 1, RowLength), Whole(share, HiddenTransposedLayout), stages.Product, add: false);
            ResetUnitsBackward(ref run, share);
        }

        if (_options.Normalizes) NormalizeBackward(ref run, share);
        for (int p = 0; p < SumLayout.Panels; p++)
        {
            for (int j = share.FirstColumn; j < share.EndColumn; j++)
            {
                T* sums = run.Sums + p * run.Work.SumPanel + (nint)j * Width;
                T* row = run.Rows + (nint)j * RowLength + (nint)p * TVector.Count;
                for (int s = 0; s < TKind.Slots; s++) TVector.Store(TVector.Load(sums + s * TVector.Count), row + (nint)s * UnitsPadded);
            }
        }
    }

    protected override void AddRecurrentProducts(in BackwardWork work, TeamMember me, T* sums, int firstStep, int columns, bool add)
    {
        StageMemory<T> stages = work.Stages;
        nint first = (nint)firstStep * work.Batch * StateSize;
        if (stages.RecurrentMasks == null) base.AddRecurrentProducts(work, me, sums, firstStep, columns, add);
        else
        {
            for (int g = 0; g < _gateLayouts.Length; g++)
                AddRecurrentProduct(work, me, _gateLayouts[g], sums + HiddenSlotOffset + g * TVector.Count, stages.Masked + g * stages.MaskedGate + first, columns, add);
        }

        if (TKind.ResetsFirst) AddRecurrentProduct(work, me, _candidateLayout, sums, stages.Exchange + first, columns, add);
    }

    protected override void AddBiasProducts(in BackwardWork work, TeamMember me, T* sums, int firstStep, int columns, bool add)
    {
        StageMemory<T> stages = work.Stages;
        nint at = (nint)(sums - work.Sums);
        nint firstColumn = work.SumPanel == 0 ? 0 : at / (SumLayout.Panels * work.SumPanel) * work.BlockSteps * work.Batch;
        nint blockColumns = BlockColumns(work);
        if (_options.Normalizes)
        {
            Kernels.BiasGradient(me, SumLayout, BiasRows, new PanelSide<T>(stages.Biased + at, work.SumPanel, Width), columns, work.BiasGradient, add);
            Kernels.BiasGradient(me, SumLayout, Parameters.Gains!.Rows, new PanelSide<T>(stages.Gained + at, work.SumPanel, Width), columns, stages.GainGradient, add);
        }
        else
        {
            base.AddBiasProducts(work, me, sums, firstStep, columns, add);
        }

        if (stages.Peepholes != null)
        {
            int width = _peepholeLayout.Width;
            Kernels.BiasGradient(me, _peepholeLayout, Parameters.Peepholes!.Rows, new PanelSide<T>(stages.Peepholes + firstColumn * width, blockColumns * width, width), columns, stages.PeepholeGradient, add);
        }

        if (IsProjected)
        {
            int width = _stateLayout.Width;
            var panels = new PanelSide<T>(stages.ProjectedPanels + firstColumn * width, blockColumns * width, width);
            var data = new ColumnSide<T>(stages.Exchange + (nint)firstStep * work.Batch * HiddenSize, columns, HiddenSize, 1);
            Kernels.Product(_stateLayout, StateSize, panels, null, data, TeamGrid.Share(me, _stateLayout.Panels, HiddenSize), stages.ProjectionGradient, add, work.Gathered + (nint)me.Rank * work.GatherLength);
        }
    }

    private static Share Whole(Share share, PanelLayout layout) => share with { FirstPanel = 0, EndPanel = layout.Panels };

    /// <summary>Columns of the memory of all halves of blocks.</summary>
    private static nint BlockColumns(in BackwardWork work) => (nint)work.Halves * work.BlockSteps * work.Batch;

    /// <summary>Draws the masks of a call, unless they were given.</summary>
    private void DrawMasks(StageTape<T> tape, long draw, int batch, int steps)
    {
        if (tape.MasksGiven || _options.Seed is not { } seed) return;
        FastRandom random = tape.Random;
        random.Reseed(unchecked((ulong)seed) ^ MaskTag, (ulong)draw);
        if (_options.RecurrentDropout > 0) Fill(tape.RecurrentMasks, (long)RecurrentMasks * batch * StateSize, 1 - _options.RecurrentDropout, T.CreateChecked(1 / (1 - _options.RecurrentDropout)));
        if (_options.HiddenZoneout > 0) Fill(tape.HiddenMask, (long)steps * batch * StateSize, _options.HiddenZoneout, T.One);
        if (_options.CellZoneout > 0) Fill(tape.CellMask, (long)steps * batch * HiddenSize, _options.CellZoneout, T.One);

        void Fill(AlignedBuffer<T> buffer, long length, double share, T value)
        {
            buffer.Require(length);
            foreach (ref T element in buffer.Span) element = random.NextDouble() < share ? value : T.Zero;
        }
    }

    /// <summary>Multiplies the previous h for each gate of its own.</summary>
    private void MaskHidden(ref StepArguments run, Share share)
    {
        nint state = (nint)run.Batch * StateSize;
        for (int g = 0; g < RecurrentMasks; g++)
        {
            T* masks = run.Stages.RecurrentMasks + g * state;
            T* target = run.Stages.Masked + g * run.Stages.MaskedGate + run.Step * state;
            for (nint i = (nint)share.FirstColumn * StateSize; i < (nint)share.EndColumn * StateSize; i += TVector.Count)
            {
                int count = (int)Math.Min(TVector.Count, (nint)share.EndColumn * StateSize - i);
                VectorMemory.Store(VectorMemory.Load<T, TVector>(masks + i, count) * VectorMemory.Load<T, TVector>(run.Hidden + i, count), target + i, count);
            }
        }
    }

    /// <summary>The sums of all slots, but for a product that comes after the reset.</summary>
    [SkipLocalsInit]
    private void SumProducts(ref StepArguments run, Share share)
    {
        int inputWidth = InputLayout.Width;
        int hiddenVectors = HiddenLayout.Vectors;
        int max = PanelKernels<T, TVector>.MaxColumns(Math.Max(InputLayout.Vectors, hiddenVectors));
        TileCall<T> input = default;
        input.AccumulatorColumn = input.StartColumn = Width;
        input.First = new ProductTerm<T> { WeightStep = inputWidth, DataStep = 1, DataColumn = InputSize, Count = InputSize };
        TileCall<T> hidden = default;
        hidden.AccumulatorColumn = hidden.StartColumn = Width;
        hidden.First = new ProductTerm<T> { WeightStep = HiddenLayout.Width, DataStep = 1, DataColumn = StateSize, Count = StateSize };
        for (int p = 0; p < SumLayout.Panels; p++)
        {
            T* bias = run.Weights.Bias.Pointer + (nint)p * Width;
            T* inputWeights = run.Weights.Input.Pointer + (nint)p * InputSize * inputWidth;
            T* hiddenWeights = run.Weights.Hidden.Pointer + (nint)p * StateSize * HiddenLayout.Width;
            for (int column = share.FirstColumn, block; column < share.EndColumn; column += block)
            {
                block = PanelKernels<T, TVector>.NextBlock(share.EndColumn - column, max);
                T* sums = run.Slots + p * run.SlotPanel + (nint)column * Width;
                for (int j = 0; j < block; j++)
                {
                    // As in FusedEngine, any number that is no token stands for a column of zeros.
                    int token = run.Tokens == null ? -1 : run.Tokens[column + j];
                    T* picked = (uint)token < (uint)InputSize ? inputWeights + (nint)token * inputWidth : null;
                    for (int i = 0; i < Width; i += TVector.Count)
                    {
                        // A normalised sum gets its bias afterwards.
                        TVector start = _options.Normalizes ? default : TVector.Load(bias + i);
                        if (picked != null && i < inputWidth) start += TVector.Load(picked + i);
                        TVector.Store(start, sums + (nint)j * Width + i);
                    }
                }

                if (run.Tokens == null)
                {
                    input.Accumulators = input.Start = sums;
                    input.First.Weights = inputWeights;
                    input.First.Data = run.Input + (nint)column * InputSize;
                    PanelKernels<T, TVector>.Tile(InputLayout.Vectors, block, &input);
                }

                hidden.First.Weights = hiddenWeights;
                hidden.Accumulators = hidden.Start = sums + HiddenSlotOffset;
                if (run.Stages.Masked == null)
                {
                    hidden.First.Data = run.Hidden + (nint)column * StateSize;
                    PanelKernels<T, TVector>.Tile(hiddenVectors, block, &hidden);
                    continue;
                }

                for (int g = 0; g < hiddenVectors; g++)
                {
                    hidden.First.Data = run.Stages.Masked + g * run.Stages.MaskedGate + ((nint)run.Step * run.Batch + column) * StateSize;
                    PanelKernels<T, TVector>.Tile(1, block, &hidden);
                    hidden.First.Weights += TVector.Count;
                    hidden.Accumulators = hidden.Start += TVector.Count;
                }
            }
        }
    }

    /// <summary>û = (u - mean) / √(variance + ε) over the units of each slot, then gain∘û + bias (Ba, Kiros and Hinton 2016).</summary>
    private void Normalize(ref StepArguments run, Share share)
    {
        for (int j = share.FirstColumn; j < share.EndColumn; j++)
        {
            for (int s = 0; s < TKind.Slots; s++)
            {
                T* slot = run.Slots + (nint)j * Width + s * TVector.Count;
                TVector sum = default;
                for (int p = 0; p < SumLayout.Panels; p++) sum += TVector.Load(slot + p * run.SlotPanel);
                TVector mean = TVector.Broadcast(TVector.Sum(sum) / T.CreateChecked(HiddenSize));
                TVector squares = default;
                for (int p = 0; p < SumLayout.Panels; p++)
                {
                    TVector distance = VectorMemory.Keep<T, TVector>(TVector.Load(slot + p * run.SlotPanel) - mean, HiddenSize - p * TVector.Count);
                    squares = TVector.MultiplyAdd(distance, distance, squares);
                }

                T inverse = T.One / T.Sqrt(TVector.Sum(squares) / T.CreateChecked(HiddenSize) + T.CreateChecked(Epsilon));
                if (run.Stages.IsTape) run.Stages.InverseDeviations[((nint)run.Step * run.Batch + j) * TKind.Slots + s] = inverse;
                TVector scale = TVector.Broadcast(inverse);
                for (int p = 0; p < SumLayout.Panels; p++)
                {
                    T* at = slot + p * run.SlotPanel;
                    nint unit = (nint)p * Width + s * TVector.Count;
                    TVector normalized = VectorMemory.Keep<T, TVector>((TVector.Load(at) - mean) * scale, HiddenSize - p * TVector.Count);
                    if (run.Stages.IsTape) TVector.Store(normalized, run.Stages.Normalized + (at - run.Slots) + run.Step * run.SlotStep);
                    TVector.Store(TVector.MultiplyAdd(normalized, TVector.Load(run.Weights.Gains.Pointer + unit), TVector.Load(run.Weights.Bias.Pointer + unit)), at);
                }
            }
        }
    }

    /// <summary>From the gradients on normalised sums, which the gains and biases get, to those on the sums.</summary>
    private void NormalizeBackward(ref BackwardArguments run, Share share)
    {
        ref StageMemory<T> stages = ref run.Work.Stages;
        nint offset = (nint)(run.Sums - run.Work.Sums);
        T count = T.CreateChecked(HiddenSize);
        for (int j = share.FirstColumn; j < share.EndColumn; j++)
        {
            bool ended = run.Work.Lengths != null && run.Step >= run.Work.Lengths[j];
            for (int s = 0; s < TKind.Slots; s++)
            {
                nint slot = (nint)j * Width + s * TVector.Count;
                TVector sum = default;
                TVector projection = default;
                for (int p = 0; p < SumLayout.Panels; p++)
                {
                    nint at = slot + p * run.Work.SumPanel;
                    TVector gradient = TVector.Load(run.Sums + at);
                    TVector normalized = ended ? default : TVector.Load(NormalizedAt(ref run, p, slot));
                    TVector.Store(gradient, stages.Biased + offset + at);
                    TVector.Store(gradient * normalized, stages.Gained + offset + at);
                    gradient *= TVector.Load(run.Work.Weights.Gains.Pointer + (nint)p * Width + s * TVector.Count);
                    sum += gradient;
                    projection = TVector.MultiplyAdd(gradient, normalized, projection);
                }

                if (ended) continue;
                TVector mean = TVector.Broadcast(TVector.Sum(sum) / count);
                TVector slope = TVector.Broadcast(TVector.Sum(projection) / count);
                TVector inverse = TVector.Broadcast(stages.InverseDeviations[((nint)run.Step * run.Work.Batch + j) * TKind.Slots + s]);
                for (int p = 0; p < SumLayout.Panels; p++)
                {
                    nint at = slot + p * run.Work.SumPanel;
                    TVector gradient = TVector.Load(run.Sums + at) * TVector.Load(run.Work.Weights.Gains.Pointer + (nint)p * Width + s * TVector.Count);
                    TVector result = (gradient - mean - TVector.Load(NormalizedAt(ref run, p, slot)) * slope) * inverse;
                    TVector.Store(VectorMemory.Keep<T, TVector>(result, HiddenSize - p * TVector.Count), run.Sums + at);
                }
            }
        }
    }

    private T* NormalizedAt(ref BackwardArguments run, int panel, nint slot) => run.Work.Stages.Normalized + panel * run.Work.SlotPanel + (nint)run.Step * run.Work.Batch * Width + slot;

    /// <summary>The reset gate, and what the candidate's product is taken of.</summary>
    private void ResetUnits(ref StepArguments run, Share share, T* exchange)
    {
        for (int p = 0; p < SumLayout.Panels; p++)
        {
            int unit = p * TVector.Count;
            int count = HiddenSize - unit;
            for (int j = share.FirstColumn; j < share.EndColumn; j++)
            {
                nint at = (nint)j * HiddenSize + unit;
                T* slot = run.Slots + p * run.SlotPanel + (nint)j * Width + TVector.Count;
                TVector r = TVector.Load(slot);
                TVector q = TKind.Reset<T, TVector>(ref r, VectorMemory.Load<T, TVector>(CandidateHidden(run.Stages, run.Step, run.Batch, run.Hidden) + at, count));
                TVector.Store(r, slot);
                VectorMemory.Store(q, exchange + at, count);
            }
        }
    }

    private void AddCandidates(ref StepArguments run, Share share, T* exchange)
    {
        int max = PanelKernels<T, TVector>.MaxColumns(1);
        TileCall<T> call = default;
        call.AccumulatorColumn = call.StartColumn = Width;
        call.First = new ProductTerm<T> { WeightStep = TVector.Count, DataStep = 1, DataColumn = StateSize, Count = StateSize };
        for (int p = 0; p < SumLayout.Panels; p++)
        {
            call.First.Weights = run.Weights.Candidate.Pointer + (nint)p * StateSize * TVector.Count;
            for (int column = share.FirstColumn, block; column < share.EndColumn; column += block)
            {
                block = PanelKernels<T, TVector>.NextBlock(share.EndColumn - column, max);
                call.Accumulators = call.Start = run.Slots + p * run.SlotPanel + (nint)column * Width;
                call.First.Data = exchange + (nint)column * StateSize;
                PanelKernels<T, TVector>.Tile(1, block, &call);
            }
        }
    }

    /// <summary>The h that the reset gate multiplies: masked for the candidate where there is recurrent dropout.</summary>
    private T* CandidateHidden(in StageMemory<T> stages, int step, int batch, T* hidden) =>
        stages.Masked == null || stages.RecurrentMasks == null ? hidden : stages.Masked + (RecurrentMasks - 1) * stages.MaskedGate + (nint)step * batch * StateSize;

    /// <summary>The kind's equations on the sums, and the zoneout of c.</summary>
    private void ForwardUnits(ref StepArguments run, Share share, T* output)
    {
        T* cellMask = run.Stages.CellMask == null ? null : run.Stages.CellMask + (nint)run.Step * run.Batch * HiddenSize;
        for (int p = 0; p < SumLayout.Panels; p++)
        {
            int unit = p * TVector.Count;
            int count = HiddenSize - unit;
            UnitTerms<TVector> terms = Terms(run.Weights, p);
            for (int j = share.FirstColumn; j < share.EndColumn; j++)
            {
                nint at = (nint)j * HiddenSize + unit;
                T* slots = run.Slots + p * run.SlotPanel + (nint)j * Width;
                Load(slots, out TVector s0, out TVector s1, out TVector s2, out TVector s3);
                TVector hPrevious = Kind.MixesHidden ? VectorMemory.Load<T, TVector>(run.Hidden + at, count) : default;
                TVector cPrevious = Kind.HasCell ? VectorMemory.Load<T, TVector>(run.Cell + at, count) : default;
                TVector h = TKind.Forward<T, TVector>(ref s0, ref s1, ref s2, ref s3, terms, hPrevious, cPrevious, out TVector c);
                VectorMemory.Store(h, output + at, count);
                if (Kind.HasCell)
                {
                    if (_options.CellZoneout > 0) c = Mix(cellMask, at, count, _options.CellZoneout, cPrevious, c);
                    VectorMemory.Store(c, run.Cell + run.CellStep + at, count);
                }

                if (run.Stages.IsTape) Store(s0, s1, s2, s3, slots);
            }
        }
    }

    /// <summary>The zoneout of h: some of it stays as it was (Krueger et al. 2017).</summary>
    private void KeepHidden(ref StepArguments run, Share share)
    {
        T* mask = run.Stages.HiddenMask == null ? null : run.Stages.HiddenMask + (nint)run.Step * run.Batch * StateSize;
        nint end = (nint)share.EndColumn * StateSize;
        for (nint i = (nint)share.FirstColumn * StateSize; i < end; i += TVector.Count)
        {
            int count = (int)Math.Min(TVector.Count, end - i);
            TVector h = VectorMemory.Load<T, TVector>(run.Output + i, count);
            VectorMemory.Store(Mix(mask, i, count, _options.HiddenZoneout, VectorMemory.Load<T, TVector>(run.Hidden + i, count), h), run.Output + i, count);
        }
    }

    /// <summary>k∘old + (1 - k)∘new, where k is a mask or, without one, its expectation.</summary>
    private static TVector Mix(T* mask, nint at, int count, double rate, TVector old, TVector fresh)
    {
        TVector keep = mask == null ? TVector.Broadcast(T.CreateChecked(rate)) : VectorMemory.Load<T, TVector>(mask + at, count);
        return TVector.MultiplyAdd(keep, old, (TVector.Broadcast(T.One) - keep) * fresh);
    }

    /// <summary>The products of the gate gradients of the step after with the recurrent weights, added to what h gets already.</summary>
    private void AddLater(ref BackwardArguments run, Share share)
    {
        PanelLayout layout = HiddenTransposedLayout;
        int padded = layout.Panels * layout.Width;
        int gates = Kind.HiddenBlocks.Length;
        ref StageMemory<T> stages = ref run.Work.Stages;
        T* rows = run.LaterRows + (nint)(TKind.Slots - gates) * UnitsPadded;
        if (stages.RecurrentMasks == null)
        {
            var whole = new PanelSide<T>(run.Work.Weights.HiddenTransposed.Pointer, (nint)gates * UnitsPadded * layout.Width, layout.Width);
            Kernels.Product(layout, padded, whole, null, new ColumnSide<T>(rows, gates * UnitsPadded, 1, RowLength), Whole(share, layout), run.Work.CarriedHidden, add: true);
            return;
        }

        for (int g = 0; g < gates; g++)
        {
            var gate = new PanelSide<T>(run.Work.Weights.HiddenTransposed.Pointer + (nint)g * UnitsPadded * layout.Width, (nint)gates * UnitsPadded * layout.Width, layout.Width);
            Kernels.Product(layout, StateSize, gate, null, new ColumnSide<T>(rows + (nint)g * UnitsPadded, UnitsPadded, 1, RowLength), Whole(share, layout), stages.Product, add: false);
            T* masks = stages.RecurrentMasks + (nint)g * run.Work.Batch * StateSize;
            for (int j = share.FirstColumn; j < share.EndColumn; j++)
                AddMasked(stages.Product + (nint)j * StateSize, masks + (nint)j * StateSize, run.Work.CarriedHidden + (nint)j * padded);
        }
    }

    private void AddMasked(T* values, T* masks, T* target)
    {
        for (int i = 0; i < StateSize; i += TVector.Count)
        {
            int count = StateSize - i;
            TVector sum = TVector.MultiplyAdd(VectorMemory.Load<T, TVector>(values + i, count), VectorMemory.Load<T, TVector>(masks + i, count), VectorMemory.Load<T, TVector>(target + i, count));
            VectorMemory.Store(sum, target + i, count);
        }
    }

    /// <summary>The gradient on h before its zoneout, from the output's and what later steps carry; what the previous h gets so is carried on.</summary>
    private void ReleaseHidden(ref BackwardArguments run, Share share, T* target)
    {
        int padded = HiddenTransposedLayout.Panels * HiddenTransposedLayout.Width;
        T* mask = run.Work.Stages.HiddenMask == null ? null : run.Work.Stages.HiddenMask + (nint)run.Step * run.Work.Batch * StateSize;
        for (int j = share.FirstColumn; j < share.EndColumn; j++)
        {
            bool ended = run.Work.Lengths != null && run.Step >= run.Work.Lengths[j];
            for (int i = 0; i < StateSize; i += TVector.Count)
            {
                int count = StateSize - i;
                nint at = (nint)j * StateSize + i;
                T* carried = run.Work.CarriedHidden + (nint)j * padded + i;
                if (ended)
                {
                    VectorMemory.Store(default(TVector), target + at, count);
                    continue;
                }

                TVector dh = VectorMemory.Load<T, TVector>(carried, count);
                if (run.OutputGradient != null) dh += VectorMemory.Load<T, TVector>(run.OutputGradient + at, count);
                TVector kept = mask == null ? default : dh * VectorMemory.Load<T, TVector>(mask + at, count);
                VectorMemory.Store(kept, carried, count);
                VectorMemory.Store(dh - kept, target + at, count);
            }
        }
    }

    /// <summary>Puts the gradient on a projected h where the projection's own gradient is summed from.</summary>
    private void PackProjected(ref BackwardArguments run, Share share)
    {
        int width = _stateLayout.Width;
        nint panel = BlockColumns(run.Work) * width;
        for (int p = 0; p < _stateLayout.Panels; p++)
        {
            for (int j = share.FirstColumn; j < share.EndColumn; j++)
            {
                T* to = run.Work.Stages.ProjectedPanels + p * panel + ((nint)run.BlockStep * run.Work.Batch + j) * width;
                for (int v = 0; v < width; v += TVector.Count)
                {
                    int row = p * width + v;
                    TVector.Store(row < StateSize ? VectorMemory.Load<T, TVector>(run.Work.Stages.Product + (nint)j * StateSize + row, StateSize - row) : default, to + v);
                }
            }
        }
    }

    /// <summary>The kind's equations backward, from the gradient on what they returned to that on the sums.</summary>
    private void BackwardUnits(ref BackwardArguments run, Share share)
    {
        ref StageMemory<T> stages = ref run.Work.Stages;
        int padded = HiddenTransposedLayout.Panels * HiddenTransposedLayout.Width;
        T* cellMask = stages.CellMask == null ? null : stages.CellMask + (nint)run.Step * run.Work.Batch * HiddenSize;
        for (int p = 0; p < SumLayout.Panels; p++)
        {
            int unit = p * TVector.Count;
            int count = HiddenSize - unit;
            UnitTerms<TVector> weights = Terms(run.Work.Weights, p);
            for (int j = share.FirstColumn; j < share.EndColumn; j++)
            {
                nint at = (nint)j * HiddenSize + unit;
                TVector s0 = default;
                TVector s1 = default;
                TVector s2 = default;
                TVector s3 = default;
                UnitTerms<TVector> terms = default;
                bool ended = run.Work.Lengths != null && run.Step >= run.Work.Lengths[j];
                if (!ended)
                {
                    Load(run.Slots + p * run.Work.SlotPanel + (nint)j * Width, out s0, out s1, out s2, out s3);
                    TVector dh = VectorMemory.Load<T, TVector>(stages.Hidden + at, count);
                    TVector hPrevious = Kind.MixesHidden ? VectorMemory.Load<T, TVector>(run.PreviousHidden + at, count) : default;
                    TVector c = Kind.HasCell ? VectorMemory.Load<T, TVector>(run.Cell + at, count) : default;
                    TVector cPrevious = Kind.HasCell ? VectorMemory.Load<T, TVector>(run.PreviousCell + at, count) : default;
                    TVector dc = Kind.HasCell ? VectorMemory.Load<T, TVector>(run.Work.CarriedCell + at, count) : default;
                    TVector kept = cellMask == null ? default : dc * VectorMemory.Load<T, TVector>(cellMask + at, count);
                    dc -= kept;
                    terms = weights;
                    TVector direct = TKind.Backward<T, TVector>(ref s0, ref s1, ref s2, ref s3, ref terms, dh, hPrevious, c, cPrevious, ref dc);
                    if (Kind.HasCell) VectorMemory.Store(dc + kept, run.Work.CarriedCell + at, count);
                    T* carried = run.Work.CarriedHidden + (nint)j * padded + unit;
                    if (Kind.MixesHidden) VectorMemory.Store(VectorMemory.Load<T, TVector>(carried, count) + direct, carried, count);
                }

                s0 = VectorMemory.Keep<T, TVector>(s0, count);
                Store(s0, VectorMemory.Keep<T, TVector>(s1, count), VectorMemory.Keep<T, TVector>(s2, count), VectorMemory.Keep<T, TVector>(s3, count), run.Sums + p * run.Work.SumPanel + (nint)j * Width);
                if (TKind.ResetsFirst) TVector.Store(s0, run.Rows + (nint)j * RowLength + unit);
                if (stages.Peepholes == null) continue;
                int width = _peepholeLayout.Width;
                T* peepholes = stages.Peepholes + (p * BlockColumns(run.Work) + (nint)run.BlockStep * run.Work.Batch + j) * width;
                TVector.Store(VectorMemory.Keep<T, TVector>(terms.Peephole0, count), peepholes);
                if (TKind.Peepholes > 1) TVector.Store(VectorMemory.Keep<T, TVector>(terms.Peephole1, count), peepholes + TVector.Count);
                if (TKind.Peepholes > 2) TVector.Store(VectorMemory.Keep<T, TVector>(terms.Peephole2, count), peepholes + 2 * TVector.Count);
            }
        }
    }

    /// <summary>From the gradient on what the candidate's product was taken of to that on the reset gate's sum and on the previous h.</summary>
    private void ResetUnitsBackward(ref BackwardArguments run, Share share)
    {
        ref StageMemory<T> stages = ref run.Work.Stages;
        int padded = HiddenTransposedLayout.Panels * HiddenTransposedLayout.Width;
        T* hidden = CandidateHidden(stages, run.Step, run.Work.Batch, run.PreviousHidden);
        T* masks = stages.RecurrentMasks == null ? null : stages.RecurrentMasks + (nint)(RecurrentMasks - 1) * run.Work.Batch * StateSize;
        for (int p = 0; p < SumLayout.Panels; p++)
        {
            int unit = p * TVector.Count;
            int count = HiddenSize - unit;
            for (int j = share.FirstColumn; j < share.EndColumn; j++)
            {
                if (run.Work.Lengths != null && run.Step >= run.Work.Lengths[j]) continue;
                nint at = (nint)j * HiddenSize + unit;
                TVector r = TVector.Load(run.Slots + p * run.Work.SlotPanel + (nint)j * Width + TVector.Count);
                TVector direct = TKind.ResetBackward<T, TVector>(ref r, VectorMemory.Load<T, TVector>(stages.Product + at, count), VectorMemory.Load<T, TVector>(hidden + at, count));
                TVector.Store(VectorMemory.Keep<T, TVector>(r, count), run.Sums + p * run.Work.SumPanel + (nint)j * Width + TVector.Count);
                if (masks != null) direct *= VectorMemory.Load<T, TVector>(masks + at, count);
                T* carried = run.Work.CarriedHidden + (nint)j * padded + unit;
                VectorMemory.Store(VectorMemory.Load<T, TVector>(carried, count) + direct, carried, count);
            }
        }
    }

    private UnitTerms<TVector> Terms(PackedWeights<T> weights, int panel)
    {
        TVector limit = TVector.Broadcast(T.CreateChecked(_options.CellClip));
        if (Parameters.Peepholes is null) return new UnitTerms<TVector>(default, default, default, limit);
        T* packed = weights.Peepholes.Pointer + (nint)panel * _peepholeLayout.Width;
        return new UnitTerms<TVector>(TVector.Load(packed), TVector.Load(packed + TVector.Count), TKind.Peepholes > 2 ? TVector.Load(packed + 2 * TVector.Count) : default, limit);
    }

    private static void Load(T* slots, out TVector s0, out TVector s1, out TVector s2, out TVector s3)
    {
        s0 = TVector.Load(slots);
        s1 = TKind.Slots > 1 ? TVector.Load(slots + TVector.Count) : default;
        s2 = TKind.Slots > 2 ? TVector.Load(slots + 2 * TVector.Count) : default;
        s3 = TKind.Slots > 3 ? TVector.Load(slots + 3 * TVector.Count) : default;
    }

    private static void Store(TVector s0, TVector s1, TVector s2, TVector s3, T* slots)
    {
        TVector.Store(s0, slots);
        if (TKind.Slots > 1) TVector.Store(s1, slots + TVector.Count);
        if (TKind.Slots > 2) TVector.Store(s2, slots + 2 * TVector.Count);
        if (TKind.Slots > 3) TVector.Store(s3, slots + 3 * TVector.Count);
    }
}
