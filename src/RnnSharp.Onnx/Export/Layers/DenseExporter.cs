using RnnSharp.Layers;

namespace RnnSharp.Onnx;

/// <summary>y = W x + b; for tokens, the columns of W.</summary>
internal sealed class DenseExporter : OnnxLayerExporter
{
    protected internal override OnnxSequence? Export<T>(ILayer<T> layer, OnnxSequence input, OnnxLayerContext<T> context)
    {
        if (layer is not DenseLayer<T> dense) return null;
        string weights = context.Transposed(dense.Weights);
        string products = input.IsTokens ? SequenceNodes.Rows<T>(context.Graph, context.Path, weights, input.Values) : context.Add("MatMul", [input.Values, weights]);
        return input.With(context.Add("Add", [products, context.Vector(dense.Bias)]));
    }
}
