using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// The element-wise mathematics of one kind of recurrent unit, forward beside backward, over a lane of units. Everything else
/// (products, time, lengths, directions, threads, memory) is the engine's and the same for every kind: implement this on an empty
/// struct, and <see cref="CustomRecurrentLayer{T, TEquations}"/> is the layer.
/// <para>The slots s0 … s3 hold, going in, the sums bias + W x + U h of the gates; coming out, what backward needs of them; and
/// after backward the gradients on the sums. Slots that the kind does not have stay as they are. Write both methods with
/// <c>[MethodImpl(MethodImplOptions.AggressiveInlining)]</c>, so that they are compiled into the loop.</para>
/// <para>With as many slots as gates each slot is a gate, in the order of the rows. With one slot more the last gate's two products
/// are kept apart, as the candidate's of a gated recurrent unit are: the first slot is its input side bias + W x, then come the
/// other gates in their order, and the last slot is its recurrent side U h + another bias.</para>
/// </summary>
public interface IRecurrentEquations
{
    /// <summary>Sums a unit, 1 to 4: <see cref="Gates"/>, or one more.</summary>
    static abstract int Slots { get; }

    /// <summary>Blocks of rows in the weight matrices, 1 to 4.</summary>
    static abstract int Gates { get; }

    /// <summary>Whether there is a cell state besides the hidden state. False unless the kind says otherwise.</summary>
    static virtual bool HasCell => false;

    /// <summary>Whether backward needs the slots that forward leaves. True unless the kind says otherwise; without them it is given h.</summary>
    static virtual bool KeepsSlots => true;

    /// <summary>Whether the equations read the previous hidden state element by element, and pass gradient to it so. False unless the kind says otherwise.</summary>
    static virtual bool MixesHidden => false;

    /// <summary>One step.</summary>
    /// <param name="s0">The first slot.</param>
    /// <param name="s1">The second.</param>
    /// <param name="s2">The third.</param>
    /// <param name="s3">The fourth.</param>
    /// <param name="hPrevious">h of the step before, if the kind <see cref="MixesHidden"/>.</param>
    /// <param name="cPrevious">c of the step before, if the kind <see cref="HasCell"/>.</param>
    /// <param name="c">c, if the kind has one; else anything.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <typeparam name="TVector">Some units side by side.</typeparam>
    /// <returns>h.</returns>
    static abstract TVector Forward<T, TVector>(ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3, TVector hPrevious, TVector cPrevious, out TVector c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>;

    /// <summary>One step back.</summary>
    /// <param name="s0">The first slot as forward left it; coming out the gradient on its sum.</param>
    /// <param name="s1">The second.</param>
    /// <param name="s2">The third.</param>
    /// <param name="s3">The fourth.</param>
    /// <param name="dh">The whole gradient on h.</param>
    /// <param name="h">h, if the kind does not keep slots.</param>
    /// <param name="hPrevious">h of the step before, if the kind <see cref="MixesHidden"/>.</param>
    /// <param name="c">c, if the kind <see cref="HasCell"/>.</param>
    /// <param name="cPrevious">c of the step before, if the kind <see cref="HasCell"/>.</param>
    /// <param name="dc">The gradient on c from the step after; coming out that on the previous c.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <typeparam name="TVector">Some units side by side.</typeparam>
    /// <returns>The gradient that the previous h gets element by element.</returns>
    static abstract TVector Backward<T, TVector>(ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3, TVector dh, TVector h, TVector hPrevious, TVector c, TVector cPrevious, ref TVector dc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, ISimdVector<TVector, T>;
}
