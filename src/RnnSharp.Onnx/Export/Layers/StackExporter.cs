using RnnSharp.Layers;

namespace RnnSharp.Onnx;

/// <summary>One layer after another.</summary>
internal sealed class StackExporter : OnnxLayerExporter
{
    protected internal override OnnxSequence? Export<T>(ILayer<T> layer, OnnxSequence input, OnnxLayerContext<T> context)
    {
        if (layer is not LayerStack<T> stack) return null;
        OnnxSequence x = input;
        for (int i = 0; i < stack.Layers.Count; i++) x = context.ExportPart(i, x);
        return x;
    }
}
