using RnnSharp.Layers;

namespace RnnSharp.Onnx;

/// <summary>Layer normalization over the features.</summary>
internal sealed class LayerNormalizationExporter : OnnxLayerExporter
{
    protected internal override OnnxSequence? Export<T>(ILayer<T> layer, OnnxSequence input, OnnxLayerContext<T> context)
    {
        if (layer is not LayerNormalizationLayer<T> normalization) return null;
        string[] inputs = [context.RequireFeatures(input), context.Vector(normalization.Gain), context.Vector(normalization.Bias)];
        return input.With(context.Add("LayerNormalization", inputs, OnnxAttribute.Of("axis", -1), OnnxAttribute.Of("epsilon", (float)normalization.Epsilon)));
    }
}
