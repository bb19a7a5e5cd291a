namespace RnnSharp.Onnx.Import;

/// <summary>Gather: an embedding, one step, direction or state, or one of several sizes.</summary>
internal sealed class GatherOperator : IOperator
{
    public string Name => "Gather";

    public void Import(NodeContext node)
    {
        GraphValue value = node.Input(0), indices = node.Input(1);
        long axis = node.Whole("axis", 0);
        if (indices is PortValue tokens)
        {
            Embed(value, tokens, axis, node);
            return;
        }

        long[] positions = node.Importer.WholesOf(indices) ?? throw node.Refuse($"expected constant positions, got {indices.Kind}.");
        bool isSingle = node.Importer.SizesOf(indices)!.IsSingle;
        if (value is SizesValue || (node.Importer.SizesOf(value) is { IsSingle: false } && positions.Length > 0))
        {
            Extent[] items = node.Importer.SizesOf(value)!.Items;
            node.Axis(axis, 1);
            node.Set(0, new SizesValue(Array.ConvertAll(positions, position => items[node.Axis(position, items.Length)]), isSingle));
            return;
        }

        if (value is ConstantValue constant)
        {
            int along = node.Axis(axis, constant.Shape.Length);
            if (positions.Length == 0) throw node.Refuse("expected positions, got none.");
            node.Set(0, ConstantFolding.Gather(constant, along, Array.ConvertAll(positions, position => (long)node.Axis(position, (int)Math.Min(constant.Shape[along], int.MaxValue))), isSingle, node));
            return;
        }

        if (value is not TensorValue tensor || positions.Length != 1) throw node.Refuse($"a choice of several positions of {value.Kind} is not imported.");
        int chosen = node.Axis(axis, tensor.Axes.Length);
        node.Set(0, Selection.Single(tensor, chosen, positions[0], keepsAxis: !isSingle, node));
    }

    private static void Embed(GraphValue value, PortValue tokens, long axis, NodeContext node)
    {
        if (value is not ConstantValue { IsWhole: false, Shape.Length: 2 } weights || node.Axis(axis, 2) != 0) throw node.Refuse($"expected an embedding, a constant of two axes of which the first is looked up, got {value.Kind}.");
        if (!tokens.Port.IsWhole || tokens.Origin is not null || tokens.Axes.Length is not (1 or 2)) throw node.Refuse($"expected tokens of one or two axes, got {tokens.Kind}.");
        (int rows, int columns) = Sizes.Matrix(weights.Shape, node);
        node.Importer.Claim(weights.Count, node);
        if (node.Importer.Vocabulary != 0 && node.Importer.Vocabulary != rows) throw node.Refuse($"expected an embedding of {node.Importer.Vocabulary} tokens, as another one has, got {rows}.");
        Point root = node.Importer.RootOf(tokens.Port, PortUse.Tokens, [], node);
        Atom[] features = [new Atom(AxisRole.Features, columns)];
        Point point = node.Importer.Then(root, new EmbeddingPlan { Node = node.Description, Weights = weights }, features);
        node.Importer.Vocabulary = rows;
        node.Set(0, new FlowValue(point, [.. tokens.Axes, features]));
    }
}

/// <summary>Slice: a part of constants, sizes or states, one direction, or the last step.</summary>
internal sealed class SliceOperator : IOperator
{
    public string Name => "Slice";

    public void Import(NodeContext node)
    {
        GraphValue value = node.Input(0);
        long[] starts = Required("starts", 1, node), ends = Required("ends", 2, node);
        long[]? axes = node.Positions("axes", 3);
        long[]? steps = node.Has(4) ? node.Importer.WholesOf(node.Input(4)) ?? throw node.Refuse("expected constant steps.") : null;
        if (ends.Length != starts.Length || (axes is not null && axes.Length != starts.Length) || (steps is not null && steps.Length != starts.Length)) throw node.Refuse("expected as many ends, axes and steps as starts.");
        for (int i = 0; i < starts.Length; i++) value = Slice(value, axes?[i] ?? i, starts[i], ends[i], steps?[i] ?? 1, node);
        node.Set(0, value);
    }

    private static long[] Required(string name, int input, NodeContext node) => node.Positions(name, input) ?? throw node.Refuse($"expected {name}, got none.");

