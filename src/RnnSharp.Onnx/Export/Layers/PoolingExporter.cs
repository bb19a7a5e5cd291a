using System.Numerics;
using RnnSharp.Layers;

namespace RnnSharp.Onnx;

/// <summary>The last step, the mean or the maximum of each example's own steps; zeros for an example without steps.</summary>
internal sealed class PoolingExporter : OnnxLayerExporter
{
    protected internal override OnnxSequence? Export<T>(ILayer<T> layer, OnnxSequence input, OnnxLayerContext<T> context)
    {
        if (layer is not PoolingLayer<T> pooling) return null;
        context.RequireFeatures(input);
        return new OnnxSequence(Pool(pooling.Kind, input, context), Lengths: null, IsTokens: false, HasPadding: false);
    }

    /// <summary>One step of features, [1, batch, features].</summary>
    public static string Pool<T>(Pooling kind, OnnxSequence input, OnnxLayerContext<T> context)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        input.Lengths is { } lengths ? OwnSteps(kind, input, lengths, context) : AllSteps(kind, input.Values, context);

    private static string AllSteps<T>(Pooling kind, string x, OnnxLayerContext<T> context)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => kind switch
        {
            Pooling.Last => context.Add("Gather", [x, context.Whole(-1)], OnnxAttribute.Of("axis", 0)),
            Pooling.Mean => context.Add("ReduceMean", [x], OnnxAttribute.Of("axes", [0L])),
            _ => context.Add("ReduceMax", [x], OnnxAttribute.Of("axes", [0L])),
        };

    private static string OwnSteps<T>(Pooling kind, OnnxSequence input, string lengths, OnnxLayerContext<T> context)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        string zero = context.Number(T.Zero), mask = context.Mask(input)!;
        if (kind == Pooling.Mean)
        {
            string sum = context.Add("ReduceSum", [context.Add("Where", [mask, input.Values, zero]), context.Whole(0)]);
            string count = context.Add("Cast", [lengths], OnnxAttribute.Of("to", (long)GraphBuilder.TypeOf<T>()));
            string atLeastOne = context.Add("Max", [count, context.Number(T.One)]);
            return context.Add("Div", [sum, context.Add("Unsqueeze", [atLeastOne, context.Whole(1)])]);
        }

        string empty = SequenceNodes.IsEmpty(context.Graph, lengths);
        string values = kind == Pooling.Last
            ? LastSteps(input, lengths, context)
            : context.Add("ReduceMax", [context.Add("Where", [mask, input.Values, context.Number(T.NegativeInfinity)])], OnnxAttribute.Of("axes", [0L]));
        return context.Add("Where", [empty, zero, values]);
    }

    private static string LastSteps<T>(OnnxSequence input, string lengths, OnnxLayerContext<T> context)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        string last = context.Add("Max", [context.Add("Sub", [SequenceNodes.LongLengths(context.Graph, lengths), context.Whole(1)]), context.Whole(0)]);
        string batch = context.Add("Squeeze", [SequenceNodes.Batch(context.Graph, input.Values)]);
        string examples = context.Add("Range", [context.Graph.WholeScalar(0), batch, context.Graph.WholeScalar(1)]);
        string positions = context.Add("Concat", [context.Add("Unsqueeze", [last, context.Whole(1)]), context.Add("Unsqueeze", [examples, context.Whole(1)])], OnnxAttribute.Of("axis", 1));
        return context.Add("Unsqueeze", [context.Add("GatherND", [input.Values, positions]), context.Whole(0)]);
    }
}
