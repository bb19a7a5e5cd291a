using System.Numerics;
using RnnSharp.Layers;

namespace RnnSharp.Onnx;

/// <summary>A layer that runs backward in time: a recurrent operator in its reverse direction, or any layer between two reversals.</summary>
internal sealed class ReverseExporter : OnnxLayerExporter
{
    /// <summary>Exports a part backward in time; its output is in the input's order.</summary>
    public static OnnxSequence ExportPart<T>(int part, OnnxSequence input, OnnxLayerContext<T> context)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (RecurrentNode<T>.Of(context.Layer.Parts[part].Layer, input, context.Model.Options) is { } node)
        {
            string path = context.PathOf(part);
            string[][] state = [context.StateOf(part)];
            string output = node.Write(context.Graph, path, input, backward: null, isReverse: true, state);
            context.SetFinalStateOf(part, state[0]);
            return RecurrentNode<T>.Joined(input, context.Graph.Add(path, "Squeeze", [output, context.Whole(1)]));
        }

        OnnxSequence reversed = SequenceNodes.Reverse(context.Graph, context.Path, input);
        return SequenceNodes.Reverse(context.Graph, context.Path, context.ExportPart(part, reversed));
    }

    protected internal override OnnxSequence? Export<T>(ILayer<T> layer, OnnxSequence input, OnnxLayerContext<T> context) =>
        layer is ReverseLayer<T> ? ExportPart(0, input, context) : null;
}
