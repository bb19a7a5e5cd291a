namespace RnnSharp.Onnx.Import;

/// <summary>Shape: the sizes of a tensor.</summary>
internal sealed class ShapeOperator : IOperator
{
    public string Name => "Shape";

    public void Import(NodeContext node)
    {
        Extent[] sizes = SizesOf(node.Input(0)) ?? throw node.Refuse($"the shape of {node.Input(0).Kind} is not known.");
        int first = Clamp(node.Whole("start", 0), sizes.Length), end = Clamp(node.Whole("end", sizes.Length), sizes.Length);
        node.Set(0, new SizesValue(first < end ? sizes[first..end] : [], isSingle: false));
    }

    private static Extent[]? SizesOf(GraphValue value)
    {
        switch (value)
        {
            case ConstantValue constant:
                return Array.ConvertAll(constant.Shape, Extent.Of);
            case FillValue fill:
                return fill.Shape;
            case SizesValue sizes:
                return sizes.IsSingle ? [] : [Extent.Of(sizes.Items.Length)];
            case TensorValue tensor:
                Extent?[] found = Array.ConvertAll(tensor.Axes, Extent.Of);
                return Array.TrueForAll(found, size => size is not null) ? Array.ConvertAll(found, size => size!.Value) : null;
            default:
                return null;
        }
    }

    private static int Clamp(long position, int length) => (int)Math.Clamp(position < 0 ? position + length : position, 0, length);
}

/// <summary>Transpose: axes in another order.</summary>
internal sealed class TransposeOperator : IOperator
{
    public string Name => "Transpose";

    public void Import(NodeContext node)
    {
        GraphValue value = node.Input(0);
        int rank = value switch { TensorValue tensor => tensor.Axes.Length, FillValue fill => fill.Shape.Length, ConstantValue constant => constant.Shape.Length, _ => throw node.Refuse($"a transpose of {value.Kind} is not imported.") };
        int[] order = node.Wholes("perm") is { } given ? [.. given.Select(axis => node.Axis(axis, rank))] : [.. Enumerable.Range(0, rank).Reverse()];
        if (order.Length != rank || order.Distinct().Count() != rank) throw node.Refuse("expected an order that has each axis once.");
        node.Set(0, value switch
        {
            ConstantValue { IsWhole: false, Shape.Length: 2 } matrix when order[0] == 1 => new TransposedValue(matrix),
            TensorValue tensor => tensor.With(Array.ConvertAll(order, axis => tensor.Axes[axis])),
            FillValue fill => new FillValue(fill.Value, fill.IsWhole, Array.ConvertAll(order, axis => fill.Shape[axis])),
            _ => ConstantFolding.Transpose((ConstantValue)value, order, node),
        });
    }
}

/// <summary>Reshape: the same values with axes joined, divided or of size 1 added and removed.</summary>
internal sealed class ReshapeOperator : IOperator
{
    public string Name => "Reshape";

    public void Import(NodeContext node)
    {
        GraphValue value = node.Input(0);
        bool allowsZero = node.Whole("allowzero", 0) != 0;
        Extent[] target = (node.Importer.SizesOf(node.Input(1)) ?? throw node.Refuse($"expected sizes, got {node.Input(1).Kind}.")).Items;
        switch (value)
        {
            case TensorValue tensor when Axes.Reshape(tensor.Axes, target, allowsZero) is { } axes:
                node.Set(0, tensor.With(axes));
                break;
            case SizesValue sizes when target is [{ IsKnown: true, Factor: 1 or -1 }] || (sizes.Items.Length == 1 && target.Length == 0):
                node.Set(0, new SizesValue(sizes.Items, isSingle: target.Length == 0));
                break;
            case ConstantValue or FillValue when node.Importer.ConstantOf(value, node) is { } constant && ShapeOf(constant, target, allowsZero) is { } shape:
                node.Set(0, constant.Reshaped(shape));
                break;
            default:
                throw node.Refuse($"a reshape of {value.Kind} that divides or mixes its axes is not imported.");
        }
    }

    private static long[]? ShapeOf(ConstantValue constant, Extent[] target, bool allowsZero)
    {
        if (!Array.TrueForAll(target, size => size.IsKnown) || constant.Count == 0) return null;
        long[] shape = new long[target.Length];
        Int128 product = 1;
        int rest = -1;
        for (int i = 0; i < shape.Length; i++)
        {
            shape[i] = target[i].Factor == 0 && !allowsZero && i < constant.Shape.Length ? constant.Shape[i] : target[i].Factor;
            if (shape[i] == -1 && rest < 0) rest = i;
            else if (shape[i] < 1 || (product *= shape[i]) > constant.Count) return null;
        }

        if (rest >= 0) product *= shape[rest] = (long)(constant.Count / product);
        return product == constant.Count ? shape : null;
    }
}

/// <summary>Flatten: the axes before a position joined, and those after it.</summary>
internal sealed class FlattenOperator : IOperator
{
    public string Name => "Flatten";

    public void Import(NodeContext node)
    {
        if (node.Input(0) is not TensorValue tensor) throw node.Refuse($"a flattening of {node.Input(0).Kind} is not imported.");
        long axis = node.Whole("axis", 1);
        int at = axis == tensor.Axes.Length ? tensor.Axes.Length : node.Axis(axis, tensor.Axes.Length);
        node.Set(0, tensor.With([[.. tensor.Axes[..at].SelectMany(atoms => atoms)], [.. tensor.Axes[at..].SelectMany(atoms => atoms)]]));
    }
}

/// <summary>Squeeze: axes of size 1 removed.</summary>
internal sealed class SqueezeOperator : IOperator
{
    public string Name => "Squeeze";

