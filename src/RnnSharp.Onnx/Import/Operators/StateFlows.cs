using RnnSharp.Layers;

namespace RnnSharp.Onnx.Import;

/// <summary>Final states that further layers read, and states one after another.</summary>
internal static class StateFlows
{
    private const int MostPieces = 4096;

    /// <summary>
    /// A final hidden state as the output of layers: the last step that the layer computes, which is the first of the sequence if it runs
    /// backward. Null if the states are not those of one node's directions.
    /// </summary>
    public static FlowValue? Of(StateValue state, NodeContext node) => Of(state, node.Importer, node.Description);

    public static FlowValue? Of(StateValue state, GraphImporter importer, string description)
    {
        StatePiece[] pieces = state.Pieces;
        if (Array.Exists(pieces, piece => piece.IsCell)) return null;
        if (pieces.Length == 1) return new FlowValue(Last(pieces[0], importer, description), state.Axes);
        bool areDirections = pieces.Length == 2 && pieces[0].Plan.Direction == 0 && pieces[1].Plan.Direction == 1 && ReferenceEquals(pieces[0].Plan.InputWeights, pieces[1].Plan.InputWeights) && ReferenceEquals(pieces[0].Point.Input, pieces[1].Point.Input);
        if (!areDirections) return null;
        Point joined = Last(pieces[0], importer, description).Join(Last(pieces[1], importer, description), [state.Along!, .. pieces[0].Point.Features])!;
        return new FlowValue(importer.Counted(joined), state.Axes);
    }

    /// <summary>Some of several states. The axes get the units of those, because layers of the same size have units of their own.</summary>
    public static StateValue Part(StateValue state, int first, int count, Atom[][] axes, Atom? along)
    {
        Atom[] before = state.Pieces[0].Point.Features, after = state.Pieces[first].Point.Features;
        return new StateValue(state.Pieces[first..(first + count)], Array.ConvertAll(axes, axis => Axes.Holds(axis, before) && axis.Length > 0 ? after : axis), along);
    }

    /// <summary>States one after another along an axis; null if the parts are no states or differ along another axis.</summary>
    public static StateValue? Concat(GraphValue[] parts, int axis)
    {
        var pieces = new List<StatePiece>();
        StateValue first = (StateValue)parts[0];
        foreach (GraphValue part in parts)
        {
            if (part is not StateValue state || state.Axes.Length != first.Axes.Length) return null;
            for (int i = 0; i < state.Axes.Length; i++)
            {
                bool fits = i == axis
                    ? state.Along is null ? state.Axes[i].Length == 0 : state.Axes[i] is [var along] && ReferenceEquals(along, state.Along)
                    : Axes.Holds(state.Axes[i], first.Axes[i]) || IsFeatures(state, i) && IsFeatures(first, i);
                if (!fits) return null;
            }

            if (pieces.Count + state.Pieces.Length > MostPieces) return null;
            pieces.AddRange(state.Pieces);
        }

        var joined = new Atom(AxisRole.Directions, pieces.Count);
        Atom[][] axes = [.. first.Axes];
        axes[axis] = [joined];
        return new StateValue([.. pieces], axes, joined);
    }

    // Layers of the same size have units of their own.
    private static bool IsFeatures(StateValue state, int axis) => Axes.Holds(state.Axes[axis], state.Pieces[0].Point.Features);

    private static Point Last(StatePiece piece, GraphImporter importer, string description)
    {
        int size = (int)Extent.Of(piece.Point.Features)!.Value.Factor;
        var pooling = new PoolingPlan(Pooling.Last, size, reads: false) { Node = description };
        return piece.Point is { Plan: ReversePlan reverse, Input: { } input }
            ? importer.Then(input, new ReversePlan([.. reverse.Inner, pooling]) { Node = description }, piece.Point.Features)
            : importer.Then(piece.Point, pooling, piece.Point.Features);
    }
}
