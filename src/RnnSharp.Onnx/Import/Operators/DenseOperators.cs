namespace RnnSharp.Onnx.Import;

/// <summary>Gemm: a dense layer with a bias, on two axes.</summary>
internal sealed class GemmOperator : IOperator
{
    public string Name => "Gemm";

    public void Import(NodeContext node)
    {
        FlowValue x = node.Importer.FlowOf(node.Input(0), node) ?? throw node.Refuse($"expected the output of a layer as the first input, got {node.Input(0).Kind}.");
        if (x.Axes.Length != 2 || node.Whole("transA", 0) != 0) throw node.Refuse("expected a first input of 2 axes that is not transposed.");
        bool isTransposed = node.Whole("transB", 0) == 0;
        float scale = node.Number("alpha", 1), biasScale = node.Number("beta", 1);
        if (!float.IsFinite(scale) || !float.IsFinite(biasScale)) throw node.Refuse("expected finite factors.");
        ConstantValue weights = Dense.Weights(node.Input(1), node, ref isTransposed);
        ConstantValue? bias = null;
        if (node.Has(2) && biasScale != 0) bias = Dense.Bias(node.Input(2), weights.Shape[isTransposed ? 1 : 0], node) ?? throw node.Refuse($"expected a constant bias for each output, got {node.Input(2).Kind}.");
        node.Set(0, Dense.After(x, new DensePlan { Node = node.Description, Weights = weights, IsTransposed = isTransposed, Bias = bias, Scale = scale, BiasScale = biasScale }, node));
    }
}

/// <summary>MatMul: a dense layer without a bias, on any number of axes.</summary>
internal sealed class MatMulOperator : IOperator
{
    public string Name => "MatMul";

    public void Import(NodeContext node)
    {
        FlowValue x = node.Importer.FlowOf(node.Input(0), node) ?? throw node.Refuse($"expected the output of a layer as the first input, got {node.Input(0).Kind}.");
        bool isTransposed = true;
        ConstantValue weights = Dense.Weights(node.Input(1), node, ref isTransposed);
        node.Set(0, Dense.After(x, new DensePlan { Node = node.Description, Weights = weights, IsTransposed = isTransposed }, node));
    }
}

/// <summary>What the operators of dense layers share.</summary>
internal static class Dense
{
    /// <summary>The constant weights of a node.</summary>
    /// <param name="value">The node's input.</param>
    /// <param name="node">The node.</param>
    /// <param name="isTransposed">Whether they are inputs × outputs; changed if the result has its axes exchanged.</param>
    public static ConstantValue Weights(GraphValue value, NodeContext node, ref bool isTransposed)
    {
        if (value is TransposedValue transposed)
        {
            isTransposed = !isTransposed;
            value = transposed.Constant;
        }

        if (node.Importer.ConstantOf(value, node) is not { IsWhole: false } weights) throw node.Refuse($"expected constant weights, got {value.Kind}.");
        Sizes.Matrix(weights.Shape, node);
        return weights;
    }

    /// <summary>A bias that is added to each of a number of outputs; null if the value is none.</summary>
    public static ConstantValue? Bias(GraphValue value, long outputs, NodeContext node)
    {
        if (value is not (ConstantValue or FillValue) || node.Importer.ConstantOf(value, node) is not { IsWhole: false } bias) return null;
        bool isRow = bias.Shape.Length == 0 || (bias.Count == bias.Shape[^1] && (bias.Count == outputs || bias.Count == 1));
        return isRow && bias.Count > 0 && bias.Shape.Length <= 3 ? bias : null;
    }

    public static FlowValue After(FlowValue x, DensePlan plan, NodeContext node)
    {
        Sizes.RequireFeaturesLast(x, plan.Inputs, node);
        node.Importer.Claim(plan.Weights.Count + plan.Outputs, node);
        Atom[] features = [new Atom(AxisRole.Features, plan.Outputs)];
        return new FlowValue(node.Importer.Then(x.Point, plan, features), [.. x.Axes[..^1], features]);
    }
}
