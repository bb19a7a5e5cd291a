using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// Layer normalization of the sums of each slot over the units (Ba, Kiros and Hinton 2016, each gate by itself):
/// û = (u - mean) / √(variance + ε), then gain∘û + bias.
/// </summary>
internal sealed unsafe class SumNormalization<T, TEquations, TVector>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TEquations : struct, IRecurrentEquations
    where TVector : unmanaged, IKernelVector<TVector, T>
{
    /// <summary>The ε that is added to the variance; the default of PyTorch's LayerNorm.</summary>
    private const double Epsilon = 1e-5;

    private readonly PanelKernels<T> _kernels = PanelKernels<T>.Instance;
    private readonly WeightGradients<T> _gradients;
    private readonly Parameter<T> _gains;
    private readonly PanelLayout _layout;
    private readonly int _hiddenSize;
    private readonly int _biasRows;

    private readonly WorkBuffer _normalized;
    private readonly WorkBuffer _inverseDeviations;
    private readonly WorkBuffer _biased;
    private readonly WorkBuffer _gained;
    private readonly WorkBuffer _gainGradient;

    public SumNormalization(StepContext<T> context, Parameter<T> gains)
    {
        StepLayouts<T> layouts = context.Layouts;
        _gradients = context.WeightGradients;
        _gains = gains;
        _layout = layouts.Sums;
        _hiddenSize = layouts.HiddenSize;
        _biasRows = layouts.BiasRows;
        long sums = layouts.SumLength;

        _normalized = context.Workspace.Declare("normalized sums", "[panel][step][example][slot][lane]", BufferUse.Tape, call => sums * call.KeptColumns);
        _inverseDeviations = context.Workspace.Declare("inverse deviations", "[step][example][slot]", BufferUse.Tape, call => Sums<TEquations>.Count * call.KeptColumns);
        _biased = context.Workspace.Declare("gradients of the biases by column", "[half][panel][step][example][slot][lane]", BufferUse.Backward, call => sums * call.BlockColumns);
        _gained = context.Workspace.Declare("gradients of the gains by column", "[half][panel][step][example][slot][lane]", BufferUse.Backward, call => sums * call.BlockColumns);
        _gainGradient = context.Workspace.Declare("gradient of the gains", "[slot][unit]", BufferUse.Backward, _ => gains.Count);
        _gradients.Declare(gains, _gainGradient);
    }

    public void Pack(PackedWeights<T> target) => _kernels.Pack(_layout, _gains.Values, _gains.Rows, 1, target.Gains.Require((long)_layout.Panels * _layout.Width));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(ref StepArguments<T> run, Share share)
    {
        int width = Sums<TEquations>.Count * TVector.Count, panels = _layout.Panels, hiddenSize = _hiddenSize;
        T count = T.CreateChecked(hiddenSize), epsilon = T.CreateChecked(Epsilon);
        T* gains = run.Weights.Gains.Pointer, bias = run.Weights.Bias.Pointer;
        T* normalizedSums = run.HasTape ? run.Memory[_normalized] + run.FirstColumn * width : null;
        T* inverseDeviations = run.HasTape ? run.Memory[_inverseDeviations] + run.FirstColumn * Sums<TEquations>.Count : null;
        for (int j = share.FirstColumn; j < share.EndColumn; j++)
        {
            for (int s = 0; s < Sums<TEquations>.Count; s++)
            {
                T* slot = run.Slots + (nint)j * width + s * TVector.Count;
                TVector sum = default;
                for (int p = 0; p < panels; p++) sum += TVector.Load(slot + p * run.SlotPanel);
                TVector mean = TVector.Broadcast(TVector.Sum(sum) / count);
                TVector squares = default;
                for (int p = 0; p < panels; p++)
                {
                    TVector distance = TVector.ZeroTail(TVector.Load(slot + p * run.SlotPanel) - mean, hiddenSize - p * TVector.Count);
                    squares = TVector.MultiplyAdd(distance, distance, squares);
                }

                T inverse = T.One / T.Sqrt(TVector.Sum(squares) / count + epsilon);
                if (run.HasTape) inverseDeviations[(nint)j * Sums<TEquations>.Count + s] = inverse;
                TVector scale = TVector.Broadcast(inverse);
                for (int p = 0; p < panels; p++)
                {
                    T* at = slot + p * run.SlotPanel;
                    nint unit = (nint)p * width + s * TVector.Count;
                    TVector normalized = TVector.ZeroTail((TVector.Load(at) - mean) * scale, hiddenSize - p * TVector.Count);
                    if (run.HasTape) TVector.Store(normalized, normalizedSums + (at - run.Slots));
                    TVector.Store(TVector.MultiplyAdd(normalized, TVector.Load(gains + unit), TVector.Load(bias + unit)), at);
                }
            }
        }
    }

    /// <summary>Computes the gradients of the sums from those of the normalized sums after gain and bias.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(ref BackwardArguments<T> run, Share share)
    {
        int width = Sums<TEquations>.Count * TVector.Count, panels = _layout.Panels, hiddenSize = _hiddenSize;
        T* gains = run.Work.Weights.Gains.Pointer;
        nint offset = (nint)(run.Sums - run.Work.Sums);
        T* biased = run.Work.Scratch[_biased] + offset;
        T* gained = run.Work.Scratch[_gained] + offset;
        T* normalizedSums = run.Work.Tape[_normalized] + run.FirstColumn * width;
        T* inverseDeviations = run.Work.Tape[_inverseDeviations] + run.FirstColumn * Sums<TEquations>.Count;
        T count = T.CreateChecked(hiddenSize);
        for (int j = share.FirstColumn; j < share.EndColumn; j++)
        {
            for (int s = 0; s < Sums<TEquations>.Count; s++)
            {
                nint slot = (nint)j * width + s * TVector.Count;
                TVector sum = default;
                TVector projection = default;
                for (int p = 0; p < panels; p++)
                {
                    nint at = slot + p * run.Work.SumPanel;
                    TVector gradient = TVector.Load(run.Sums + at);
                    TVector normalized = TVector.Load(normalizedSums + p * run.Work.SlotPanel + slot);
                    TVector.Store(gradient, biased + at);
                    TVector.Store(gradient * normalized, gained + at);
                    gradient *= TVector.Load(gains + (nint)p * width + s * TVector.Count);
                    sum += gradient;
                    projection = TVector.MultiplyAdd(gradient, normalized, projection);
                }

                TVector mean = TVector.Broadcast(TVector.Sum(sum) / count);
                TVector slope = TVector.Broadcast(TVector.Sum(projection) / count);
                TVector inverse = TVector.Broadcast(inverseDeviations[(nint)j * Sums<TEquations>.Count + s]);
                for (int p = 0; p < panels; p++)
                {
                    nint at = slot + p * run.Work.SumPanel;
                    TVector gradient = TVector.Load(run.Sums + at) * TVector.Load(gains + (nint)p * width + s * TVector.Count);
                    TVector result = (gradient - mean - TVector.Load(normalizedSums + p * run.Work.SlotPanel + slot) * slope) * inverse;
                    TVector.Store(TVector.ZeroTail(result, hiddenSize - p * TVector.Count), run.Sums + at);
                }
            }
        }
    }

    /// <summary>The gradients of the biases, which are added after the normalization, and of the gains.</summary>
    public void AddWeightGradients(in BackwardWork<T> work, TeamMember member, in BackwardBlock<T> block)
    {
        nint offset = (nint)(block.Sums - work.Sums);
        _gradients.AddUnitGradient(work, member, block, _layout, _biasRows, new PanelSide<T>(work.Scratch[_biased] + offset, work.SumPanel, _layout.Width), work.BiasGradient);
        _gradients.AddUnitGradient(work, member, block, _layout, _gains.Rows, new PanelSide<T>(work.Scratch[_gained] + offset, work.SumPanel, _layout.Width), work.Scratch[_gainGradient]);
    }
}
