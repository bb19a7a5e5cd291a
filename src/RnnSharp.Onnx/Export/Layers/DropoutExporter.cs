using RnnSharp.Layers;

namespace RnnSharp.Onnx;

/// <summary>Nothing is dropped outside training.</summary>
internal sealed class DropoutExporter : OnnxLayerExporter
{
    protected internal override OnnxSequence? Export<T>(ILayer<T> layer, OnnxSequence input, OnnxLayerContext<T> context)
    {
        if (layer is not DropoutLayer<T>) return null;
        context.RequireFeatures(input);
        return input;
    }
}
