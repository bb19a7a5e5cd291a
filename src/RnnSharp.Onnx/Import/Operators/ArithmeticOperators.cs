using RnnSharp.Layers;

namespace RnnSharp.Onnx.Import;

/// <summary>
/// Add: a bias of the dense layer or normalization before it, a residual connection, the ε of a normalization, or a sum of sizes.
/// </summary>
internal sealed class AddOperator : IOperator
{
    public string Name => "Add";

    public void Import(NodeContext node)
    {
        GraphValue left = node.Input(0), right = node.Input(1);
        if (Arithmetic.Sizes(left, right, node, (a, b) => a + b) is { } sizes)
        {
            node.Set(0, sizes);
            return;
        }

        (GraphValue value, GraphValue other) = left is ConstantValue or FillValue ? (right, left) : (left, right);
        if (value is NormalizationValue { Stage: NormalizationStage.Variance } variance && Arithmetic.Scalar(other, node) is > 0 and var epsilon)
            node.Set(0, new NormalizationValue(variance.Point, variance.Axes, NormalizationStage.Regularized, epsilon));
        else if (node.Importer.FlowOf(value, node) is not { } flow)
            throw node.Refuse($"a sum of {value.Kind} and {other.Kind} is not imported.");
        else if (other is ConstantValue or FillValue)
            node.Set(0, Biased(flow, other, node));
        else
            node.Set(0, Residual(flow, node.Importer.FlowOf(other, node) ?? throw node.Refuse($"a sum of {value.Kind} and {other.Kind} is not imported."), node));
    }

    private static FlowValue Biased(FlowValue flow, GraphValue other, NodeContext node)
    {
        int size = Sizes.Features(flow.Point, node);
        if (Axes.Holds(flow.Axes[^1], flow.Point.Features) && Dense.Bias(other, size, node) is { } bias && flow.Point.Input is { } input)
        {
            if (flow.Point.Plan is DensePlan { Bias: null } dense) return new FlowValue(node.Importer.Then(input, dense.With(bias), flow.Point.Features), flow.Axes);
            if (flow.Point.Plan is NormalizationPlan { Bias: null } norm && bias.Count == size) return new FlowValue(node.Importer.Then(input, norm.With(norm.Gain, bias), flow.Point.Features), flow.Axes);
        }

        throw node.Refuse("a constant is added that is not the bias of a dense layer or a normalization.");
    }

    /// <summary>The sum of the input and the output of layers, or of two directions over the same input.</summary>
    private static FlowValue Residual(FlowValue left, FlowValue right, NodeContext node)
    {
        (FlowValue deep, FlowValue shallow) = left.Point.Depth >= right.Point.Depth ? (left, right) : (right, left);
        if (Sizes.Features(deep.Point, node) != FeaturesOf(shallow, deep, node) || !Arithmetic.HaveSameAxes(left, right)) throw node.Refuse("expected a sum of layers' outputs with the same axes.");
        if (deep.Point.Plus(shallow.Point) is { } sum) return new FlowValue(node.Importer.Counted(sum), shallow.Axes);
        return Arithmetic.Merged(left, right, BidirectionalMerge.Sum, node);
    }

    private static int FeaturesOf(FlowValue shallow, FlowValue deep, NodeContext node)
    {
        if (shallow.Point.Features is [{ Size: null } open]) open.Size = Sizes.Features(deep.Point, node);
        return Sizes.Features(shallow.Point, node);
    }
}

/// <summary>Sub: x minus its mean, in a normalization, or a difference of sizes.</summary>
internal sealed class SubOperator : IOperator
{
    public string Name => "Sub";

    public void Import(NodeContext node)
    {
        GraphValue left = node.Input(0), right = node.Input(1);
        if (Arithmetic.Sizes(left, right, node, (a, b) => a - b) is { } sizes) node.Set(0, sizes);
        else if (right is NormalizationValue { Stage: NormalizationStage.Mean } mean && node.Importer.FlowOf(left, node) is { } flow && ReferenceEquals(flow.Point, mean.Point) && Arithmetic.SameAxes(flow.Axes, mean.Axes))
            node.Set(0, new NormalizationValue(flow.Point, flow.Axes, NormalizationStage.Centered));
        else throw node.Refuse($"the difference of {left.Kind} and {right.Kind} is not imported; only that of a normalization is.");
    }
}

/// <summary>Mul: the gain of a normalization, a square in one, or a product of sizes.</summary>
internal sealed class MulOperator : IOperator
{
    public string Name => "Mul";

    public void Import(NodeContext node)
    {
        GraphValue left = node.Input(0), right = node.Input(1);
        if (Arithmetic.Sizes(left, right, node, (a, b) => a * b) is { } sizes)
        {
            node.Set(0, sizes);
            return;
        }

        if (left is NormalizationValue { Stage: NormalizationStage.Centered } centered && ReferenceEquals(left, right))
        {
            node.Set(0, new NormalizationValue(centered.Point, centered.Axes, NormalizationStage.Squared));
            return;
        }

        (GraphValue value, GraphValue other) = left is ConstantValue or FillValue ? (right, left) : (left, right);
        if (value is FlowValue { Point: { Plan: NormalizationPlan { Gain: null, Bias: null } norm, Input: { } input } } flow && Axes.Holds(flow.Axes[^1], flow.Point.Features) && Dense.Bias(other, norm.Size, node) is { } gain && gain.Count == norm.Size)
        {
            node.Set(0, new FlowValue(node.Importer.Then(input, norm.With(gain, null), flow.Point.Features), flow.Axes));
            return;
        }

        if (left is FlowValue first && right is FlowValue second && Sizes.Features(first.Point, node) == Sizes.Features(second.Point, node) && Arithmetic.HaveSameAxes(first, second)) node.Set(0, Arithmetic.Merged(first, second, BidirectionalMerge.Multiply, node));
        else throw node.Refuse($"the product of {left.Kind} and {right.Kind} is not imported; only the gain of a normalization and the product of two directions are.");
    }
}

