using RnnSharp.Layers;

namespace RnnSharp.Onnx.Import;

/// <summary>An <see cref="EmbeddingLayer{T}"/>.</summary>
internal sealed class EmbeddingPlan : LayerPlan
{
    /// <summary>Vocabulary × size.</summary>
    public required ConstantValue Weights { get; init; }

    public override IEnumerable<ConstantValue?> Constants => [Weights];

    public override ILayer<T> Create<T>(LayerBuilder<T> builder)
    {
        int rows = (int)Weights.Shape[0], columns = (int)Weights.Shape[1];
        var layer = new EmbeddingLayer<T>(rows, columns, seed: 0);
        layer.Weights.Update((builder, Weights), static (values, from) => from.builder.Rows(from.Weights, 0, (int)from.Weights.Shape[0], (int)from.Weights.Shape[1], values, 0, (int)from.Weights.Shape[0]));
        return layer;
    }
}

/// <summary>A <see cref="LayerNormalizationLayer{T}"/>.</summary>
internal sealed class NormalizationPlan : LayerPlan
{
    public required int Size { get; init; }

    public required double Epsilon { get; init; }

    /// <summary>A gain for each feature; null for ones.</summary>
    public ConstantValue? Gain { get; init; }

    /// <summary>A bias for each feature; null for zeros.</summary>
    public ConstantValue? Bias { get; init; }

    public override IEnumerable<ConstantValue?> Constants => [Gain, Bias];

    /// <summary>The same layer with a gain and a bias.</summary>
    public NormalizationPlan With(ConstantValue? gain, ConstantValue? bias) => new() { Node = Node, Size = Size, Epsilon = Epsilon, Gain = gain, Bias = bias };

    public override ILayer<T> Create<T>(LayerBuilder<T> builder)
    {
        var layer = new LayerNormalizationLayer<T>(Size, Epsilon);
        if (Gain is not null) builder.Copy(Gain, layer.Gain);
        if (Bias is not null) builder.Copy(Bias, layer.Bias);
        return layer;
    }
}

/// <summary>A <see cref="PoolingLayer{T}"/>.</summary>
/// <param name="kind">What the steps are reduced to.</param>
/// <param name="size">Features.</param>
/// <param name="reads">Whether the graph reads the steps of a tensor, padding included, and not the final state of a layer.</param>
internal sealed class PoolingPlan(Pooling kind, int size, bool reads) : LayerPlan
{
    public override bool NeedsFullLength => reads;

    public override ILayer<T> Create<T>(LayerBuilder<T> builder) => new PoolingLayer<T>(size, kind);
}

/// <summary>A <see cref="ReverseLayer{T}"/>: layers that run backward in time.</summary>
internal sealed class ReversePlan(IReadOnlyList<LayerPlan> inner) : LayerPlan
{
    public IReadOnlyList<LayerPlan> Inner { get; } = inner;

    public override IReadOnlyList<(string Prefix, IReadOnlyList<LayerPlan> Layers)> Parts => [("", Inner)];

    public override ILayer<T> Create<T>(LayerBuilder<T> builder) => new ReverseLayer<T>(builder.Stack(Inner));
}

/// <summary>A <see cref="ResidualLayer{T}"/>.</summary>
internal sealed class ResidualPlan(IReadOnlyList<LayerPlan> inner) : LayerPlan
{
    public override IReadOnlyList<(string Prefix, IReadOnlyList<LayerPlan> Layers)> Parts => [("0.", inner)];

    public override ILayer<T> Create<T>(LayerBuilder<T> builder) => new ResidualLayer<T>(builder.Stack(inner));
}

/// <summary>A <see cref="BidirectionalLayer{T}"/>.</summary>
internal sealed class BidirectionalPlan(IReadOnlyList<LayerPlan> forward, IReadOnlyList<LayerPlan> backward, BidirectionalMerge merge) : LayerPlan
{
    public override IReadOnlyList<(string Prefix, IReadOnlyList<LayerPlan> Layers)> Parts => [("forward.", forward), ("backward.", backward)];

    public override ILayer<T> Create<T>(LayerBuilder<T> builder) =>
        new BidirectionalLayer<T>(builder.Stack(forward), builder.Stack(backward), merge);
}
