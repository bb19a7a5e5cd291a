using System.Numerics;
using RnnSharp.Layers;

namespace RnnSharp.Onnx;

/// <summary>The encoder and the decoder as two recurrent nodes, the decoder over all positions and series as examples of one step.</summary>
internal sealed class SegRnnExporter : OnnxLayerExporter
{
    protected internal override OnnxSequence? Export<T>(ILayer<T> layer, OnnxSequence input, OnnxLayerContext<T> context)
    {
        if (layer is not SegRnnLayer<T> model) return null;
        long length = model.Options.SegmentLength, units = model.Options.HiddenSize, positions = model.Horizon / length;
        string zero = context.Number(T.Zero), x = context.RequireFeatures(input);

        // An example that is shorter than the lookback ends where the others do.
        if (input.Lengths is not null) x = Reversed(context, SequenceNodes.Reverse(context.Graph, context.Path, input).Values);
        string last = context.Add("Gather", [x, context.Whole(-1)], OnnxAttribute.Of("axis", 0)), values = context.Add("Sub", [x, last]);
        if (context.Mask(input) is { } mask) values = context.Add("Where", [Reversed(context, mask), values, zero]);
        string series = context.Add("Transpose", [context.Add("Reshape", [values, context.Whole(model.Lookback / length, length, -1)])], OnnxAttribute.Of("perm", [0L, 2, 1]));
        string embedded = context.Add("Relu", [Part(model.ValueEmbedding, "valueEmbedding.0", series)]);
        string start = context.Add("Expand", [zero, context.Add("Concat", [SequenceNodes.Batch(context.Graph, series), context.Whole(units)], OnnxAttribute.Of("axis", 0))]);
        OnnxLayerContext<T>.Export(context.Model, context.Graph, model.Recurrent, PathOf("encoder"), Plain(embedded), [start], out IReadOnlyList<string> hidden);

        // [positions, batch, columns, units], and the h of every series for each position.
        string embedding = Embedding(model, context, SequenceNodes.Batch(context.Graph, input.Values));
        string repeated = context.Add("Expand", [hidden[0], context.Whole(positions, 1, 1)]);
        OnnxSequence decoded = OnnxLayerContext<T>.Export(context.Model, context.Graph, model.Recurrent, PathOf("decoder"), Plain(context.Add("Reshape", [embedding, context.Whole(1, -1, units)])), [context.Add("Reshape", [repeated, context.Whole(-1, units)])], out _);
        string segments = Part(model.Prediction, "predict.1", context.Add("Reshape", [decoded.Values, context.Whole(positions, -1, units)]));
        string steps = context.Add("Reshape", [context.Add("Transpose", [segments], OnnxAttribute.Of("perm", [0L, 2, 1])), context.Whole(model.Horizon, -1, model.OutputSize)]);
        string output = context.Add("Add", [steps, last]);
        if (input.Lengths is { } lengths) output = context.Add("Where", [SequenceNodes.IsEmpty(context.Graph, lengths), zero, output]);
        return Plain(output);

        string Part(ILayer<T> part, string name, string given) => OnnxLayerContext<T>.Export(context.Model, context.Graph, part, PathOf(name), Plain(given), [], out _).Values;

        string PathOf(string name) => context.Path.Length == 0 ? name : $"{context.Path}.{name}";
    }

    private static OnnxSequence Plain(string values) => new(values, Lengths: null, IsTokens: false, HasPadding: false);

    private static string Reversed<T>(OnnxLayerContext<T> context, string values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        SequenceNodes.Reverse(context.Graph, context.Path, Plain(values)).Values;

    /// <summary>The decoder's input, [positions, batch, columns, units]: each position's row beside each column's.</summary>
    private static string Embedding<T>(SegRnnLayer<T> model, OnnxLayerContext<T> context, string batch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        string positions = context.Add("Unsqueeze", [context.Matrix(model.PositionEmbedding), context.Whole(1, 2)]);
        string one = Repeated(positions, model.PositionEmbedding.Columns);
        if (model.ColumnEmbedding is null) return one;
        string columns = Repeated(context.Add("Unsqueeze", [context.Matrix(model.ColumnEmbedding), context.Whole(0, 1)]), model.ColumnEmbedding.Columns);
        return context.Add("Concat", [one, columns], OnnxAttribute.Of("axis", 3));

        string Repeated(string values, int units)
        {
            string shape = context.Add("Concat", [context.Whole(model.PositionEmbedding.Rows), batch, context.Whole(model.InputSize), context.Whole(units)], OnnxAttribute.Of("axis", 0));
            return context.Add("Expand", [values, shape]);
        }
    }
}
