namespace RnnSharp.Onnx.Import;

/// <summary>What RNN, GRU and LSTM nodes have in common: directions, layout, weights, lengths, states and outputs.</summary>
internal abstract class RecurrentOperator : IOperator
{
    public abstract string Name { get; }

    /// <summary>Blocks of rows of the weights.</summary>
    protected abstract int Gates { get; }

    protected abstract bool HasCell { get; }

    public void Import(NodeContext node)
    {
        bool batchFirst = node.Whole("layout", 0) switch { 0 => false, 1 => true, var other => throw node.Refuse($"expected a layout of 0 or 1, got {other}.") };
        (int directions, bool isReverse) = node.Text("direction", "forward") switch
        {
            "forward" => (1, false),
            "reverse" => (1, true),
            "bidirectional" => (2, false),
            var other => throw node.Refuse($"expected the direction forward, reverse or bidirectional, got {Serialization.ErrorText.Quote(other)}."),
        };
        FlowValue x = node.Importer.FlowOf(node.Input(0), node, takesReversed: true) ?? throw node.Refuse($"expected a sequence as input, got {node.Input(0).Kind}.");
        RecurrentShape shape = ShapeOf(x, directions, node);
        Atom[] steps = Axis(x.Axes[batchFirst ? 1 : 0], AxisRole.Steps, node), batch = Axis(x.Axes[batchFirst ? 0 : 1], AxisRole.Batch, node);
        LengthSource lengths = RecurrentInputs.Lengths(node, steps, batch);
        if (x.IsReversed && (directions == 2 || lengths != default)) throw node.Refuse("expected steps in their order for two directions or sequences of different lengths.");
        var hidden = new Atom(AxisRole.Features, shape.Hidden);
        var plans = new RecurrentPlan[directions];
        var points = new Point[directions];
        for (int d = 0; d < directions; d++)
        {
            plans[d] = Plan(node, shape with { Direction = d, Lengths = lengths });
            plans[d].Initial[0] = RecurrentInputs.Initial(node, 5, shape, d, batchFirst);
            if (HasCell) plans[d].Initial[1] = RecurrentInputs.Initial(node, 6, shape, d, batchFirst);
            LayerPlan layer = (isReverse || d == 1) != x.IsReversed ? new ReversePlan([plans[d]]) { Node = node.Description } : plans[d];
            points[d] = node.Importer.Then(x.Point, layer, [hidden]);
        }

        Atom[] direction = directions == 1 ? [] : [new Atom(AxisRole.Directions, directions)];
        Point y = directions == 1 ? points[0] : node.Importer.Counted(points[0].Join(points[1], [.. direction, hidden])!);
        node.Set(0, new FlowValue(y, batchFirst ? [batch, steps, direction, [hidden]] : [steps, direction, batch, [hidden]], x.IsReversed));
        for (int cell = 0; cell < (HasCell ? 2 : 1); cell++)
        {
            StatePiece[] pieces = [.. plans.Select((plan, d) => new StatePiece(plan, points[d], cell == 1))];
            node.Set(1 + cell, new StateValue(pieces, batchFirst ? [batch, direction, [hidden]] : [direction, batch, [hidden]], direction.Length == 0 ? null : direction[0]));
        }
    }

    /// <summary>Plans one direction, with the attributes of the kind.</summary>
    protected abstract RecurrentPlan Plan(NodeContext node, RecurrentShape shape);

    /// <summary>The limit of the sums; null without.</summary>
    protected static double? Clip(NodeContext node)
    {
        if (!node.HasAttribute("clip")) return null;
        float clip = node.Number("clip", 0);
        return clip > 0 && float.IsFinite(clip) ? Decimal.Shortest(clip) : throw node.Refuse($"expected a clip above 0, got {clip}.");
    }

    private static Atom[] Axis(Atom[] axis, AxisRole role, NodeContext node) => axis.Length <= 1 && Array.TrueForAll(axis, atom => atom.Means(role) || atom.IsOne)
        ? axis
        : throw node.Refuse($"expected {(role == AxisRole.Steps ? "the steps" : "the batch")} as one axis of the input, got an axis that means something else.");

    private RecurrentShape ShapeOf(FlowValue x, int directions, NodeContext node)
    {
        if (x.Axes.Length != 3) throw node.Refuse($"expected an input of 3 axes, got {x.Axes.Length}.");
        ConstantValue w = Constant(1, node)!, r = Constant(2, node)!;
        if (w.Shape.Length != 3 || r.Shape.Length != 3) throw node.Refuse("expected weights of 3 axes.");
        long hidden = r.Shape[2], inputs = w.Shape[2];
        Sizes.Matrix([Math.Min(hidden, int.MaxValue) * Gates, inputs], node);
        Sizes.Matrix([hidden * Gates, hidden], node);
        Require(w, [directions, Gates * hidden, inputs], node);
        Require(r, [directions, Gates * hidden, hidden], node);
        if (node.Whole("hidden_size", hidden) != hidden) throw node.Refuse($"expected a hidden size of {hidden}, as the weights have, got {node.Whole("hidden_size", hidden)}.");
        ConstantValue? bias = Constant(3, node);
        if (bias is not null) Require(bias, [directions, 2 * Gates * hidden], node);
        ConstantValue? peepholes = HasCell ? Constant(7, node) : null;
        if (peepholes is not null) Require(peepholes, [directions, 3 * hidden], node);
        node.Importer.Claim(w.Count + r.Count + (bias?.Count ?? 0) + (peepholes?.Count ?? 0), node);
        Sizes.RequireFeaturesLast(x, (int)inputs, node);
        return new RecurrentShape((int)inputs, (int)hidden, directions, w, r, bias, peepholes, 0, default);
    }

    private static void Require(ConstantValue value, long[] shape, NodeContext node)
    {
        if (!value.Shape.AsSpan().SequenceEqual(shape)) throw node.Refuse($"expected weights or biases of shape {Serialization.ErrorText.Shape(shape)}, got {Serialization.ErrorText.Shape(value.Shape)}.");
    }

    private static ConstantValue? Constant(int input, NodeContext node)
    {
        if (!node.Has(input)) return input > 2 ? null : throw node.Refuse($"expected an input {input}, got none.");
        return node.Importer.ConstantOf(node.Input(input), node) is { IsWhole: false } constant ? constant : throw node.Refuse($"expected constant weights and biases, got {node.Input(input).Kind}.");
    }
}

/// <summary>The sizes and tensors of a recurrent node.</summary>
internal sealed record RecurrentShape(int Inputs, int Hidden, int Directions, ConstantValue InputWeights, ConstantValue RecurrentWeights, ConstantValue? Bias, ConstantValue? Peepholes, int Direction, LengthSource Lengths);
