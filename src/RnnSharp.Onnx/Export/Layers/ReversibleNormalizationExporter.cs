using RnnSharp.Layers;

namespace RnnSharp.Onnx;

/// <summary>The normalization over each example's own steps, the inner layer, and the way back.</summary>
internal sealed class ReversibleNormalizationExporter : OnnxLayerExporter
{
    protected internal override OnnxSequence? Export<T>(ILayer<T> layer, OnnxSequence input, OnnxLayerContext<T> context)
    {
        if (layer is not ReversibleNormalizationLayer<T> reversible) return null;
        string x = context.RequireFeatures(input), mean = Mean(x);
        string distance = context.Add("Sub", [x, mean]);
        string scale = context.Add("Sqrt", [context.Add("Add", [Mean(context.Add("Mul", [distance, distance])), context.Number(T.CreateChecked(reversible.Epsilon))])]);
        string center = reversible.SubtractsLast ? PoolingExporter.Pool(Pooling.Last, input, context) : mean;
        string normalized = context.Add("Div", [context.Add("Sub", [x, center]), scale]);
        if (reversible.Weight is not { } weight || reversible.Bias is not { } bias)
        {
            OnnxSequence plain = context.ExportPart(0, input.With(normalized));
            return plain with { Values = Restored(plain.Values), HasPadding = plain.Lengths is not null };
        }

        OnnxSequence output = context.ExportPart(0, input.With(context.Add("Add", [context.Add("Mul", [normalized, context.Vector(weight)]), context.Vector(bias)])));
        string divisor = context.Add("Add", [context.Vector(weight), context.Number(T.CreateChecked(reversible.Epsilon * reversible.Epsilon))]);
        string unscaled = context.Add("Div", [context.Add("Sub", [output.Values, context.Vector(bias)]), divisor]);
        return output with { Values = Restored(unscaled), HasPadding = output.Lengths is not null };

        string Mean(string values) => PoolingExporter.Pool(Pooling.Mean, input with { Values = values }, context);

        string Restored(string values) => context.Add("Add", [context.Add("Mul", [values, scale]), center]);
    }
}
