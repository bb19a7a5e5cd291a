using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>The projection of o∘tanh(c) to a smaller hidden state (Sak, Senior and Beaufays 2014; PyTorch's proj_size): h = W u.</summary>
internal sealed unsafe class Projection<T, TVector>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged, IKernelVector<TVector, T>
{
    private readonly PanelKernels<T> _kernels = PanelKernels<T>.Instance;
    private readonly Parameter<T> _weights;
    private readonly int _hiddenSize;
    private readonly int _stateSize;
    private readonly PanelLayout _stateLayout;
    private readonly PanelLayout _unitLayout;

    private readonly WorkBuffer _units;
    private readonly WorkBuffer _hiddenGradient;
    private readonly WorkBuffer _panels;
    private readonly WorkBuffer _weightGradient;

    public Projection(StepContext<T> context, Parameter<T> weights)
    {
        _weights = weights;
        _hiddenSize = context.Layouts.HiddenSize;
        _stateSize = context.Layouts.StateSize;
        _stateLayout = PanelLayout.ForRows(_stateSize, TVector.Count);
        _unitLayout = PanelLayout.ForRows(_hiddenSize, TVector.Count);
        _stateLayout.CheckPacked<T>(_hiddenSize, _unitLayout, "hiddenSize");
        long hidden = _hiddenSize, state = _stateSize, padded = (long)_stateLayout.Panels * _stateLayout.Width;

        _units = context.Workspace.Declare("projected units", "[step][example][unit]", BufferUse.Tape | BufferUse.Step, call => hidden * call.KeptColumns);
        _hiddenGradient = context.Workspace.Declare("gradient of the projected h", "[example][feature of h]", BufferUse.Backward, call => state * call.Batch);
        _panels = context.Workspace.Declare("gradients of the projected h in panels", "[panel][half][step][example][vector][lane]", BufferUse.Backward, call => padded * call.BlockColumns);
        _weightGradient = context.Workspace.Declare("gradient of the projection", "[unit][feature of h]", BufferUse.Backward, _ => weights.Count);
        context.WeightGradients.Declare(weights, _weightGradient);
    }

    public void Pack(PackedWeights<T> target) =>
        _kernels.Pack(_stateLayout, _weights.Values, _stateSize, _hiddenSize, target.Projection.Require((long)_stateLayout.Panels * _hiddenSize * _stateLayout.Width));

    public void PackTransposed(PackedWeights<T> target) =>
        PanelKernels<T>.PackTransposed(_stateLayout, _weights.Values, _stateSize, _unitLayout, target.ProjectionTransposed.Require((long)_stateSize * _unitLayout.Panels * _unitLayout.Width));

    /// <summary>Where a step's equations write the values to project, [example][unit].</summary>
    public T* Units(in StepArguments<T> run) => run.Memory[_units] + run.FirstColumn * _hiddenSize;

    /// <summary>Where the gradient of the projected h is stored before <see cref="Backward"/>, [example][feature of h].</summary>
    public T* HiddenGradient(in BackwardArguments<T> run) => run.Work.Scratch[_hiddenGradient];

    public void Forward(ref StepArguments<T> run, Share share)
    {
        T* units = Units(run);
        var packed = new PanelSide<T>(run.Weights.Projection.Pointer, (nint)_hiddenSize * _stateLayout.Width, _stateLayout.Width);
        _kernels.Product(_stateLayout, _stateSize, packed, null, new ColumnSide<T>(units, _hiddenSize, 1, _hiddenSize), share with { FirstPanel = 0, EndPanel = _stateLayout.Panels }, run.Output, add: false);
    }

    /// <summary>Computes the gradient of the values that are projected from the gradient of the projected h.</summary>
    public void Backward(ref BackwardArguments<T> run, Share share, T* unitGradient)
    {
        T* hiddenGradient = HiddenGradient(run);
        SaveGradient(ref run, share, hiddenGradient);
        var packed = new PanelSide<T>(run.Work.Weights.ProjectionTransposed.Pointer, (nint)_stateSize * _unitLayout.Width, _unitLayout.Width);
        _kernels.Product(_unitLayout, _hiddenSize, packed, null, new ColumnSide<T>(hiddenGradient, _stateSize, 1, _stateSize), share with { FirstPanel = 0, EndPanel = _unitLayout.Panels }, unitGradient, add: false);
    }

    public void AddWeightGradients(in BackwardWork<T> work, TeamMember member, in BackwardBlock<T> block)
    {
        int width = _stateLayout.Width;
        var panels = new PanelSide<T>(work.Scratch[_panels] + (nint)block.Half * work.BlockLength * width, (nint)work.Call.BlockColumns * width, width);
        var units = new ColumnSide<T>(work.Tape[_units] + block.FirstColumn * _hiddenSize, block.Columns, _hiddenSize, 1);
        _kernels.Product(_stateLayout, _stateSize, panels, null, units, TeamGrid.Share(member, _stateLayout.Panels, _hiddenSize), work.Scratch[_weightGradient], block.Adds, WeightGradients<T>.GatheredOf(work, member), work.SumsInBlocks);
    }

    /// <summary>Saves a step's gradient of the projected h in panels, for the gradient of the weights after the block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SaveGradient(ref BackwardArguments<T> run, Share share, T* hiddenGradient)
    {
        int width = _stateLayout.Width;
        nint panel = (nint)run.Work.Call.BlockColumns * width;
        T* panels = run.Work.Scratch[_panels];
        for (int p = 0; p < _stateLayout.Panels; p++)
        {
            for (int j = share.FirstColumn; j < share.EndColumn; j++)
            {
                T* to = panels + p * panel + (run.BlockColumn + j) * width;
                for (int v = 0; v < width; v += TVector.Count)
                {
                    int row = p * width + v;
                    TVector.Store(row < _stateSize ? TVector.Load(hiddenGradient + (nint)j * _stateSize + row, _stateSize - row) : default, to + v);
                }
            }
        }
    }
}
