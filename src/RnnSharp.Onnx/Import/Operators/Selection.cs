using RnnSharp.Layers;

namespace RnnSharp.Onnx.Import;

/// <summary>Chooses one position or a part of an axis of a tensor of the model: a step, a direction or states.</summary>
internal static class Selection
{
    /// <summary>One position of an axis.</summary>
    public static TensorValue Single(TensorValue tensor, int axis, long position, bool keepsAxis, NodeContext node)
    {
        Atom[][] without = [.. tensor.Axes[..axis], .. keepsAxis ? (Atom[][])[[]] : [], .. tensor.Axes[(axis + 1)..]];
        Atom[] atoms = tensor.Axes[axis];
        if (Array.TrueForAll(atoms, atom => atom.IsOne))
        {
            if (position is not (0 or -1)) throw node.Refuse($"expected the position 0 of an axis of size 1, got {position}.");
            return tensor.With(without);
        }

        if (atoms.Length != 1) throw node.Refuse("a position of an axis that was joined of several is not imported.");
        switch (tensor)
        {
            case StateValue state when ReferenceEquals(state.Along, atoms[0]):
                return StateFlows.Part(state, node.Axis(position, state.Pieces.Length), 1, without, null);
            case FlowValue { Point: { Merge: BidirectionalMerge.Concatenate, Ways: { } ways } } flow when flow.Point.Features.Length == 2 && ReferenceEquals(flow.Point.Features[0], atoms[0]):
                return new FlowValue(node.Axis(position, 2) == 0 ? ways.First : ways.Second, without, flow.IsReversed);
            case FlowValue flow when !flow.Point.Features.Contains(atoms[0]):
                return Step(flow, atoms[0], position, without, node);
            case PortValue port when port.Origin is null && !port.Port.IsWhole:
                return new PortValue(port.Port, without, Positive(position, atoms[0], node), atoms[0]);
            default:
                throw node.Refuse($"one position of {tensor.Kind} is not imported.");
        }
    }

    /// <summary>A run of positions of an axis.</summary>
    public static TensorValue Part(TensorValue tensor, int axis, long start, long end, long step, NodeContext node)
    {
        Atom[] atoms = tensor.Axes[axis];
        if (step == 1 && start == 0 && (end == long.MaxValue || (end > 0 && end >= int.MaxValue) || (Extent.Of(atoms) is { IsKnown: true } size && end >= size.Factor))) return tensor;
        if (step == -1) return Reversed(tensor, axis, start, end, node);
        if (step == 1 && start == -1 && end >= int.MaxValue) return Single(tensor, axis, -1, keepsAxis: true, node);
        if (tensor is FlowValue { Point: { Merge: BidirectionalMerge.Concatenate, Ways: { } ways, Features: [_, { Size: { } half }] features } } both && step == 1 && Axes.Holds(atoms, features) && (start, Math.Min(end, 2 * half)) is var range && (range == (0, half) || range == (half, 2 * half)))
            return new FlowValue(start == 0 ? ways.First : ways.Second, [.. both.Axes[..axis], [features[1]], .. both.Axes[(axis + 1)..]], both.IsReversed);
        if (step != 1 || atoms.Length != 1) throw node.Refuse($"this part of {tensor.Kind} is not imported.");
        Atom atom = atoms[0];
        if (start < 0 && atom.Size is { } known) start += known;
        if (end < 0 && atom.Size is { } total) end += total;
        if (start < 0 || end <= start) throw node.Refuse($"expected a part that is not empty, got {start} to {end}.");
        if (tensor is PortValue { Origin: null, Port.IsWhole: false } port)
        {
            if (atom.Size is { } limit) end = Math.Min(end, limit);
            if (start >= end) throw node.Refuse("expected a part that is not empty.");
            var part = new Atom(null, end - start);
            return new PortValue(port.Port, [.. port.Axes[..axis], [part], .. port.Axes[(axis + 1)..]], start, atom);
        }

        if (tensor is StateValue state && ReferenceEquals(state.Along, atom))
        {
            end = Math.Min(end, state.Pieces.Length);
            if (start >= end) throw node.Refuse("expected a part that is not empty.");
            Atom? along = end - start == 1 ? null : new Atom(AxisRole.Directions, end - start);
            return StateFlows.Part(state, (int)start, (int)(end - start), [.. state.Axes[..axis], along is null ? [] : [along], .. state.Axes[(axis + 1)..]], along);
        }

        if (end - start == 1) return Single(tensor, axis, atom.Size == end ? -1 : start, keepsAxis: true, node);
        throw node.Refuse($"a part of {tensor.Kind} is not imported.");
    }

    /// <summary>All steps in reverse order.</summary>
    private static FlowValue Reversed(TensorValue tensor, int axis, long start, long end, NodeContext node)
    {
        Atom[] atoms = tensor.Axes[axis];
        bool isWhole = atoms is [var atom] && (start == -1 || start >= int.MaxValue || start >= atom.Size - 1) && (end <= -int.MaxValue || end <= -atom.Size - 1);
        if (!isWhole || node.Importer.FlowOf(tensor, node, takesReversed: true) is not { } flow || flow.Point.Features.Contains(atoms[0]) || !atoms[0].Means(AxisRole.Steps)) throw node.Refuse($"this part of {tensor.Kind} is not imported.");
        return new FlowValue(flow.Point, flow.Axes, !flow.IsReversed);
    }

    private static long Positive(long position, Atom atom, NodeContext node) => position >= 0
        ? position
        : position + (atom.Size ?? throw node.Refuse("a position counted from the end of an open size is not imported."));

    /// <summary>The last step, or the first one of layers that run backward in time.</summary>
    private static FlowValue Step(FlowValue flow, Atom steps, long position, Atom[][] without, NodeContext node)
    {
        if (!steps.Means(AxisRole.Steps)) throw node.Refuse("one position of an axis other than the steps is not imported.");
        int size = Sizes.Features(flow.Point, node);
        if (position == steps.Size - 1) position = -1;
        if (flow.IsReversed && position is (0 or -1)) position = -1 - position;
        var pooling = new PoolingPlan(Pooling.Last, size, reads: true) { Node = node.Description };
        if (position == -1) return new FlowValue(node.Importer.Then(flow.Point, pooling, flow.Point.Features), without);
        if (position == 0 && flow.Point is { Plan: ReversePlan reverse, Input: { } input }) return new FlowValue(node.Importer.Then(input, new ReversePlan([.. reverse.Inner, pooling]) { Node = node.Description }, flow.Point.Features), without);
        throw node.Refuse($"the step {position} is not imported; only the last one is, and the first one of a layer that runs backward.");
    }
}
