using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// Computes the gradients of the input and of the parameters, as products over the columns of a block of time steps. Each member of a team
/// computes its own part of every product.
/// </summary>
internal sealed unsafe class WeightGradients<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly PanelKernels<T> _kernels = PanelKernels<T>.Instance;
    private readonly StepLayouts<T> _layouts;
    private readonly RecurrentParameters<T> _parameters;
    private readonly List<UnitGradient> _unitGradients = [];

    public WeightGradients(StepLayouts<T> layouts, RecurrentParameters<T> parameters, EngineBuffers<T> buffers)
    {
        _layouts = layouts;
        _parameters = parameters;
        if (parameters.Bias is { } bias) Declare(bias, buffers.BiasGradient);
        foreach (BiasBlock block in parameters.RecurrentBiasBlocks)
            _unitGradients.Add(new UnitGradient(parameters.IndexOf(parameters.RecurrentBias!), block.First, block.Count, buffers.BiasGradient, block.Sum));
    }

    /// <summary>Declares that a parameter's gradient is accumulated in a buffer, from which <see cref="CopyUnitGradients"/> copies it.</summary>
    public void Declare(Parameter<T> parameter, WorkBuffer buffer) => _unitGradients.Add(new UnitGradient(_parameters.IndexOf(parameter), 0, parameter.Count, buffer, 0));

    /// <summary>The gradient of the input: the products of the gate gradients with the transposed input weights.</summary>
    public void AddInput(in BackwardWork<T> work, TeamMember member, in BackwardBlock<T> block)
    {
        if (work.InputGradient == null) return;
        PanelLayout layout = _layouts.InputTransposed;
        int inputSize = _layouts.InputSize, depth = _layouts.Input.Rows;
        var packed = new PanelSide<T>(work.Weights.InputTransposed.Pointer, (nint)depth * layout.Width, layout.Width);
        var data = new ColumnSide<T>(block.Rows, depth, 1, _layouts.RowLength);
        Share share = TeamGrid.Share(member, layout.Panels, block.Columns);
        bool isOrdered = work.Columns.IsPacked;
        _kernels.Product(layout, inputSize, packed, null, data, share, isOrdered ? work.Ordered.InputGradient : work.InputGradient + (nint)work.Columns.First(block.FirstStep) * inputSize, add: false);
        if (isOrdered) ScatterInput(work, block, share);
    }

    /// <summary>Copies a share of the gradient of the input of a ragged batch to its place.</summary>
    private void ScatterInput(in BackwardWork<T> work, in BackwardBlock<T> block, Share share)
    {
        ColumnMap columns = work.Columns;
        int inputSize = _layouts.InputSize, first = _layouts.FirstUnit(_layouts.InputTransposed, share.FirstPanel);
        int features = Math.Min(share.EndPanel * _layouts.InputTransposed.Width, inputSize) - share.FirstPanel * _layouts.InputTransposed.Width;
        for (int t = block.FirstStep; t < block.EndStep; t++)
        {
            int start = columns.First(t) - columns.First(block.FirstStep);
            for (int column = Math.Max(share.FirstColumn, start); column < Math.Min(share.EndColumn, start + columns.Active(t)); column++)
            {
                T* to = work.InputGradient + ((nint)t * columns.Batch + columns.Example(column - start)) * inputSize + first;
                VectorMemory.Copy(work.Ordered.InputGradient + (nint)column * inputSize + first, to, features);
            }
        }
    }

    /// <summary>The gradient of the input weights.</summary>
    public void AddInputWeights(in BackwardWork<T> work, TeamMember member, in BackwardBlock<T> block)
    {
        if (work.InputWeightGradient == null) return;
        bool isOrdered = work.Columns.IsPacked;
        nint first = isOrdered ? (nint)block.Half * work.BlockLength : work.Columns.First(block.FirstStep);
        T* data = work.Tokens == null ? (isOrdered ? work.Ordered.Input : work.Input) + first * _layouts.InputSize : null;
        int* tokens = work.Tokens == null ? null : (isOrdered ? work.Ordered.Tokens : work.Tokens) + first;
        var sums = new PanelSide<T>(block.Sums, work.SumPanel, _layouts.Sums.Width);
        _kernels.InputWeightGradient(member, _layouts.Input, _parameters.InputWeights.Rows, sums, data, tokens, block.Columns, _layouts.InputSize, work.InputWeightGradient, block.Adds, GatheredOf(work, member), work.SumsInBlocks);
    }

    /// <summary>The gradient of the recurrent weights, for a step in which every gate reads the unmodified h.</summary>
    public void AddRecurrentWeights(in BackwardWork<T> work, TeamMember member, in BackwardBlock<T> block)
    {
        if (work.RecurrentWeightGradient == null) return;

        // Step t reads the hidden state of t - 1: the initial one, then the outputs.
        int initial = block.FirstStep == 0 ? Math.Min(work.Columns.Active(0), block.Columns) : 0, stateSize = _layouts.StateSize;
        bool isOrdered = work.Columns.IsPacked;
        T* offset = block.Sums + _layouts.HiddenSlotOffset;
        T* data = isOrdered ? work.Ordered.PreviousHidden + (nint)block.Half * work.BlockLength * stateSize : work.Output + ((nint)work.Columns.First(block.FirstStep) - work.Columns.Batch) * stateSize;
        bool more = block.Adds;
        if (initial > 0 && work.HasInitialState)
        {
            AddRecurrentWeights(work, member, _layouts.Hidden, offset, isOrdered ? data : work.InitialHidden, initial, more);
            more = true;
        }

        if (block.Columns > initial || !more)
            AddRecurrentWeights(work, member, _layouts.Hidden, offset + (nint)initial * _layouts.Sums.Width, data + (nint)initial * stateSize, block.Columns - initial, more);
    }

    /// <summary>The gradient of the recurrent weights of some gates: their gate gradients times what the gates read, [column][feature of h].</summary>
    public void AddRecurrentWeights(in BackwardWork<T> work, TeamMember member, PanelLayout layout, T* sums, T* data, int columns, bool add)
    {
        if (work.RecurrentWeightGradient == null) return;
        Share share = TeamGrid.Share(member, layout.Panels, _layouts.StateSize);
        _kernels.Product(layout, _parameters.RecurrentWeights!.Rows, new PanelSide<T>(sums, work.SumPanel, _layouts.Sums.Width), null, new ColumnSide<T>(data, columns, _layouts.StateSize, 1), share, work.RecurrentWeightGradient, add, GatheredOf(work, member), work.SumsInBlocks);
    }

    /// <summary>The gradient of the biases: the sums of the gate gradients.</summary>
    public void AddBiases(in BackwardWork<T> work, TeamMember member, in BackwardBlock<T> block) =>
        AddUnitGradient(work, member, block, _layouts.Sums, _layouts.BiasRows, new PanelSide<T>(block.Sums, work.SumPanel, _layouts.Sums.Width), work.BiasGradient);

    /// <summary>Adds the sums over the columns of a block to the gradient of a parameter with one value per unit.</summary>
    /// <param name="work">The call.</param>
    /// <param name="member">The member.</param>
    /// <param name="block">The block.</param>
    /// <param name="layout">The panels.</param>
    /// <param name="rows">The rows of the gradient.</param>
    /// <param name="panels">[panel][column][slot][lane], from the first of the steps on.</param>
    /// <param name="target">The gradient, or null for a parameter that the layer does not have.</param>
    public void AddUnitGradient(in BackwardWork<T> work, TeamMember member, in BackwardBlock<T> block, PanelLayout layout, int rows, in PanelSide<T> panels, T* target)
    {
        if (target != null) _kernels.BiasGradient(member, layout, rows, panels, block.Columns, target, block.Adds, work.SumsInBlocks);
    }

    /// <summary>Copies the declared gradients from their buffers to the gradients object.</summary>
    public void CopyUnitGradients(WorkMemory<T> memory, Gradients<T> gradients, bool accumulate)
    {
        foreach (UnitGradient gradient in _unitGradients)
        {
            Span<T> target = gradients.Begin(gradient.Parameter, accumulate);
            if (!target.IsEmpty) memory.Span(gradient.Buffer).Slice(gradient.BufferFirst, gradient.Count).CopyTo(target[gradient.First..]);
        }
    }

    /// <summary>A member's scratch for the columns that a product gathers.</summary>
    public static T* GatheredOf(in BackwardWork<T> work, TeamMember member) => work.Gathered + (nint)member.Rank * work.GatherLength;

    /// <summary>Where elements of a parameter's gradient are accumulated.</summary>
    private sealed record UnitGradient(int Parameter, int First, int Count, WorkBuffer Buffer, int BufferFirst);
}
