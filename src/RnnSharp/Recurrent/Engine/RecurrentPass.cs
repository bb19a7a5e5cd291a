using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>The tape of a recurrent layer: for each unit, example and step the slots that its kind keeps (4 numbers for LSTM and GRU, none for the plain unit) and c.</summary>
internal sealed class RecurrentPass<T>(ILayer<T> layer) : ForwardPass<T>(layer)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>[panel][step][example][slot][unit vector][lane].</summary>
    public AlignedBuffer<T> Slots { get; } = new();

    /// <summary>[step + 1][example][unit]: c, from the initial one on.</summary>
    public AlignedBuffer<T> Cells { get; } = new();

    /// <summary>[example][unit]: the hidden state before the first step.</summary>
    public AlignedBuffer<T> InitialHidden { get; } = new();

    /// <summary>[panel][step][example][slot][unit vector][lane]: the input's part of the sums of some steps, of a small batch.</summary>
    public AlignedBuffer<T> Ahead { get; } = new();

    /// <summary>What the tape of a variant holds besides, or null.</summary>
    public StageTape<T>? Stages { get; set; }

    /// <summary>Steps of the longest example: what lies after them was not computed.</summary>
    public int ComputedSteps { get; set; }

    public bool HasInitialState { get; set; }
}

/// <summary>What Backward of a recurrent layer works in; kept with the gradients.</summary>
internal sealed class RecurrentBackwardScratch<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Gradients on the sums, of two blocks of steps: [half][panel][step][example][slot][unit vector][lane].</summary>
    public AlignedBuffer<T> Sums { get; } = new();

    /// <summary>The same once more, as the products back through the weights read them: [half][step][example, a row apart][slot][unit, padded].</summary>
    public AlignedBuffer<T> Rows { get; } = new();

    /// <summary>[example][unit, padded]: the gradient on h, and before the product what h gets besides: from the final state's gradient and element by element.</summary>
    public AlignedBuffer<T> Hidden { get; } = new();

    /// <summary>[example][unit]: the gradient on c, carried from step to step.</summary>
    public AlignedBuffer<T> Cell { get; } = new();

    /// <summary>[gate][unit]: the gradient of both biases, one below the other.</summary>
    public AlignedBuffer<T> Bias { get; } = new();

    /// <summary>[member][…]: where a product gathers the columns that it sums over.</summary>
    public AlignedBuffer<T> Gathered { get; } = new();

    /// <summary>[step][example][feature]: a ragged input with its padding set to zero.</summary>
    public AlignedBuffer<T> Input { get; } = new();

    /// <summary>What a variant works in besides, or null.</summary>
    public StageBackwardScratch<T>? Stages { get; set; }
}

/// <summary>What Predict and Step of a recurrent layer work in; kept with the state.</summary>
internal sealed class RecurrentScratch<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>[example][unit]: the final c of examples that ended early.</summary>
    public AlignedBuffer<T> EndedCells { get; } = new();

    /// <summary>[panel][step][example][slot][unit vector][lane]: the input's part of the sums of some steps, of a small batch.</summary>
    public AlignedBuffer<T> Ahead { get; } = new();

    /// <summary>[panel][example][slot][lane]: the sums of one step, of a variant.</summary>
    public AlignedBuffer<T> Slots { get; } = new();

    /// <summary>[example][unit]: what a second product of a step is taken of.</summary>
    public AlignedBuffer<T> Exchange { get; } = new();

    /// <summary>Whether the last single step took the last panel first.</summary>
    public bool Backwards { get; set; }
}
