using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// The reset gate before the candidate's product, n = tanh(W x + b + U (r∘h)) (Cho et al. 2014): r is computed from its sum in slot 1,
/// then the product with r∘h is added to the candidate's sum in slot 0.
/// </summary>
internal sealed unsafe class ResetBefore<T, TEquations, TVector>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TEquations : struct, IRecurrentEquations
    where TVector : unmanaged, IKernelVector<TVector, T>
{
    private readonly PanelKernels<T> _kernels = PanelKernels<T>.Instance;
    private readonly StepContext<T> _context;
    private readonly StepLayouts<T> _layouts;
    private readonly RecurrentDropout<T, TVector>? _dropout;
    private readonly PanelLayout _candidateLayout;
    private readonly UnitWeights<TVector> _settings;

    private readonly WorkBuffer _resetHidden;
    private readonly WorkBuffer _resetGradient;

    public ResetBefore(StepContext<T> context, RecurrentDropout<T, TVector>? dropout)
    {
        _context = context;
        _layouts = context.Layouts;
        _dropout = dropout;
        _candidateLayout = new PanelLayout(_layouts.HiddenSize, TVector.Count, 1, _layouts.Gates - 1);
        _settings = new UnitWeights<TVector> { Settings = _layouts.Spec.Settings };
        long hidden = _layouts.HiddenSize;

        _resetHidden = context.Workspace.Declare("reset hidden states", "[step][example][unit]", BufferUse.Tape | BufferUse.Step, call => hidden * call.KeptColumns);
        _resetGradient = context.Workspace.Declare("gradient of the reset h", "[example][unit]", BufferUse.Backward, call => hidden * call.Batch);
    }

    private int Width { get; } = Sums<TEquations>.Count * TVector.Count;

    public void Pack(PackedWeights<T> target)
    {
        Parameter<T> weights = _context.Parameters.RecurrentWeights!;
        _kernels.Pack(_candidateLayout, weights.Values, weights.Rows, _layouts.StateSize, target.Candidate.Require((long)_candidateLayout.Panels * _layouts.StateSize * TVector.Count));
    }

    public void PackTransposed(PackedWeights<T> target)
    {
        Parameter<T> weights = _context.Parameters.RecurrentWeights!;
        PanelKernels<T>.PackTransposed(_candidateLayout, weights.Values, weights.Rows, _layouts.HiddenTransposed, target.CandidateTransposed.Require((long)_layouts.HiddenSize * _layouts.StatePadded));
    }

    public void Forward(ref StepArguments<T> run, Share share)
    {
        T* resetHidden = run.Memory[_resetHidden] + run.FirstColumn * _layouts.HiddenSize;
        ResetUnits(ref run, share, resetHidden);
        AddCandidates(ref run, share, resetHidden);
    }

    /// <summary>Computes the gradients of the reset gate's sum and of the previous h from the gradient of the candidate's sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(ref BackwardArguments<T> run, Share share)
    {
        PanelLayout transposed = _layouts.HiddenTransposed;
        int hiddenSize = _layouts.HiddenSize, padded = _layouts.StatePadded, panels = _layouts.Sums.Panels, width = Width;
        T* gradient = run.Work.Scratch[_resetGradient];
        var packed = new PanelSide<T>(run.Work.Weights.CandidateTransposed.Pointer, (nint)hiddenSize * transposed.Width, transposed.Width);
        _kernels.Product(transposed, _layouts.StateSize, packed, null, new ColumnSide<T>(run.Rows, hiddenSize, 1, _layouts.RowLength), share with { FirstPanel = 0, EndPanel = transposed.Panels }, gradient, add: false);
        T* hidden = _dropout is null ? run.PreviousHidden : _dropout.MaskedCandidate(run);
        T* masks = _dropout is null ? null : _dropout.CandidateMask(run);
        for (int p = 0; p < panels; p++)
        {
            int unit = p * TVector.Count;
            int count = hiddenSize - unit;
            for (int j = share.FirstColumn; j < share.EndColumn; j++)
            {
                nint at = (nint)j * hiddenSize + unit;
                TVector r = TVector.Load(run.Slots + p * run.Work.SlotPanel + (nint)j * width + TVector.Count);
                TVector direct = TEquations.ResetBackward<T, TVector>(ref r, _settings, TVector.Load(gradient + at, count), TVector.Load(hidden + at, count));
                TVector.Store(TVector.ZeroTail(r, count), run.Sums + p * run.Work.SumPanel + (nint)j * width + TVector.Count);
                if (masks != null) direct *= TVector.Load(masks + at, count);
                T* carried = run.Work.CarriedHidden + (nint)j * padded + unit;
                TVector.Store(TVector.Load(carried, count) + direct, carried, count);
            }
        }
    }

    /// <summary>The gradient of the candidate's recurrent weights, which were multiplied by r∘h.</summary>
    public void AddRecurrentWeights(in BackwardWork<T> work, TeamMember member, in BackwardBlock<T> block)
    {
        T* resetHidden = work.Tape[_resetHidden] + block.FirstColumn * _layouts.HiddenSize;
        _context.WeightGradients.AddRecurrentWeights(work, member, _candidateLayout, block.Sums, resetHidden, block.Columns, block.Adds);
    }

    /// <summary>Computes the reset gate and r∘h.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ResetUnits(ref StepArguments<T> run, Share share, T* resetHidden)
    {
        T* hidden = run.HasTape && _dropout is not null ? _dropout.MaskedCandidate(run) : run.Hidden;
        int hiddenSize = _layouts.HiddenSize, panels = _layouts.Sums.Panels, width = Width;
        for (int p = 0; p < panels; p++)
        {
            int unit = p * TVector.Count;
            int count = hiddenSize - unit;
            for (int j = share.FirstColumn; j < share.EndColumn; j++)
            {
                nint at = (nint)j * hiddenSize + unit;
                T* slot = run.Slots + p * run.SlotPanel + (nint)j * width + TVector.Count;
                TVector r = TVector.Load(slot);
                TVector reset = TEquations.Reset<T, TVector>(ref r, _settings, TVector.Load(hidden + at, count));
                TVector.Store(r, slot);
                TVector.Store(reset, resetHidden + at, count);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddCandidates(ref StepArguments<T> run, Share share, T* resetHidden)
    {
        int stateSize = _layouts.StateSize, panels = _layouts.Sums.Panels, width = Width;
        int max = VectorPanelKernels<T, TVector>.MaxColumns(1);
        TileCall<T> call = default;
        call.AccumulatorColumn = call.StartColumn = width;
        call.First = new ProductTerm<T> { WeightStep = TVector.Count, DataStep = 1, DataColumn = stateSize, Count = stateSize };
        for (int p = 0; p < panels; p++)
        {
            call.First.Weights = run.Weights.Candidate.Pointer + (nint)p * stateSize * TVector.Count;
            for (int column = share.FirstColumn, block; column < share.EndColumn; column += block)
            {
                block = VectorPanelKernels<T, TVector>.NextBlock(share.EndColumn - column, max);
                call.Accumulators = call.Start = run.Slots + p * run.SlotPanel + (nint)column * width;
                call.First.Data = resetHidden + (nint)column * stateSize;
                VectorPanelKernels<T, TVector>.Tile(1, block, &call);
            }
        }
    }
}
