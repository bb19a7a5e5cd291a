using RnnSharp.Layers;

namespace RnnSharp.Onnx.Import;

/// <summary>
/// A place in the model between layers. From the output, the points lead back to the input: through a layer, or at a sum or a
/// concatenation along both ways to the point where they part.
/// </summary>
internal sealed class Point
{
    private Point(Point? input, Atom[] features, int depth)
    {
        Input = input;
        Features = features;
        Depth = depth;
    }

    /// <summary>The point before; null for the input of the model. For a sum or concatenation, the point where the two ways part.</summary>
    public Point? Input { get; }

    /// <summary>The layer between the point before and this one.</summary>
    public LayerPlan? Plan { get; private init; }

    /// <summary>The ends of the two ways of a sum or concatenation.</summary>
    public (Point First, Point Second)? Ways { get; private init; }

    /// <summary>How the outputs of two directions are merged; null for a residual connection.</summary>
    public BidirectionalMerge? Merge { get; private init; }

    /// <summary>The features, as atoms of the last axis.</summary>
    public Atom[] Features { get; }

    /// <summary>Points between this one and the input.</summary>
    public int Depth { get; }

    /// <summary>The input of the model.</summary>
    public static Point Root(Atom[] features) => new(null, features, 0);

    public Point Then(LayerPlan plan, Atom[] features) => new(this, features, Depth + 1) { Plan = plan };

    /// <summary>The sum of this point and another one that it was computed from; null if it was not.</summary>
    public Point? Plus(Point other)
    {
        (Point deep, Point shallow) = Depth >= other.Depth ? (this, other) : (other, this);
        return ReferenceEquals(deep.Before(shallow.Depth), shallow) && !ReferenceEquals(deep, shallow) ? new Point(shallow, shallow.Features, deep.Depth + 1) { Ways = (deep, shallow) } : null;
    }

    /// <summary>The merged outputs of this point and another one; null if one was computed from the other.</summary>
    public Point? Join(Point second, Atom[] features, BidirectionalMerge merge = BidirectionalMerge.Concatenate)
    {
        Point left = this, right = second;
        while (!ReferenceEquals(left, right))
        {
            if (left.Depth >= right.Depth && left.Input is not null) left = left.Input;
            else if (right.Input is not null) right = right.Input;
            else return null;
        }

        return ReferenceEquals(left, this) || ReferenceEquals(left, second) ? null : new Point(left, features, Math.Max(Depth, second.Depth) + 1) { Ways = (this, second), Merge = merge };
    }

    private Point Before(int depth)
    {
        Point point = this;
        while (point.Depth > depth && point.Input is not null) point = point.Input;
        return point;
    }
}
