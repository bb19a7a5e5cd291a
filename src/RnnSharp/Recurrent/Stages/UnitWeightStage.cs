using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>The unit weights of a cell, up to three per unit, which the equations read along with the sums.</summary>
internal sealed unsafe class UnitWeightStage<T, TVector>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged, IKernelVector<TVector, T>
{
    private readonly PanelKernels<T> _kernels = PanelKernels<T>.Instance;
    private readonly WeightGradients<T> _gradients;
    private readonly Parameter<T> _weights;
    private readonly PanelLayout _layout;
    private readonly int _count;

    private readonly WorkBuffer _columns;
    private readonly WorkBuffer _weightGradient;

    /// <param name="context">The engine's parts.</param>
    /// <param name="weights">[unit weight][unit].</param>
    public UnitWeightStage(StepContext<T> context, Parameter<T> weights)
    {
        _gradients = context.WeightGradients;
        _weights = weights;
        _count = weights.Rows / context.Layouts.HiddenSize;
        _layout = new PanelLayout(context.Layouts.HiddenSize, TVector.Count, 1, [.. Enumerable.Range(0, _count)]);
        long padded = (long)_layout.Panels * _layout.Width;

        _columns = context.Workspace.Declare("gradients of the unit weights by column", "[panel][half][step][example][unit weight][lane]", BufferUse.Backward, call => padded * call.BlockColumns);
        _weightGradient = context.Workspace.Declare("gradient of the unit weights", "[unit weight][unit]", BufferUse.Backward, _ => weights.Count);
        _gradients.Declare(weights, _weightGradient);
    }

    public void Pack(PackedWeights<T> target) => _kernels.Pack(_layout, _weights.Values, _weights.Rows, 1, target.UnitWeights.Require((long)_layout.Panels * _layout.Width));

    /// <summary>The weights of a panel's units.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public UnitWeights<TVector> Load(PackedWeights<T> weights, int panel)
    {
        T* packed = weights.UnitWeights.Pointer + (nint)panel * _layout.Width;
        return new UnitWeights<TVector>(TVector.Load(packed), _count > 1 ? TVector.Load(packed + TVector.Count) : default, _count > 2 ? TVector.Load(packed + 2 * TVector.Count) : default);
    }

    /// <summary>Where a step's gradients of a panel's weights go, [example][unit weight][lane].</summary>
    public T* Columns(in BackwardArguments<T> run, int panel) => run.Work.Scratch[_columns] + (panel * (nint)run.Work.Call.BlockColumns + run.BlockColumn) * _layout.Width;

    /// <summary>Saves the gradients that the equations returned in place of the weights.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void SaveGradients(in UnitWeights<TVector> gradients, int units, T* columns, int example)
    {
        T* to = columns + (nint)example * _layout.Width;
        TVector.Store(TVector.ZeroTail(gradients.First, units), to);
        if (_count > 1) TVector.Store(TVector.ZeroTail(gradients.Second, units), to + TVector.Count);
        if (_count > 2) TVector.Store(TVector.ZeroTail(gradients.Third, units), to + 2 * TVector.Count);
    }

    public void AddWeightGradients(in BackwardWork<T> work, TeamMember member, in BackwardBlock<T> block)
    {
        var panels = new PanelSide<T>(work.Scratch[_columns] + (nint)block.Half * work.BlockLength * _layout.Width, (nint)work.Call.BlockColumns * _layout.Width, _layout.Width);
        _gradients.AddUnitGradient(work, member, block, _layout, _weights.Rows, panels, work.Scratch[_weightGradient]);
    }
}
