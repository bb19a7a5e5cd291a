using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// Recurrent dropout (Gal and Ghahramani 2016): in training, each gate's recurrent product reads h times a mask. Each gate and example has a
/// mask of its own, which stays the same at every step.
/// </summary>
internal sealed unsafe class RecurrentDropout<T, TVector>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged, IKernelVector<TVector, T>
{
    private readonly PanelKernels<T> _kernels = PanelKernels<T>.Instance;
    private readonly StepLayouts<T> _layouts;
    private readonly WeightGradients<T> _gradients;
    private readonly PanelLayout[] _gateLayouts;
    private readonly int _masks;
    private readonly double _rate;

    private readonly WorkBuffer _mask;
    private readonly WorkBuffer _masked;
    private readonly WorkBuffer _product;

    /// <param name="context">The engine's parts.</param>
    /// <param name="rate">The probability that an element is dropped, above 0 and below 1.</param>
    /// <param name="hasCandidate">Whether there is a candidate with a later product, whose mask follows those of the other gates.</param>
    public RecurrentDropout(StepContext<T> context, double rate, bool hasCandidate)
    {
        _layouts = context.Layouts;
        _gradients = context.WeightGradients;
        _rate = rate;
        _gateLayouts = [.. _layouts.Spec.HiddenBlocks.Select(block => new PanelLayout(_layouts.HiddenSize, TVector.Count, 1, block))];
        _masks = _gateLayouts.Length + (hasCandidate ? 1 : 0);
        long state = _layouts.StateSize;

        _mask = context.Workspace.Declare("recurrent masks", "[gate][example][feature of h]", BufferUse.Tape, call => _masks * state * call.Batch);
        _masked = context.Workspace.Declare("masked hidden states", "[gate][step][example][feature of h]", BufferUse.Tape, call => _masks * state * call.KeptColumns);
        _product = context.Workspace.Declare("gradient of a masked h", "[example][feature of h]", BufferUse.Backward, call => state * call.Batch);
    }

    /// <summary>Draws the masks of a call. Elements of h that remain are scaled by 1 / (1 - rate).</summary>
    public void Draw(FastRandom random, WorkMemory<T> tape, in ColumnMap columns)
    {
        // The draws are those of the examples in their own order.
        Span<T> masks = tape.Span(_mask);
        int size = _layouts.StateSize;
        T kept = T.CreateChecked(1 / (1 - _rate));
        for (int g = 0; g < _masks; g++)
        {
            for (int j = 0; j < columns.Batch; j++) Masks.Fill(random, masks.Slice((g * columns.Batch + columns.Rank(j)) * size, size), 1 - _rate, kept);
        }
    }

    /// <summary>Draws as many numbers as for the masks of a call.</summary>
    public void Skip(FastRandom random, in ColumnMap columns) => Masks.Skip(random, (long)_masks * columns.Batch * _layouts.StateSize);

    /// <summary>h as a gate reads it at this step, [example][feature of h].</summary>
    public T* Masked(in StepArguments<T> run, int gate) => run.Memory[_masked] + (gate * run.KeptColumns + run.FirstColumn) * _layouts.StateSize;

    /// <summary>h as the candidate reads it at a step, [example][feature of h].</summary>
    public T* MaskedCandidate(in StepArguments<T> run) => Masked(run, _masks - 1);

    /// <summary>h as the candidate read it at a step, from the tape: [example][feature of h].</summary>
    public T* MaskedCandidate(in BackwardArguments<T> run) => run.Work.Tape[_masked] + ((_masks - 1) * (nint)run.Work.Call.KeptColumns + run.FirstColumn) * _layouts.StateSize;

    /// <summary>The candidate's mask, [example][feature of h].</summary>
    public T* CandidateMask(in BackwardArguments<T> run) => run.Work.Tape[_mask] + (nint)(_masks - 1) * run.Work.Columns.Batch * _layouts.StateSize;

    /// <summary>Multiplies the previous h by the mask of each gate.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(ref StepArguments<T> run, Share share)
    {
        nint state = (nint)run.Batch * _layouts.StateSize;
        nint first = (nint)share.FirstColumn * _layouts.StateSize, end = (nint)share.EndColumn * _layouts.StateSize;
        for (int g = 0; g < _masks; g++)
        {
            T* masks = run.Memory[_mask] + g * state;
            T* target = Masked(run, g);
            for (nint i = first; i < end; i += TVector.Count)
            {
                int count = (int)Math.Min(TVector.Count, end - i);
                TVector.Store(TVector.Load(masks + i, count) * TVector.Load(run.Hidden + i, count), target + i, count);
            }
        }
    }

    /// <summary>Adds the contribution of the next step's gates to the gradient of h: each gate's product times its mask.</summary>
    public void Backward(ref BackwardArguments<T> run, Share share)
    {
        PanelLayout layout = _layouts.HiddenTransposed;
        int padded = _layouts.StatePadded, hiddenSize = _layouts.HiddenSize, stateSize = _layouts.StateSize, gates = _gateLayouts.Length;
        T* rows = run.LaterRows + (nint)(_layouts.Slots - gates) * hiddenSize;
        T* product = run.Work.Scratch[_product];
        for (int g = 0; g < gates; g++)
        {
            var gate = new PanelSide<T>(run.Work.Weights.HiddenTransposed.Pointer + (nint)g * hiddenSize * layout.Width, (nint)gates * hiddenSize * layout.Width, layout.Width);
            _kernels.Product(layout, stateSize, gate, null, new ColumnSide<T>(rows + (nint)g * hiddenSize, hiddenSize, 1, _layouts.RowLength), share with { FirstPanel = 0, EndPanel = layout.Panels }, product, add: false);
            T* masks = run.Work.Tape[_mask] + (nint)g * run.Work.Columns.Batch * stateSize;
            for (int j = share.FirstColumn; j < share.EndColumn; j++)
                AddMasked(product + (nint)j * stateSize, masks + (nint)j * stateSize, run.Work.CarriedHidden + (nint)j * padded);
        }
    }

    /// <summary>The gradient of the recurrent weights, whose gates each read a differently masked h.</summary>
    public void AddRecurrentWeights(in BackwardWork<T> work, TeamMember member, in BackwardBlock<T> block)
    {
        for (int g = 0; g < _gateLayouts.Length; g++)
        {
            T* masked = work.Tape[_masked] + (g * (nint)work.Call.KeptColumns + block.FirstColumn) * _layouts.StateSize;
            _gradients.AddRecurrentWeights(work, member, _gateLayouts[g], block.Sums + _layouts.HiddenSlotOffset + g * TVector.Count, masked, block.Columns, block.Adds);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddMasked(T* values, T* masks, T* target)
    {
        int stateSize = _layouts.StateSize;
        for (int i = 0; i < stateSize; i += TVector.Count)
        {
            int count = stateSize - i;
            TVector sum = TVector.MultiplyAdd(TVector.Load(values + i, count), TVector.Load(masks + i, count), TVector.Load(target + i, count));
            TVector.Store(sum, target + i, count);
        }
    }
}
