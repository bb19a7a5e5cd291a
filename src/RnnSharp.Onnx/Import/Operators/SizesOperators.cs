namespace RnnSharp.Onnx.Import;

/// <summary>Equal: which of two lists of sizes are the same, as PyTorch's expand asks for -1.</summary>
internal sealed class EqualOperator : IOperator
{
    public string Name => "Equal";

    public void Import(NodeContext node)
    {
        SizesValue left = SizesLists.Of(0, node), right = SizesLists.Of(1, node);
        node.Set(0, SizesLists.Combined(left, right, (a, b) => Extent.Of(AreSame(a, b, node) ? 1 : 0), node));
    }

    private static bool AreSame(Extent a, Extent b, NodeContext node)
    {
        if (a.IsKnown && b.IsKnown) return a.Factor == b.Factor;
        if (a.Is(b)) return true;

        // A size that the file leaves open is at least 0, so it is none of PyTorch's -1.
        bool hasNegative = (a.IsKnown && a.Factor < 0) || (b.IsKnown && b.Factor < 0);
        return hasNegative ? false : throw node.Refuse("a comparison of open sizes is not imported.");
    }
}

/// <summary>Where: one of two lists of sizes, item by item.</summary>
internal sealed class WhereOperator : IOperator
{
    public string Name => "Where";

    public void Import(NodeContext node)
    {
        SizesValue condition = SizesLists.Of(0, node), left = SizesLists.Of(1, node), right = SizesLists.Of(2, node);
        if (!Array.TrueForAll(condition.Items, item => item is { IsKnown: true, Factor: 0 or 1 })) throw node.Refuse("expected a constant condition.");
        int at = 0;
        if (condition.Items.Length != Math.Max(left.Items.Length, right.Items.Length)) throw node.Refuse("expected lists of the same length.");
        node.Set(0, SizesLists.Combined(left, right, (a, b) => condition.Items[at++].Factor == 1 ? a : b, node));
    }
}

/// <summary>What the operators of lists of sizes share.</summary>
internal static class SizesLists
{
    /// <summary>An input that holds sizes.</summary>
    public static SizesValue Of(int input, NodeContext node) => node.Importer.SizesOf(node.Input(input)) ?? throw node.Refuse($"expected sizes, got {node.Input(input).Kind}.");

    /// <summary>Combines two lists item by item. One of a single item counts for all.</summary>
    public static SizesValue Combined(SizesValue left, SizesValue right, Func<Extent, Extent, Extent> combine, NodeContext node)
    {
        int count = Math.Max(left.Items.Length, right.Items.Length);
        if ((left.Items.Length != count && left.Items.Length != 1) || (right.Items.Length != count && right.Items.Length != 1)) throw node.Refuse("expected lists of the same length.");
        var items = new Extent[count];
        for (int i = 0; i < count; i++) items[i] = combine(left.Items[left.Items.Length == 1 ? 0 : i], right.Items[right.Items.Length == 1 ? 0 : i]);
        return new SizesValue(items, left.IsSingle && right.IsSingle);
    }
}
