namespace RnnSharp.Recurrent;

/// <summary>What the time loop knows of a kind: see <see cref="IRecurrentEquations"/>.</summary>
/// <param name="Slots">Sums a unit.</param>
/// <param name="Gates">Blocks of rows in the weight matrices.</param>
/// <param name="HasCell">Whether there is a cell state.</param>
/// <param name="KeepsSlots">Whether backward needs the slots that forward leaves.</param>
/// <param name="MixesHidden">Whether the previous hidden state gets gradient element by element.</param>
/// <param name="InputBlocks">The block of rows of the input weights that each of the first slots shows.</param>
/// <param name="HiddenBlocks">The block of rows of the recurrent weights that each of the last slots shows.</param>
internal sealed record KindShape(int Slots, int Gates, bool HasCell, bool KeepsSlots, bool MixesHidden, int[] InputBlocks, int[] HiddenBlocks)
{
    /// <summary>The shape of a kind. Where there is a slot more than gates, the last gate's two products are apart.</summary>
    public static KindShape Of<TKind>()
        where TKind : struct, IRecurrentEquations
    {
        int[] blocks = [.. Enumerable.Range(0, TKind.Gates)];
        return new KindShape(TKind.Slots, TKind.Gates, TKind.HasCell, TKind.KeepsSlots, TKind.MixesHidden, TKind.Slots == TKind.Gates ? blocks : [blocks[^1], .. blocks[..^1]], blocks);
    }
}
