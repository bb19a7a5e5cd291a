using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// The element-wise mathematics of one kind of recurrent unit, forward beside backward, over a lane of units. Everything else
/// (products, time, lengths, memory) is the engine's and the same for every kind.
/// <para>The slots s0 … s3 hold, going in, the sums bias + W x + U h of the gates; coming out, what backward needs of them; and
/// after backward the gradients on the sums. Unused slots stay as they are.</para>
/// </summary>
internal interface IRecurrentEquations
{
    /// <summary>Sums a unit, 1 to 4.</summary>
    static abstract int Slots { get; }

    /// <summary>Blocks of rows in the weight matrices.</summary>
    static abstract int Gates { get; }

    /// <summary>Whether there is a cell state besides the hidden state.</summary>
    static abstract bool HasCell { get; }

    /// <summary>Whether backward needs the slots that forward leaves.</summary>
    static abstract bool KeepsSlots { get; }

    /// <summary>Whether the equations read the previous hidden state element by element, and pass gradient to it so.</summary>
    static abstract bool MixesHidden { get; }

    /// <summary>The block of rows of the input weights that the first slots show, in the slots' order.</summary>
    static abstract int[] InputBlocks { get; }

    /// <summary>The block of rows of the recurrent weights that the last slots show.</summary>
    static abstract int[] HiddenBlocks { get; }

    /// <summary>One step: returns h, and c where there is a cell state.</summary>
    static abstract TLane Forward<T, TLane>(ref TLane s0, ref TLane s1, ref TLane s2, ref TLane s3, TLane hPrevious, TLane cPrevious, out TLane c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>;

    /// <summary>
    /// One step back. <paramref name="dh"/> is the whole gradient on h; <paramref name="dc"/> that on c from the step after, and
    /// coming out that on the previous c. Returns the gradient that the previous h gets element by element.
    /// </summary>
    static abstract TLane Backward<T, TLane>(ref TLane s0, ref TLane s1, ref TLane s2, ref TLane s3, TLane dh, TLane h, TLane hPrevious, TLane c, TLane cPrevious, ref TLane dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLane : unmanaged, ILane<TLane, T>;
}
