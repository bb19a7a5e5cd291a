namespace RnnSharp.Onnx.Import;

/// <summary>Computes constants from constants. What it costs is charged to the budget before it is allocated.</summary>
internal static class ConstantFolding
{
    /// <summary>A constant with its axes in another order.</summary>
    public static ConstantValue Transpose(ConstantValue value, int[] order, NodeContext node) =>
        Picked(value, Array.ConvertAll(order, axis => value.Shape[axis]), Array.ConvertAll(order, axis => Strides(value.Shape)[axis]), 0, node);

    /// <summary>Every step-th position of one axis.</summary>
    public static ConstantValue Slice(ConstantValue value, int axis, long first, long count, long step, NodeContext node)
    {
        long[] shape = [.. value.Shape], strides = Strides(value.Shape);
        shape[axis] = count;
        long start = first * strides[axis];
        if (step == 1 && Array.TrueForAll(value.Shape[..axis], size => size == 1) && value.Run(start, shape, count * strides[axis]) is { } run) return run;
        strides[axis] *= step;
        return Picked(value, shape, strides, start, node);
    }

    /// <summary>Positions of one axis: a list of them, or one whose axis goes.</summary>
    public static ConstantValue Gather(ConstantValue value, int axis, long[] positions, bool isSingle, NodeContext node)
    {
        ConstantValue[] parts = Array.ConvertAll(positions, position => Slice(value, axis, position, 1, 1, node));
        ConstantValue gathered = parts.Length == 1 ? parts[0] : Concat(parts, axis, node);
        return isSingle ? gathered.Reshaped([.. value.Shape[..axis], .. value.Shape[(axis + 1)..]]) : gathered;
    }

    /// <summary>Constants one after another along an axis.</summary>
    public static ConstantValue Concat(IReadOnlyList<ConstantValue> parts, int axis, NodeContext node)
    {
        ConstantValue first = parts[0];
        long along = 0, outer = 1;
        foreach (ConstantValue part in parts)
        {
            bool fits = part.IsWhole == first.IsWhole && part.Shape.Length == first.Shape.Length;
            for (int i = 0; fits && i < part.Shape.Length; i++) fits = i == axis || part.Shape[i] == first.Shape[i];
            if (!fits) throw node.Refuse("expected constants of the same type whose sizes differ along one axis.");
            along += part.Shape[axis];
        }

        long[] shape = [.. first.Shape];
        shape[axis] = along;
        for (int i = 0; i < axis; i++) outer *= shape[i];
        return first.IsWhole
            ? new ConstantValue(Joined(parts, part => part.Wholes(node.Budget), outer, node), shape)
            : new ConstantValue(Joined(parts, part => part.Numbers(node.Budget), outer, node), shape);
    }

    private static T[] Joined<T>(IReadOnlyList<ConstantValue> parts, Func<ConstantValue, T[]> valuesOf, long outer, NodeContext node)
    {
        long count = 0;
        foreach (ConstantValue part in parts) count += part.Count;
        node.Budget.Charge(sizeof(long) * count);
        var joined = new T[count];
        long start = 0;
        foreach (ConstantValue part in parts)
        {
            T[] values = valuesOf(part);
            long length = values.Length / Math.Max(outer, 1);
            for (long row = 0; row < outer; row++) Array.Copy(values, row * length, joined, row * (count / outer) + start, length);
            start += length;
        }

        return joined;
    }

    private static ConstantValue Picked(ConstantValue value, long[] shape, long[] strides, long start, NodeContext node) => value.IsWhole
        ? new ConstantValue(Picked(value.Wholes(node.Budget), shape, strides, start, node), shape)
        : new ConstantValue(Picked(value.Numbers(node.Budget), shape, strides, start, node), shape);

    private static T[] Picked<T>(T[] values, long[] shape, long[] strides, long start, NodeContext node)
    {
        long count = StoredTensor.CountOf(node.Description, shape);
        node.Budget.Charge(sizeof(long) * count);
        var picked = new T[count];
        Span<long> position = stackalloc long[shape.Length];
        position.Clear();
        long at = start;
        for (long i = 0; i < count; i++)
        {
            picked[i] = values[at];
            for (int axis = shape.Length - 1; axis >= 0; axis--)
            {
                at += strides[axis];
                if (++position[axis] < shape[axis]) break;
                at -= strides[axis] * shape[axis];
                position[axis] = 0;
            }
        }

        return picked;
    }

    private static long[] Strides(long[] shape)
    {
        long[] strides = new long[shape.Length];
        long stride = 1;
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= shape[axis];
        }

        return strides;
    }
}