    private static GraphValue Slice(GraphValue value, long axis, long start, long end, long step, NodeContext node)
    {
        switch (value)
        {
            case FillValue fill:
                int filled = node.Axis(axis, fill.Shape.Length);
                Extent[] sizes = [.. fill.Shape];
                if (sizes[filled].IsKnown) sizes[filled] = Extent.Of(Range(start, end, step, sizes[filled].Factor, node).Count);
                else if (start != 0 || end != long.MaxValue || step != 1) throw node.Refuse("a part of an open size is not imported.");
                return new FillValue(fill.Value, fill.IsWhole, sizes);
            case SizesValue { IsSingle: false } sized:
                node.Axis(axis, 1);
                (long first, long count) = Range(start, end, step, sized.Items.Length, node);
                Extent[] items = new Extent[count];
                for (long i = 0; i < count; i++) items[i] = sized.Items[first + i * step];
                return new SizesValue(items, isSingle: false);
            case ConstantValue constant:
                int along = node.Axis(axis, constant.Shape.Length);
                (long from, long number) = Range(start, end, step, constant.Shape[along], node);
                return ConstantFolding.Slice(constant, along, from, number, step, node);
            case TensorValue tensor:
                return Selection.Part(tensor, node.Axis(axis, tensor.Axes.Length), start, end, step, node);
            default:
                throw node.Refuse($"a part of {value.Kind} is not imported.");
        }
    }

    /// <summary>The first position and the number of positions of a slice of a known size.</summary>
    private static (long First, long Count) Range(long start, long end, long step, long size, NodeContext node)
    {
        if (step == 0) throw node.Refuse("expected a step other than 0.");
        long first = start < 0 ? Math.Max(start, -size - 1) + size : start, last = end < 0 ? Math.Max(end, -size - 1) + size : end;
        first = step > 0 ? Math.Clamp(first, 0, size) : Math.Clamp(first, -1, size - 1);
        last = step > 0 ? Math.Clamp(last, 0, size) : Math.Clamp(last, -1, size - 1);
        Int128 count = step > 0 ? ((Int128)last - first + step - 1) / step : ((Int128)first - last - step - 1) / -(Int128)step;
        return (first, (long)Int128.Max(count, 0));
    }
}

/// <summary>Concat: sizes, constants, states, or the features of two directions.</summary>
internal sealed class ConcatOperator : IOperator
{
    public string Name => "Concat";

    public void Import(NodeContext node)
    {
        GraphValue[] parts = [.. Enumerable.Range(0, node.InputCount).Select(node.Input)];
        if (parts.Length == 0) throw node.Refuse("expected inputs, got none.");
        long axis = node.Whole("axis", 0);
        if (Array.Exists(parts, part => part is SizesValue) && Array.TrueForAll(parts, part => node.Importer.SizesOf(part) is { IsSingle: false }))
        {
            node.Axis(axis, 1);
            Extent[] items = [.. parts.SelectMany(part => node.Importer.SizesOf(part)!.Items)];
            if (items.Length > GraphImporter.LongestSizes) throw node.Refuse($"expected at most {GraphImporter.LongestSizes} sizes, got {items.Length}.");
            node.Set(0, new SizesValue(items, isSingle: false));
        }
        else if (parts.Length == 1)
        {
            node.Set(0, parts[0]);
        }
        else if (Array.TrueForAll(parts, part => part is ConstantValue))
        {
            ConstantValue[] constants = Array.ConvertAll(parts, part => (ConstantValue)part);
            node.Set(0, ConstantFolding.Concat(constants, node.Axis(axis, constants[0].Shape.Length), node));
        }
        else
        {
            node.Set(0, Tensors(parts, axis, node));
        }
    }

    private static TensorValue Tensors(GraphValue[] parts, long axis, NodeContext node)
    {
        if (parts[0] is StateValue first && StateFlows.Concat(parts, node.Axis(axis, first.Axes.Length)) is { } states) return states;
        if (parts.Length != 2) throw node.Refuse("a concatenation of other than two directions or of states is not imported.");
        FlowValue left = Flow(parts[0], node), right = Flow(parts[1], node);
        int last = left.Axes.Length - 1;
        if (!Arithmetic.HaveSameAxes(left, right) || node.Axis(axis, left.Axes.Length) != last) throw node.Refuse("expected a concatenation of features.");
        Atom[] features = [new Atom(AxisRole.Features, Sizes.Features(left.Point, node) + Sizes.Features(right.Point, node))];
        Point joined = left.Point.Join(right.Point, features) ?? throw node.Refuse("expected a concatenation of two directions over the same input.");
        return new FlowValue(node.Importer.Counted(joined), [.. left.Axes[..last], features]);
    }

    private static FlowValue Flow(GraphValue value, NodeContext node) => node.Importer.FlowOf(value, node) ?? throw node.Refuse($"a concatenation of {value.Kind} is not imported.");
}
