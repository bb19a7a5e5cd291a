using RnnSharp.Serialization;

namespace RnnSharp.Onnx.Import;

/// <summary>The lengths and initial states of recurrent nodes.</summary>
internal static class RecurrentInputs
{
    private const int LengthsInput = 4;

    /// <summary>Where the lengths come from; nowhere if they are known to be those of the whole sequence.</summary>
    public static LengthSource Lengths(NodeContext node, Atom[] steps, Atom[] batch)
    {
        switch (node.Optional(LengthsInput))
        {
            case null:
                return default;
            case PortValue { Origin: null, Axes: [{ Length: 1 } axis] } port when port.Port.IsWhole && port.Port.UsedAs(PortUse.Lengths) && axis[0].Means(AxisRole.Batch):
                return new LengthSource(port.Port, null);
            case { } value when node.Importer.ConstantOf(value, node) is { IsWhole: true, Shape.Length: 1 } constant:
                long[] lengths = constant.Wholes(node.Budget);
                if (batch is [{ Size: { } examples }] && lengths.Length != examples) throw node.Refuse($"expected {examples} lengths, got {lengths.Length}.");
                if (Array.Exists(lengths, length => length < 0 || length > (steps is [{ Size: { } most }] ? most : int.MaxValue))) throw node.Refuse($"expected lengths of at most the steps of the input, got {string.Join(", ", lengths.Take(8))}.");
                return Array.TrueForAll(lengths, length => length == (steps.Length == 0 ? 1 : steps[0].Size)) ? default : new LengthSource(null, constant);
            case { } value:
                throw node.Refuse($"expected constant lengths or an input of the graph for them, got {value.Kind}.");
        }
    }

    /// <summary>The state before the first step of a direction; null if it is zero.</summary>
    public static InitialState? Initial(NodeContext node, int input, RecurrentShape shape, int direction, bool batchFirst)
    {
        switch (node.Optional(input))
        {
            case null or FillValue { Value: 0 }:
                return null;
            case FillValue fill:
                double[] same = new double[shape.Hidden];
                node.Budget.Charge(sizeof(double) * same.Length);
                Array.Fill(same, fill.Value);
                return new InitialState(null, 0, new ConstantValue(same, [1, shape.Hidden]));
            case ConstantValue { IsWhole: false, Shape.Length: 3 } constant:
                return Constant(constant, Extent.Of(constant.Shape[batchFirst ? 1 : 0]), node, shape, direction, batchFirst);
            case RepeatedValue { Constant: { IsWhole: false, Shape.Length: 3 } constant } repeated:
                return Constant(constant, repeated.Shape[batchFirst ? 1 : 0], node, shape, direction, batchFirst);
            case PortValue { Axes.Length: 3 } port when !port.Port.IsWhole:
                return Given(port, node, shape, direction, batchFirst);
            case { } value:
                throw node.Refuse($"expected an initial state that is a constant or an input of the graph, got {value.Kind}.");
        }
    }

    private static InitialState? Constant(ConstantValue constant, Extent along, NodeContext node, RecurrentShape shape, int direction, bool batchFirst)
    {
        long directions = constant.Shape[batchFirst ? 1 : 0], batch = constant.Shape[batchFirst ? 0 : 1];
        if (!along.Is(Extent.Of(shape.Directions)) || (directions != shape.Directions && directions != 1) || constant.Shape[2] != shape.Hidden || batch is < 1 or > int.MaxValue)
            throw node.Refuse($"expected an initial state of {shape.Directions} directions and {shape.Hidden} units, got {ErrorText.Shape(constant.Shape)}.");
        node.Importer.Claim(constant.Count / directions, node);
        if (constant.IsAll(0, 0, constant.Count)) return null;
        long own = directions == 1 ? 0 : direction;
        return batchFirst
            ? new InitialState(null, 0, constant, (int)batch, own * shape.Hidden, directions * shape.Hidden)
            : new InitialState(null, 0, constant, (int)batch, own * batch * shape.Hidden, shape.Hidden);
    }

    private static InitialState Given(PortValue port, NodeContext node, RecurrentShape shape, int direction, bool batchFirst)
    {
        Atom[] along = port.Axes[batchFirst ? 1 : 0], batch = port.Axes[batchFirst ? 0 : 1], units = port.Axes[2];
        bool fits = port.Port.UsedAs(PortUse.State) && along.Length <= 1 && batch.Length <= 1 && units.Length == 1;
        if (fits && along.Length == 1) along[0].Size ??= shape.Directions;
        fits = fits && (along.Length == 0 ? 1 : along[0].Size) == shape.Directions && (port.Origin ?? (along.Length == 1 ? along[0] : null))?.Means(AxisRole.Directions) != false;
        fits = fits && units[0].Means(AxisRole.Features) && (units[0].Size ??= shape.Hidden) == shape.Hidden && (batch.Length == 0 || batch[0].Means(AxisRole.Batch));
        if (!fits) throw node.Refuse($"expected an initial state of {shape.Directions} directions and {shape.Hidden} units, got {port.Kind}, whose axes have other meanings or sizes.");
        return new InitialState(port.Port, checked((int)Math.Min(port.First, int.MaxValue / 2)) + direction);
    }
}
