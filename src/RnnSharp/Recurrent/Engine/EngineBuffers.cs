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
        GatherLength = call => kernels.GatherLength(longest, call.BlockLength);

        InitialHidden = workspace.Declare("initial hidden state", "[example][feature of h]", BufferUse.Tape | BufferUse.Predict, call => call.KeepsSteps || call.IsRagged ? state * call.Batch : 0);
        Cells = workspace.Declare("cell states", "[step + 1][example][unit]", BufferUse.Tape, call => cell * (call.Batch + call.Columns));
        FirstHidden = workspace.Declare("initial hidden state of the first segment", "[example][feature of h]", BufferUse.Checkpoints, call => state * call.Batch);
        CheckpointCells = workspace.Declare("cell states before the segments", "[segment][example][unit]", BufferUse.Checkpoints, call => cell * call.Batch * call.Segments);
        Slots = workspace.Declare("slots", "[panel][step][example][slot][unit vector][lane]", keepsSums ? BufferUse.Tape | BufferUse.Step : BufferUse.Tape, call => keepsSums || layouts.Spec.SavesGates ? sums * call.KeptColumns : 0);
        AheadSums = workspace.Declare("input sums ahead", "[panel][step][example][slot][unit vector][lane]", BufferUse.Tape | BufferUse.Predict, call => call.IsTokens || call.Steps < 2 ? 0 : sums * plan.AheadColumns(call.Batch, call.IsRagged));
        OrderedHidden = workspace.Declare("ordered hidden states", "[half][column][feature of h]", BufferUse.Tape | BufferUse.Predict, call => call.IsRagged || call.RunsAgain ? 2 * state * call.Batch : 0);
        OrderedCells = workspace.Declare("ordered cell states", "[column][unit]", BufferUse.Predict, call => call.IsRagged ? cell * call.Batch : 0);
        OrderedInput = workspace.Declare("ordered input", "[half][column][feature]", BufferUse.Tape | BufferUse.Predict, call => call.IsRagged && !call.IsTokens ? 2L * layouts.InputSize * plan.WindowColumns(call.Batch) : 0);

        SumGradients = workspace.Declare("gradients of the sums", "[half][panel][step][example][slot][unit vector][lane]", BufferUse.Backward, call => sums * call.BlockColumns);
        Rows = workspace.Declare("gradients of the sums by rows", "[half][step][example, stride RowLength][slot][unit]", BufferUse.Backward, call => layouts.RowLength * call.BlockColumns);
        CarriedHidden = workspace.Declare("gradient of h", "[example][feature of h, padded]", BufferUse.Backward, call => (long)layouts.StatePadded * call.Batch, clears: true);
        CarriedCell = workspace.Declare("gradient of c", "[example][unit]", BufferUse.Backward, call => cell * call.Batch, clears: true);
        BiasGradient = workspace.Declare("gradient of the biases", "[row of the stacked biases]", BufferUse.Backward, _ => layouts.Spec.Bias == RecurrentBias.None ? 0 : layouts.BiasRows);
        Gathered = workspace.Declare("gathered columns", "[member][GatherLength]", BufferUse.Backward, call => (long)GatherLength(call) * call.Members);
        BlockInput = workspace.Declare("ordered input of a block", "[half][column][feature]", BufferUse.Backward, call => call.IsRagged && !call.IsTokens ? layouts.InputSize * call.BlockColumns : 0);
        BlockHidden = workspace.Declare("ordered hidden states of a block", "[half][column][feature of h]", BufferUse.Backward, call => call.IsRagged ? state * call.BlockColumns : 0);
        BlockInputGradient = workspace.Declare("ordered gradient of the input of a block", "[column][feature]", BufferUse.Backward, call => call.IsRagged && !call.IsTokens ? (long)layouts.InputSize * call.BlockLength : 0);
        OrderedOutput = workspace.Declare("ordered output of a step", "[column][feature of h]", BufferUse.Backward, call => call.IsRagged && !keepsSums && !layouts.Spec.SavesGates ? state * call.Batch : 0);
        OrderedGradient = workspace.Declare("ordered gradient of the output of a step", "[column][feature of h]", BufferUse.Backward, call => call.IsRagged ? state * call.Batch : 0);
        InitialGradient = workspace.Declare("ordered gradient of the initial hidden state", "[column][feature of h]", BufferUse.Backward, call => call.IsRagged ? state * call.Batch : 0);
    }

    /// <summary>h before the first step.</summary>
    public readonly WorkBuffer InitialHidden;

    /// <summary>c before and after every step.</summary>
    public readonly WorkBuffer Cells;

    /// <summary>h before the first step, where the tape holds one segment at a time.</summary>
    public readonly WorkBuffer FirstHidden;

    /// <summary>c before the first step of each segment.</summary>
    public readonly WorkBuffer CheckpointCells;

    /// <summary>The values that the equations save for Backward: usually activations in place of the sums.</summary>
    public readonly WorkBuffer Slots;

    /// <summary>The input products of a few steps, computed ahead for small batches.</summary>
    public readonly WorkBuffer AheadSums;

    /// <summary>h of this and the previous step, where it is not written to the output at once.</summary>
    public readonly WorkBuffer OrderedHidden;

    /// <summary>c of a ragged batch, updated in place.</summary>
    public readonly WorkBuffer OrderedCells;

    /// <summary>The input of a few steps of a ragged batch.</summary>
    public readonly WorkBuffer OrderedInput;

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

    /// <summary>The input of a ragged batch, for the weight gradients.</summary>
    public readonly WorkBuffer BlockInput;

    /// <summary>h before each step of a ragged batch, for the weight gradients.</summary>
    public readonly WorkBuffer BlockHidden;

    /// <summary>The gradient of the input of a ragged batch, before it is copied to its place.</summary>
    public readonly WorkBuffer BlockInputGradient;

    /// <summary>h after a step of a ragged batch, where the equations read it.</summary>
    public readonly WorkBuffer OrderedOutput;

    /// <summary>The output's gradient at a step of a ragged batch.</summary>
    public readonly WorkBuffer OrderedGradient;

    /// <summary>The gradient of the initial h of a ragged batch.</summary>
    public readonly WorkBuffer InitialGradient;

    /// <summary>Elements of one member's part of <see cref="Gathered"/>.</summary>
    public readonly Func<CallShape, int> GatherLength;
}
