namespace RnnSharp.Onnx.Import;

/// <summary>Checks sizes of layers.</summary>
internal static class Sizes
{
    /// <summary>The number of features at a point.</summary>
    public static int Features(Point point, NodeContext node)
    {
        long size = Extent.Of(point.Features) is { IsKnown: true } known && point.Features.Length > 0 ? known.Factor : 0;
        return size is >= 1 and <= int.MaxValue ? (int)size : throw node.Refuse("expected a known number of features, at least 1.");
    }

    /// <summary>The sizes of a matrix that fits in an array.</summary>
    public static (int Rows, int Columns) Matrix(long[] shape, NodeContext node) => shape.Length == 2 && shape[0] is >= 1 and <= int.MaxValue && shape[1] is >= 1 and <= int.MaxValue && shape[0] * shape[1] <= int.MaxValue / 2
        ? ((int)shape[0], (int)shape[1])
        : throw node.Refuse($"expected a matrix of at least one and not too many numbers, got {Serialization.ErrorText.Shape(shape)}.");

    /// <summary>Requires the last axis of a flow to be its features and no other axis to hold any of them. Settles their number if the file leaves it open.</summary>
    public static void RequireFeaturesLast(FlowValue flow, int size, NodeContext node)
    {
        if (!Axes.Holds(flow.Axes[^1], flow.Point.Features)) throw node.Refuse("expected the features as the last axis of the input.");
        if (flow.Point.Features is [{ Size: null } open]) open.Size = size;
        int features = Features(flow.Point, node);
        if (features != size) throw node.Refuse($"expected an input of {size} features, got {features}.");
    }
}
