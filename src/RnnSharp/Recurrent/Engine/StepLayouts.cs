using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>The sizes of a recurrent layer, and how its weights and sums are arranged in panels of vectors.</summary>
internal sealed class StepLayouts<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int _vectorLength;

    /// <param name="parameters">The layer's parameters.</param>
    /// <param name="vectorLength">Elements of a vector.</param>
    /// <param name="isStaged">Whether the step runs in stages, whose panels have one vector of units per slot and are not folded.</param>
    public StepLayouts(RecurrentParameters<T> parameters, int vectorLength, bool isStaged)
    {
        Spec = parameters.Spec;
        Gates = Spec.Gates.Count;
        Slots = Spec.Sums.Count;
        _vectorLength = vectorLength;
        InputSize = parameters.InputSize;
        HiddenSize = parameters.HiddenSize;
        StateSize = Spec.ProjectionSize ?? HiddenSize;
        BiasRows = (Spec.SplitsLastGate ? Gates + 1 : Gates) * HiddenSize;
        int unitVectors = Slots == 1 && !isStaged ? PanelLayout.ForRows(StateSize, vectorLength).UnitVectors : 1;
        HiddenTransposed = PanelLayout.ForRows(StateSize, vectorLength);
        InputTransposed = PanelLayout.ForRows(InputSize, vectorLength);
        Input = new PanelLayout(HiddenSize, vectorLength, unitVectors, Spec.InputBlocks);
        Hidden = new PanelLayout(HiddenSize, vectorLength, unitVectors, Spec.HiddenBlocks);
        Input.CheckPacked<T>(InputSize, InputTransposed, "inputSize");
        Hidden.CheckPacked<T>(StateSize, HiddenTransposed, "hiddenSize");
        Sums = Spec.SplitsLastGate ? new PanelLayout(HiddenSize, vectorLength, unitVectors, [.. Spec.InputBlocks, Gates]) : Input;
        SumLength = (long)Sums.Panels * Sums.Width;
        HiddenSlotOffset = (Slots - Spec.HiddenBlocks.Length) * vectorLength;
        StatePadded = HiddenTransposed.Panels * HiddenTransposed.Width;
        FoldsLastPanel = !isStaged && Slots > 1 && !Spec.SplitsLastGate && Sums.FoldedVectors < Sums.Vectors;
        RowLength = Sums.Rows + AlignedBuffer<T>.Slack;
    }

    public readonly CellSpec Spec;

    public readonly int Gates;

    /// <summary>Sums of a unit.</summary>
    public readonly int Slots;

    public readonly int InputSize;

    /// <summary>Units: features of c.</summary>
    public readonly int HiddenSize;

    /// <summary>Features of h, which is the output: the number of units, unless h is projected.</summary>
    public readonly int StateSize;

    /// <summary>Rows of the stacked biases: see <see cref="RecurrentParameters{T}.StackBiases"/>.</summary>
    public readonly int BiasRows;

    /// <summary>The panels of the input weights.</summary>
    public readonly PanelLayout Input;

    /// <summary>The panels of the recurrent weights.</summary>
    public readonly PanelLayout Hidden;

    /// <summary>The panels of the sums: those of the input weights and, for a split gate, its recurrent side.</summary>
    public readonly PanelLayout Sums;

    /// <summary>
    /// Whether fewer vectors hold the gates of the last panel's units side by side than one below the other: the gates of 100 units are 6 panels
    /// of 4 vectors of 16 lanes, and 1 vector. A split gate, whose two sides are two sums, is not folded: the other side's weights would be
    /// zeros, and zero times an infinite input is not zero.
    /// </summary>
    public readonly bool FoldsLastPanel;

    public readonly PanelLayout InputTransposed;

    public readonly PanelLayout HiddenTransposed;

    /// <summary>Elements of one column of the sums in all panels.</summary>
    public readonly long SumLength;

    /// <summary>Where the slots of the recurrent product begin in a panel's sums.</summary>
    public readonly int HiddenSlotOffset;

    /// <summary>Features of h, rounded up to whole panels of the transposed recurrent weights.</summary>
    public readonly int StatePadded;

    /// <summary>
    /// Elements from one example's row of gate gradients to the next: a cache line longer than the row, so that the rows of a block of
    /// examples do not all map to the same cache set.
    /// </summary>
    public readonly int RowLength;

    /// <summary>The first unit of a panel, or the number of units for the panel after the last.</summary>
    public int FirstUnit(PanelLayout layout, int panel) => Math.Min(panel * layout.UnitVectors * _vectorLength, layout.Units);
}
