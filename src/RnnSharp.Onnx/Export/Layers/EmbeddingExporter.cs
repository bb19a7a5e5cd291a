using RnnSharp.Layers;
using RnnSharp.Numerics;

namespace RnnSharp.Onnx;

/// <summary>The row of each token.</summary>
internal sealed class EmbeddingExporter : OnnxLayerExporter
{
    protected internal override OnnxSequence? Export<T>(ILayer<T> layer, OnnxSequence input, OnnxLayerContext<T> context)
    {
        if (layer is not EmbeddingLayer<T> embedding) return null;
        if (!input.IsTokens) throw Check.Shape("options", $"tokens as the input of {OnnxLayerContext<T>.Describe(layer, context.Path)}", "features");
        return input.With(SequenceNodes.Rows<T>(context.Graph, context.Path, context.Matrix(embedding.Weights), input.Values));
    }
}
