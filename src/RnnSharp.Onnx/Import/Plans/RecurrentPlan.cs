using System.Numerics;
using RnnSharp.Recurrent;

namespace RnnSharp.Onnx.Import;

/// <summary>
/// One direction of a recurrent node. The weights are those of the node; each kind of layer names its blocks of rows in the order of
/// ONNX's.
/// </summary>
internal abstract class RecurrentPlan : LayerPlan
{
    /// <summary>The sizes and tensors of the node, and the direction.</summary>
    public required RecurrentShape Shape { get; init; }

    /// <summary>The position of the direction in the node's tensors.</summary>
    public int Direction => Shape.Direction;

    public int Inputs => Shape.Inputs;

    public int Hidden => Shape.Hidden;

    /// <summary>Directions × gates·hidden × inputs.</summary>
    public ConstantValue InputWeights => Shape.InputWeights;

    /// <summary>Directions × gates·hidden × hidden.</summary>
    public ConstantValue RecurrentWeights => Shape.RecurrentWeights;

    /// <summary>Directions × 2·gates·hidden, the input side before the recurrent one; null without biases.</summary>
    public ConstantValue? Bias => Shape.Bias;

    /// <summary>Where the lengths of the examples come from.</summary>
    public LengthSource Lengths => Shape.Lengths;

    /// <summary>The state before the first step: h, and c if the layer has one.</summary>
    public InitialState?[] Initial { get; } = new InitialState?[2];

    public override IEnumerable<ConstantValue?> Constants => [InputWeights, RecurrentWeights, Bias, Initial[0]?.Constant, Initial[1]?.Constant];

    /// <summary>Gates of ONNX's tensors.</summary>
    protected abstract int Gates { get; }

    /// <summary>The gates of ONNX's tensors in the order of the layer's rows.</summary>
    protected abstract ReadOnlySpan<int> Order { get; }

    public sealed override ILayer<T> Create<T>(LayerBuilder<T> builder)
    {
        RecurrentBias bias = BiasKind();
        RecurrentLayer<T> layer = CreateLayer<T>(bias);
        layer.InputWeights.Update((builder, this), static (values, from) => from.Item2.Write(from.builder, from.Item2.InputWeights, from.Item2.Inputs, values));
        layer.RecurrentWeights.Update((builder, this), static (values, from) => from.Item2.Write(from.builder, from.Item2.RecurrentWeights, from.Item2.Hidden, values));
        if (bias == RecurrentBias.Separate)
        {
            WriteBias(builder, layer.InputBias!, 0);
            WriteBias(builder, layer.HiddenBias!, Gates);
        }
        else if (bias == RecurrentBias.Merged)
        {
            WriteBias(builder, layer.Bias, MergedBlock);
            WriteCandidateBias(builder, layer);
        }

        WriteFurther(builder, layer);
        return layer;
    }

    /// <summary>Creates the layer, with arbitrary parameters.</summary>
    protected abstract RecurrentLayer<T> CreateLayer<T>(RecurrentBias bias)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>Which biases the layer needs so that their sums are the node's, bit for bit.</summary>
    protected virtual RecurrentBias BiasKind() => Bias is null ? RecurrentBias.None : IsZero(Gates, Gates) || IsZero(0, Gates) ? RecurrentBias.Merged : RecurrentBias.Separate;

    /// <summary>The first block of the bias that a merged one is read from; the other side is zero.</summary>
    protected virtual int MergedBlock => IsZero(0, Gates) ? Gates : 0;

    /// <summary>Writes the recurrent bias of a candidate that has its own.</summary>
    protected virtual void WriteCandidateBias<T>(LayerBuilder<T> builder, RecurrentLayer<T> layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
    }

    /// <summary>Writes parameters besides weights and biases.</summary>
    protected virtual void WriteFurther<T>(LayerBuilder<T> builder, RecurrentLayer<T> layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
    }

    /// <summary>Whether blocks of the bias are zero.</summary>
    protected bool IsZero(int firstBlock, int blocks) => Bias!.IsAll(0, (Direction * 2L * Gates + firstBlock) * Hidden, (long)blocks * Hidden);

    /// <summary>Reads a block of the bias.</summary>
    protected void ReadBias<T>(LayerBuilder<T> builder, int block, Span<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => builder.Read(Bias!, (Direction * 2L * Gates + block) * Hidden, target[..Hidden]);

    private void WriteBias<T>(LayerBuilder<T> builder, Parameter<T> target, int firstBlock)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => target.Update((builder, this, firstBlock), static (values, from) =>
        {
            RecurrentPlan plan = from.Item2;
            for (int i = 0; i < plan.Order.Length; i++) plan.ReadBias(from.builder, from.firstBlock + plan.Order[i], values[(i * plan.Hidden)..]);
        });

    private void Write<T>(LayerBuilder<T> builder, ConstantValue weights, int columns, Span<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = Order.Length * Hidden;
        for (int i = 0; i < Order.Length; i++)
            builder.Rows(weights, ((long)Direction * Gates + Order[i]) * Hidden * columns, Hidden, columns, target, i * Hidden, rows);
    }
}

/// <summary>Where the lengths of the examples of a recurrent node come from: nowhere, an input of the graph, or a constant.</summary>
/// <param name="Port">The input.</param>
/// <param name="Constant">The constant.</param>
internal readonly record struct LengthSource(ImportedPort? Port, ConstantValue? Constant);

/// <summary>The state before the first step of a direction of a recurrent node, where it is not zero.</summary>
/// <param name="Port">The input of the graph that gives it.</param>
/// <param name="Index">The position of the direction in that input.</param>
/// <param name="Constant">Or a constant, [batch or 1][unit] from <paramref name="First"/> on with a distance of <paramref name="Stride"/>.</param>
/// <param name="Batch">Examples that the constant has.</param>
/// <param name="First">The first value of the constant.</param>
/// <param name="Stride">Values between an example and the next.</param>
internal sealed record InitialState(ImportedPort? Port, int Index, ConstantValue? Constant = null, int Batch = 1, long First = 0, long Stride = 0);