    public void Import(NodeContext node)
    {
        GraphValue value = node.Input(0);
        long[]? given = node.Positions("axes", 1);
        int rank = value switch { TensorValue tensor => tensor.Axes.Length, FillValue fill => fill.Shape.Length, ConstantValue constant => constant.Shape.Length, SizesValue sizes => sizes.IsSingle ? 0 : 1, _ => throw node.Refuse($"a squeeze of {value.Kind} is not imported.") };
        int[]? removed = given is null ? null : Array.ConvertAll(given, axis => node.Axis(axis, rank));
        switch (value)
        {
            case TensorValue tensor when Axes.Squeeze(tensor.Axes, removed) is { } axes:
                node.Set(0, tensor.With(axes));
                break;
            case SizesValue sizes when sizes.Items.Length == 1:
                node.Set(0, new SizesValue(sizes.Items, isSingle: true));
                break;
            case FillValue fill when Kept(fill.Shape, removed, size => size is { IsKnown: true, Factor: 1 }) is { } shape:
                node.Set(0, new FillValue(fill.Value, fill.IsWhole, shape));
                break;
            case ConstantValue constant when Kept(constant.Shape, removed, size => size == 1) is { } shape:
                node.Set(0, constant.Reshaped(shape));
                break;
            default:
                throw node.Refuse("expected to remove only axes of size 1.");
        }
    }

    private static T[]? Kept<T>(T[] shape, int[]? removed, Func<T, bool> isOne)
    {
        var kept = new List<T>();
        for (int i = 0; i < shape.Length; i++)
        {
            bool goes = removed is null ? isOne(shape[i]) : Array.IndexOf(removed, i) >= 0;
            if (goes && !isOne(shape[i])) return null;
            if (!goes) kept.Add(shape[i]);
        }

        return [.. kept];
    }
}

/// <summary>Unsqueeze: axes of size 1 added.</summary>
internal sealed class UnsqueezeOperator : IOperator
{
    public string Name => "Unsqueeze";

    public void Import(NodeContext node)
    {
        GraphValue value = node.Input(0);
        long[] given = node.Positions("axes", 1) ?? throw node.Refuse("expected axes, got none.");
        int rank = given.Length + value switch { TensorValue tensor => tensor.Axes.Length, FillValue fill => fill.Shape.Length, ConstantValue constant => constant.Shape.Length, SizesValue { IsSingle: true } => 0, _ => throw node.Refuse($"a further axis of {value.Kind} is not imported.") };
        int[] added = [.. given.Select(axis => node.Axis(axis, rank)).Order()];
        if (added.Distinct().Count() != added.Length) throw node.Refuse("expected each axis once.");
        node.Set(0, value switch
        {
            TensorValue tensor => tensor.With(Axes.Insert(tensor.Axes, added, [])),
            FillValue fill => new FillValue(fill.Value, fill.IsWhole, Axes.Insert(fill.Shape, added, Extent.Of(1))),
            SizesValue sizes when added.Length == 1 => new SizesValue(sizes.Items, isSingle: false),
            ConstantValue constant => constant.Reshaped(Axes.Insert(constant.Shape, added, 1)),
            _ => throw node.Refuse($"further axes of {value.Kind} are not imported."),
        });
    }
}

/// <summary>Expand: equal numbers in a larger shape.</summary>
internal sealed class ExpandOperator : IOperator
{
    public string Name => "Expand";

    public void Import(NodeContext node)
    {
        GraphValue value = node.Input(0);
        Extent[] target = (node.Importer.SizesOf(node.Input(1)) ?? throw node.Refuse($"expected sizes, got {node.Input(1).Kind}.")).Items;
        if (value is FillValue fill)
        {
            node.Set(0, new FillValue(fill.Value, fill.IsWhole, Broadcast(fill.Shape, target, node)));
            return;
        }

        ConstantValue constant = node.Importer.ConstantOf(value, node) ?? throw node.Refuse($"an expansion of {value.Kind} is not imported.");
        if (constant.Count == 0 || constant.Shape.Length > target.Length) throw node.Refuse("expected a tensor with numbers and no more axes than the target.");
        if (constant.IsWhole) constant = new ConstantValue(constant.Wholes(node.Budget), constant.Shape);

        // All of its numbers may have to be read.
        node.Budget.Charge(constant.Count);
        Span<double> first = stackalloc double[1];
        constant.Read(0, first);
        Extent[] shape = Broadcast(Array.ConvertAll(constant.Shape, Extent.Of), target, node);
        if (constant.IsAll(first[0], 0, constant.Count)) node.Set(0, new FillValue(first[0], constant.IsWhole, shape));
        else node.Set(0, new RepeatedValue(constant.Reshaped([.. Enumerable.Repeat(1L, target.Length - constant.Shape.Length), .. constant.Shape]), shape));
    }

    /// <summary>The shape of the result. Where both have a size, one is 1, or both are the same.</summary>
    private static Extent[] Broadcast(Extent[] own, Extent[] target, NodeContext node)
    {
        Extent[] sizes = [.. own.Length > target.Length ? own : target];
        for (int i = 1; i <= Math.Min(own.Length, target.Length); i++) sizes[^i] = Larger(own[^i], target[^i], node);
        return Array.TrueForAll(sizes, size => size.Factor >= 0) ? sizes : throw node.Refuse("expected sizes of 0 or more.");
    }

    private static Extent Larger(Extent own, Extent target, NodeContext node)
    {
        if (own is { IsKnown: true, Factor: 1 } || own.Is(target)) return target;
        if (target is { IsKnown: true, Factor: 1 }) return own;

        // A size that is open is 1 or the other one.
        return own.IsKnown != target.IsKnown ? own.IsKnown ? own : target : throw node.Refuse("expected sizes that are 1 or the same as those of the input.");
    }
}
