using System.Numerics;
using RnnSharp.Layers;

namespace RnnSharp.Onnx.Import;

/// <summary>A <see cref="DenseLayer{T}"/>: y = Scale·W x + BiasScale·b, the factors as Gemm has them.</summary>
internal sealed class DensePlan : LayerPlan
{
    public required ConstantValue Weights { get; init; }

    /// <summary>Whether the tensor is InputSize × OutputSize, as MatMul has it.</summary>
    public required bool IsTransposed { get; init; }

    /// <summary>A value for each output or one for all; null without a bias.</summary>
    public ConstantValue? Bias { get; init; }

    public override IEnumerable<ConstantValue?> Constants => [Weights, Bias];

    public float Scale { get; init; } = 1;

    public float BiasScale { get; init; } = 1;

    public int Inputs => (int)Weights.Shape[IsTransposed ? 0 : 1];

    public int Outputs => (int)Weights.Shape[IsTransposed ? 1 : 0];

    /// <summary>The same layer with a bias.</summary>
    public DensePlan With(ConstantValue bias) => new() { Node = Node, Weights = Weights, IsTransposed = IsTransposed, Scale = Scale, Bias = bias };

    public override ILayer<T> Create<T>(LayerBuilder<T> builder)
    {
        var layer = new DenseLayer<T>(Inputs, Outputs, seed: 0);
        layer.Weights.Update((builder, this), static (values, from) => from.Item2.WriteWeights(from.builder, values));
        layer.Bias.Update((builder, this), static (values, from) => from.Item2.WriteBias(from.builder, values));
        return layer;
    }

    private void WriteWeights<T>(LayerBuilder<T> builder, Span<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // InputSize × OutputSize row by row is OutputSize × InputSize column by column.
        if (IsTransposed) builder.Read(Weights, 0, values);
        else builder.Rows(Weights, 0, Outputs, Inputs, values, 0, Outputs);
        Multiply(values, Scale);
    }

    private void WriteBias<T>(LayerBuilder<T> builder, Span<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Bias is null)
        {
            values.Clear();
            return;
        }

        builder.Read(Bias, 0, values[..(int)Bias.Count]);
        if (Bias.Count == 1) values[1..].Fill(values[0]);
        Multiply(values, BiasScale);
    }

    private static void Multiply<T>(Span<T> values, float factor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (factor == 1) return;
        T scale = T.CreateTruncating(factor);
        for (int i = 0; i < values.Length; i++) values[i] *= scale;
    }
}
