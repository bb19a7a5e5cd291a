using RnnSharp.Layers;

namespace RnnSharp.Onnx;

/// <summary>y = x + f(x).</summary>
internal sealed class ResidualExporter : OnnxLayerExporter
{
    protected internal override OnnxSequence? Export<T>(ILayer<T> layer, OnnxSequence input, OnnxLayerContext<T> context)
    {
        if (layer is not ResidualLayer<T>) return null;
        string x = context.RequireFeatures(input);
        OnnxSequence inner = context.ExportPart(0, input);
        return inner with { Values = context.Add("Add", [x, inner.Values]), HasPadding = input.HasPadding || inner.HasPadding };
    }
}
