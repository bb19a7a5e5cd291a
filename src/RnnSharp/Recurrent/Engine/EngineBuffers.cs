using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>The buffers that every recurrent engine works in. The stages of a variant declare their own.</summary>
internal sealed class EngineBuffers<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <param name="workspace">Receives the declarations.</param>
    /// <param name="layouts">The layer's sizes.</param>
    /// <param name="plan">Determines the block length and the steps computed ahead.</param>
    /// <param name="keepsSums">Whether the sums of a step are stored in memory even without a tape.</param>
    public EngineBuffers(Workspace workspace, StepLayouts<T> layouts, StepPlan<T> plan, bool keepsSums)
    {
        PanelKernels<T> kernels = PanelKernels<T>.Instance;
        long sums = layouts.SumLength, state = layouts.StateSize, cell = layouts.Spec.HasCellState ? layouts.HiddenSize : 0;
        int longest = Math.Max(layouts.InputSize, Math.Max(layouts.HiddenSize, layouts.StateSize));
        GatherLength = call => kernels.GatherLength(longest, call.BlockSteps * call.Batch);

        InitialHidden = workspace.Declare("initial hidden state", "[example][feature of h]", BufferUse.Tape, call => state * call.Batch);
        Cells = workspace.Declare("cell states", "[step + 1][example][unit]", BufferUse.Tape, call => cell * call.Batch * (call.Steps + 1L));
        Slots = workspace.Declare("slots", "[panel][step][example][slot][unit vector][lane]", keepsSums ? BufferUse.Tape | BufferUse.Step : BufferUse.Tape, call => keepsSums || layouts.Spec.SavesGates ? sums * call.KeptColumns : 0);
        AheadSums = workspace.Declare("input sums ahead", "[panel][step][example][slot][unit vector][lane]", BufferUse.Tape | BufferUse.Predict, call => call.IsTokens || call.Steps < 2 ? 0 : sums * plan.AheadSteps(call.Batch) * call.Batch);
        EndedCells = workspace.Declare("cell states of ended examples", "[example][unit]", BufferUse.Predict, call => call.IsRagged ? cell * call.Batch : 0);

        SumGradients = workspace.Declare("gradients of the sums", "[half][panel][step][example][slot][unit vector][lane]", BufferUse.Backward, call => sums * call.BlockColumns);
        Rows = workspace.Declare("gradients of the sums by rows", "[half][step][example, stride RowLength][slot][unit]", BufferUse.Backward, call => layouts.RowLength * call.BlockColumns);
        CarriedHidden = workspace.Declare("gradient of h", "[example][feature of h, padded]", BufferUse.Backward, call => (long)layouts.StatePadded * call.Batch, clears: true);
        CarriedCell = workspace.Declare("gradient of c", "[example][unit]", BufferUse.Backward, call => cell * call.Batch, clears: true);
        BiasGradient = workspace.Declare("gradient of the biases", "[row of the stacked biases]", BufferUse.Backward, _ => layouts.Spec.Bias == RecurrentBias.None ? 0 : layouts.BiasRows);
        Gathered = workspace.Declare("gathered columns", "[member][GatherLength]", BufferUse.Backward, call => (long)GatherLength(call) * call.Members);
        Input = workspace.Declare("input without padding", "[step][example][feature]", BufferUse.Backward, call => call.CopiesInput ? (long)layouts.InputSize * call.Batch * call.Steps : 0);
    }

    /// <summary>h before the first step.</summary>
    public readonly WorkBuffer InitialHidden;

    /// <summary>c before and after every step.</summary>
    public readonly WorkBuffer Cells;

    /// <summary>The values that the equations save for Backward: usually activations in place of the sums.</summary>
    public readonly WorkBuffer Slots;

    /// <summary>The input products of a few steps, computed ahead for small batches.</summary>
    public readonly WorkBuffer AheadSums;

    /// <summary>The final c of examples that end before the last step.</summary>
    public readonly WorkBuffer EndedCells;

    /// <summary>The gradients of the sums in panels, for the weight gradients. One half is written while the other is still being read.</summary>
    public readonly WorkBuffer SumGradients;

    /// <summary>The same gradients as rows, for the products with the transposed weights.</summary>
    public readonly WorkBuffer Rows;

    /// <summary>The gradient of h, carried from step to step.</summary>
    public readonly WorkBuffer CarriedHidden;

    /// <summary>The gradient of c, carried from step to step.</summary>
    public readonly WorkBuffer CarriedCell;

    public readonly WorkBuffer BiasGradient;

    /// <summary>Where each member's products gather the columns that they sum over.</summary>
    public readonly WorkBuffer Gathered;

    /// <summary>A ragged input with its padding set to zero.</summary>
    public readonly WorkBuffer Input;

    /// <summary>Elements of one member's part of <see cref="Gathered"/>.</summary>
    public readonly Func<CallShape, int> GatherLength;
}
