using RnnSharp.Layers;

namespace RnnSharp.Onnx.Import;

/// <summary>LayerNormalization over the features.</summary>
internal sealed class LayerNormalizationOperator : IOperator
{
    public string Name => "LayerNormalization";

    public void Import(NodeContext node)
    {
        FlowValue x = node.Importer.FlowOf(node.Input(0), node) ?? throw node.Refuse($"expected the output of a layer as the first input, got {node.Input(0).Kind}.");
        if (node.Axis(node.Whole("axis", -1), x.Axes.Length) != x.Axes.Length - 1) throw node.Refuse("expected a normalization over the last axis, the features.");
        if (node.Whole("stash_type", 1) is not (1 or 11)) throw node.Refuse("expected a stash_type of FLOAT or DOUBLE.");
        ConstantValue gain = Row(1, node)!;
        ConstantValue? bias = node.Has(2) ? Row(2, node) : null;
        Sizes.RequireFeaturesLast(x, (int)Math.Min(gain.Count, int.MaxValue), node);
        if (bias is not null && bias.Count != gain.Count) throw node.Refuse($"expected a bias of {gain.Count} numbers, got {bias.Count}.");
        node.Importer.Claim(2 * gain.Count, node);
        var plan = new NormalizationPlan { Node = node.Description, Size = (int)gain.Count, Epsilon = Normalization.Epsilon(node.Number("epsilon", 1e-5f), node), Gain = gain, Bias = bias };
        node.Set(0, new FlowValue(node.Importer.Then(x.Point, plan, x.Point.Features), x.Axes));
    }

    private static ConstantValue Row(int input, NodeContext node) => node.Importer.ConstantOf(node.Input(input), node) is { IsWhole: false, Shape.Length: 1 } row
        ? row
        : throw node.Refuse($"expected a constant number for each feature, got {node.Input(input).Kind}.");
}

/// <summary>What the operators of normalizations share.</summary>
internal static class Normalization
{
    /// <summary>An ε that the library's layer takes. A float is read as the shortest decimal number that it stands for, 1e-05 for 9.99999974738e-06.</summary>
    public static double Epsilon(double epsilon, NodeContext node) => (float)epsilon > 0 && float.IsFinite((float)epsilon) ? Decimal.Shortest(epsilon) : throw node.Refuse($"expected an epsilon above 0, got {epsilon}.");
}

/// <summary>ReduceMean and ReduceMax: pooling over the steps, or the means of a normalization.</summary>
internal sealed class ReduceOperator(string name, Pooling kind) : IOperator
{
    public string Name => name;

    public void Import(NodeContext node)
    {
        bool keeps = node.Whole("keepdims", 1) != 0;
        node.Whole("noop_with_empty_axes", 0);
        GraphValue value = node.Input(0);
        Atom[][] axes = value switch { TensorValue tensor => tensor.Axes, NormalizationValue part => part.Axes, _ => throw node.Refuse($"a reduction of {value.Kind} is not imported.") };
        long[] given = node.Positions("axes", 1) ?? throw node.Refuse("expected axes, got none.");
        if (given.Length != 1) throw node.Refuse("a reduction of several axes is not imported.");
        int axis = node.Axis(given[0], axes.Length);
        if (kind == Pooling.Mean && axis == axes.Length - 1 && keeps && Mean(value, axes, node) is { } mean)
        {
            node.Set(0, mean);
            return;
        }

        FlowValue x = node.Importer.FlowOf(value, node) ?? throw node.Refuse($"a reduction of {value.Kind} is not imported.");
        Atom[][] without = [.. axes[..axis], .. keeps ? (Atom[][])[[]] : [], .. axes[(axis + 1)..]];
        node.Set(0, OverSteps(x, axes[axis], without, kind, node));
    }

    /// <summary>Pools a flow over an axis that must be the steps.</summary>
    public static FlowValue OverSteps(FlowValue x, Atom[] axis, Atom[][] without, Pooling kind, NodeContext node)
    {
        if (axis.Length != 1 || x.Point.Features.Contains(axis[0]) || !axis[0].Means(AxisRole.Steps)) throw node.Refuse("expected a reduction of the steps.");
        var plan = new PoolingPlan(kind, Sizes.Features(x.Point, node), reads: true) { Node = node.Description };
        return new FlowValue(node.Importer.Then(x.Point, plan, x.Point.Features), without);
    }

    private static NormalizationValue? Mean(GraphValue value, Atom[][] axes, NodeContext node)
    {
        Atom[][] reduced = [.. axes[..^1], []];
        if (value is NormalizationValue { Stage: NormalizationStage.Squared } squared) return new NormalizationValue(squared.Point, reduced, NormalizationStage.Variance);
        return node.Importer.FlowOf(value, node) is { } flow && Axes.Holds(axes[^1], flow.Point.Features) && flow.Point.Features.Length > 0 ? new NormalizationValue(flow.Point, reduced, NormalizationStage.Mean) : null;
    }
}

/// <summary>GlobalAveragePool and GlobalMaxPool: pooling over the last axis, which must be the steps.</summary>
internal sealed class GlobalPoolOperator(string name, Pooling kind) : IOperator
{
    public string Name => name;

    public void Import(NodeContext node)
    {
        if (node.Input(0) is not FlowValue { Axes.Length: 3 } x) throw node.Refuse($"expected the output of a layer with 3 axes, got {node.Input(0).Kind}.");
        node.Set(0, ReduceOperator.OverSteps(x, x.Axes[2], [.. x.Axes[..2], []], kind, node));
    }
}

/// <summary>MaxPool and AveragePool over all steps of a sequence of known length, as PyTorch writes adaptive pooling to one step.</summary>
internal sealed class WholePoolOperator(string name, Pooling kind) : IOperator
{
    public string Name => name;

    public void Import(NodeContext node)
    {
        if (node.Input(0) is not FlowValue { Axes: [_, _, [{ Size: { } steps }] last] } x) throw node.Refuse($"expected the output of a layer with 3 axes, the last of known size, got {node.Input(0).Kind}.");
        bool isWhole = node.Wholes("kernel_shape") is [var kernel] && kernel == steps && node.Wholes("dilations")?.TrueForAll(dilation => dilation == 1) != false && node.Wholes("pads")?.TrueForAll(pad => pad == 0) != false;
        node.Wholes("strides");
        node.Whole("ceil_mode", 0);
        node.Whole("count_include_pad", 0);
        node.Whole("storage_order", 0);
        if (!isWhole) throw node.Refuse("expected a window over all steps.");
        node.Set(0, ReduceOperator.OverSteps(x, last, [.. x.Axes[..2], []], kind, node));
    }
}

/// <summary>Softmax and LogSoftmax, which no layer computes: a final one is left out on request.</summary>
internal sealed class SoftmaxOperator(string name) : IOperator
{
    public string Name => name;

    public void Import(NodeContext node)
    {
        if (node.Input(0) is not FlowValue x) throw node.Refuse($"expected the output of a layer, got {node.Input(0).Kind}.");
        int axis = node.Axis(node.Whole("axis", node.Importer.OperatorSet < 13 ? 1 : -1), x.Axes.Length);
        if (axis != x.Axes.Length - 1 || !Axes.Holds(x.Axes[^1], x.Point.Features)) throw node.Refuse("expected the features as the last axis.");
        if (!node.Importer.Options.DropFinalSoftmax) throw node.Refuse($"no layer computes it. Set {nameof(OnnxImportOptions.DropFinalSoftmax)} to import the model without it.");
        node.Set(0, new DroppedSoftmaxValue(x));
    }
}
