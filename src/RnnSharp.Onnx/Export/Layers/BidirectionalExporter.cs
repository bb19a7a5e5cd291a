using System.Numerics;
using RnnSharp.Layers;

namespace RnnSharp.Onnx;

/// <summary>Two layers in opposite directions: one recurrent operator if both are of the same kind, or each by itself.</summary>
internal sealed class BidirectionalExporter : OnnxLayerExporter
{
    protected internal override OnnxSequence? Export<T>(ILayer<T> layer, OnnxSequence input, OnnxLayerContext<T> context)
    {
        if (layer is not BidirectionalLayer<T> both) return null;
        OnnxExportOptions options = context.Model.Options;
        if (RecurrentNode<T>.Of(both.ForwardLayer, input, options) is { } first && RecurrentNode<T>.Of(both.BackwardLayer, input, options) is { } second && first.Joins(second))
        {
            string[][] state = [context.StateOf(0), context.StateOf(1)];
            string output = first.Write(context.Graph, context.Path, input, second, isReverse: false, state);
            context.SetFinalStateOf(0, state[0]);
            context.SetFinalStateOf(1, state[1]);
            return RecurrentNode<T>.Joined(input, Merged(both, output, context));
        }

        OnnxSequence straight = context.ExportPart(0, input), backward = ReverseExporter.ExportPart(1, input, context);
        return straight with { Values = Merged(both.Merge, straight.Values, backward.Values, context), HasPadding = straight.HasPadding || backward.HasPadding };
    }

    /// <summary>Merges the directions of an operator's output, [steps, direction, batch, units].</summary>
    private static string Merged<T>(BidirectionalLayer<T> layer, string output, OnnxLayerContext<T> context)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (layer.Merge == BidirectionalMerge.Concatenate)
        {
            string byExample = context.Add("Transpose", [output], OnnxAttribute.Of("perm", [0L, 2, 1, 3]));
            return context.Add("Reshape", [byExample, context.Whole(0, 0, layer.OutputSize)]);
        }

        IReadOnlyList<string> directions = context.AddMany("Split", [output, context.Whole(1, 1)], 2, OnnxAttribute.Of("axis", 1));
        string axis = context.Whole(1);
        return Merged(layer.Merge, context.Add("Squeeze", [directions[0], axis]), context.Add("Squeeze", [directions[1], axis]), context);
    }

    private static string Merged<T>(BidirectionalMerge merge, string straight, string backward, OnnxLayerContext<T> context)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => merge switch
        {
            BidirectionalMerge.Concatenate => context.Add("Concat", [straight, backward], OnnxAttribute.Of("axis", 2)),
            BidirectionalMerge.Sum => context.Add("Add", [straight, backward]),
            BidirectionalMerge.Multiply => context.Add("Mul", [straight, backward]),
            _ => context.Add("Mul", [context.Add("Add", [straight, backward]), context.Number(T.CreateChecked(0.5))]),
        };
}
