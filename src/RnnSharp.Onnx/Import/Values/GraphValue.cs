namespace RnnSharp.Onnx.Import;

/// <summary>What is known of a value of the graph.</summary>
internal abstract class GraphValue
{
    /// <summary>What it is, for a message.</summary>
    public abstract string Kind { get; }
}

/// <summary>Sizes and positions: a list of whole numbers, some of them sizes that the file leaves open, or a single one.</summary>
internal sealed class SizesValue(Extent[] items, bool isSingle) : GraphValue
{
    public Extent[] Items { get; } = items;

    public bool IsSingle { get; } = isSingle;

    public override string Kind => "sizes";
}

/// <summary>A tensor whose values are all the same; its sizes may be open.</summary>
internal sealed class FillValue(double value, bool isWhole, Extent[] shape) : GraphValue
{
    public double Value { get; } = value;

    public bool IsWhole { get; } = isWhole;

    public Extent[] Shape { get; } = shape;

    public override string Kind => "a tensor of equal numbers";
}

/// <summary>A tensor that the model computes or is given, known by the meaning of its axes.</summary>
internal abstract class TensorValue(Atom[][] axes) : GraphValue
{
    public Atom[][] Axes { get; } = axes;

    /// <summary>The same values with other axes, in the same or another order.</summary>
    public abstract TensorValue With(Atom[][] axes);
}

/// <summary>An input of the graph that no node has given a meaning yet, or a part of it along one of its axes.</summary>
/// <param name="port">The input.</param>
/// <param name="axes">The axes.</param>
/// <param name="first">The first position of the part.</param>
/// <param name="origin">The atom of the input that it is a part of; null for the whole input.</param>
internal sealed class PortValue(ImportedPort port, Atom[][] axes, long first = 0, Atom? origin = null) : TensorValue(axes)
{
    public ImportedPort Port { get; } = port;

    public long First { get; } = first;

    public Atom? Origin { get; } = origin;

    public override string Kind => $"the input {Serialization.ErrorText.Quote(Port.Name)}";

    public override TensorValue With(Atom[][] axes) => new PortValue(Port, axes, First, Origin);
}

/// <summary>What flows through the layers at a point of the model.</summary>
/// <param name="point">The point.</param>
/// <param name="axes">The axes.</param>
/// <param name="isReversed">Whether the steps are in reverse order.</param>
internal sealed class FlowValue(Point point, Atom[][] axes, bool isReversed = false) : TensorValue(axes)
{
    public Point Point { get; } = point;

    public bool IsReversed { get; } = isReversed;

    public override string Kind => "the output of a layer";

    public override TensorValue With(Atom[][] axes) => new FlowValue(Point, axes, IsReversed);
}

/// <summary>Final states of recurrent layers, one or several along an axis.</summary>
/// <param name="pieces">The states.</param>
/// <param name="axes">The axes.</param>
/// <param name="along">The atom that the states are along; null if there is only one.</param>
internal sealed class StateValue(StatePiece[] pieces, Atom[][] axes, Atom? along) : TensorValue(axes)
{
    public StatePiece[] Pieces { get; } = pieces;

    public Atom? Along { get; } = along;

    public override string Kind => "a final state";

    public override TensorValue With(Atom[][] axes) => new StateValue(Pieces, axes, Along);
}

/// <summary>A final state of a recurrent layer.</summary>
/// <param name="Plan">The layer.</param>
/// <param name="Point">Its output.</param>
/// <param name="IsCell">c instead of h.</param>
internal readonly record struct StatePiece(RecurrentPlan Plan, Point Point, bool IsCell);

/// <summary>The model's output through a softmax that is left out on request. It can only be an output of the graph.</summary>
internal sealed class DroppedSoftmaxValue(FlowValue flow) : GraphValue
{
    public FlowValue Flow { get; } = flow;

    public override string Kind => "the output of a softmax that is left out";
}

/// <summary>A step of a layer normalization that is written as single operations.</summary>
/// <param name="point">What is normalized.</param>
/// <param name="axes">The axes, the last of size 1 for what is computed from all features.</param>
/// <param name="stage">How far the computation is.</param>
/// <param name="epsilon">What was added to the variance.</param>
internal sealed class NormalizationValue(Point point, Atom[][] axes, NormalizationStage stage, double epsilon = 0) : GraphValue
{
    public Point Point { get; } = point;

    public Atom[][] Axes { get; } = axes;

    public NormalizationStage Stage { get; } = stage;

    public double Epsilon { get; } = epsilon;

    public override string Kind => "a part of a layer normalization";
}

/// <summary>The steps of a layer normalization: x - mean, its square, the mean of that, plus ε, its root.</summary>
internal enum NormalizationStage
{
    Mean,
    Centered,
    Squared,
    Variance,
    Regularized,
    Deviation,
}

/// <summary>A constant that is repeated along axes where its own size is 1.</summary>
internal sealed class RepeatedValue(ConstantValue constant, Extent[] shape) : GraphValue
{
    public ConstantValue Constant { get; } = constant;

    public Extent[] Shape { get; } = shape;

    public override string Kind => "a repeated constant";
}

/// <summary>A matrix that is known with its axes exchanged. Weights are read from it as it is, so that it need not be copied.</summary>
internal sealed class TransposedValue(ConstantValue constant) : GraphValue
{
    public ConstantValue Constant { get; } = constant;

    public override string Kind => "a transposed constant";
}