/// <summary>Div: the last step of a normalization, or a quotient of sizes.</summary>
internal sealed class DivOperator : IOperator
{
    public string Name => "Div";

    public void Import(NodeContext node)
    {
        GraphValue left = node.Input(0), right = node.Input(1);
        if (Arithmetic.Sizes(left, right, node, (a, b) => b > 0 && a >= 0 ? a / b : null) is { } sizes)
        {
            node.Set(0, sizes);
            return;
        }

        if (left is not NormalizationValue { Stage: NormalizationStage.Centered } centered || right is not NormalizationValue { Stage: NormalizationStage.Deviation } deviation || !ReferenceEquals(centered.Point, deviation.Point) || !Arithmetic.SameAxes(centered.Axes, deviation.Axes))
            throw node.Refuse($"the quotient of {left.Kind} and {right.Kind} is not imported; only that of a normalization is.");
        var plan = new NormalizationPlan { Node = node.Description, Size = Sizes.Features(centered.Point, node), Epsilon = Normalization.Epsilon(deviation.Epsilon, node) };
        node.Importer.Claim(2L * plan.Size, node);
        node.Set(0, new FlowValue(node.Importer.Then(centered.Point, plan, centered.Point.Features), centered.Axes));
    }
}

/// <summary>Pow: the square in a normalization.</summary>
internal sealed class PowOperator : IOperator
{
    public string Name => "Pow";

    public void Import(NodeContext node)
    {
        GraphValue left = node.Input(0), right = node.Input(1);
        if (left is not NormalizationValue { Stage: NormalizationStage.Centered } centered || Arithmetic.Scalar(right, node) != 2) throw node.Refuse($"a power of {left.Kind} is not imported; only the square in a normalization is.");
        node.Set(0, new NormalizationValue(centered.Point, centered.Axes, NormalizationStage.Squared));
    }
}

/// <summary>Sqrt: the root in a normalization.</summary>
internal sealed class SqrtOperator : IOperator
{
    public string Name => "Sqrt";

    public void Import(NodeContext node)
    {
        if (node.Input(0) is not NormalizationValue { Stage: NormalizationStage.Regularized } value) throw node.Refuse($"a root of {node.Input(0).Kind} is not imported; only that in a normalization is.");
        node.Set(0, new NormalizationValue(value.Point, value.Axes, NormalizationStage.Deviation, value.Epsilon));
    }
}

/// <summary>What the operators of arithmetic share.</summary>
internal static class Arithmetic
{
    /// <summary>Computes with sizes element by element; null if a value holds none, or they are open.</summary>
    public static SizesValue? Sizes(GraphValue left, GraphValue right, NodeContext node, Func<long, long, long?> compute)
    {
        if (node.Importer.SizesOf(left) is not { } first || node.Importer.SizesOf(right) is not { } second) return null;
        int count = Math.Max(first.Items.Length, second.Items.Length);
        if (count == 0 || (first.Items.Length != count && first.Items.Length != 1) || (second.Items.Length != count && second.Items.Length != 1)) return null;
        var items = new Extent[count];
        for (int i = 0; i < count; i++)
        {
            Extent a = first.Items[first.Items.Length == 1 ? 0 : i], b = second.Items[second.Items.Length == 1 ? 0 : i];
            const long Largest = int.MaxValue;
            if (a.IsKnown && b.IsKnown && Math.Abs(a.Factor) <= Largest && Math.Abs(b.Factor) <= Largest && compute(a.Factor, b.Factor) is { } known) items[i] = Extent.Of(known);
            else return null;
        }

        return new SizesValue(items, first.IsSingle && second.IsSingle);
    }

    /// <summary>Whether two flows have the same axes, the last being each one's features.</summary>
    public static bool HaveSameAxes(FlowValue left, FlowValue right)
    {
        bool fits = !left.IsReversed && !right.IsReversed && left.Axes.Length == right.Axes.Length && Axes.Holds(left.Axes[^1], left.Point.Features) && Axes.Holds(right.Axes[^1], right.Point.Features);
        for (int i = 0; fits && i < left.Axes.Length - 1; i++) fits = Axes.Holds(left.Axes[i], right.Axes[i]);
        return fits;
    }

    /// <summary>The merged outputs of two directions of as many features.</summary>
    public static FlowValue Merged(FlowValue left, FlowValue right, BidirectionalMerge merge, NodeContext node)
    {
        Point merged = left.Point.Join(right.Point, left.Point.Features, merge) ?? throw node.Refuse("expected two directions over the same input, or the input and the output of layers.");
        return new FlowValue(node.Importer.Counted(merged), left.Axes);
    }

    /// <summary>The only number of a constant; null if it is no constant or has more.</summary>
    public static double? Scalar(GraphValue value, NodeContext node) => value switch
    {
        ConstantValue { Count: 1 } constant => constant.Numbers(node.Budget)[0],
        FillValue fill when Array.TrueForAll(fill.Shape, size => size is { IsKnown: true, Factor: 1 }) => fill.Value,
        _ => null,
    };

    /// <summary>Whether axes but the last are the same, and the last of the second has size 1.</summary>
    public static bool SameAxes(Atom[][] axes, Atom[][] reduced)
    {
        if (axes.Length != reduced.Length || reduced[^1].Length != 0) return false;
        for (int i = 0; i < axes.Length - 1; i++)
        {
            if (!Axes.Holds(axes[i], reduced[i])) return false;
        }

        return true;
    }
}
