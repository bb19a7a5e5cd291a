using RnnSharp;
using RnnSharp.Extensions.Tests;
using RnnSharp.Onnx;

namespace ReadmeExamples;

internal static class UserLayer
{
    public static void Run(ILayer<float> model)
    {
        // <readme>
        OnnxFile.Export(model, "model.onnx", new() { Exporters = OnnxLayerExporters.BuiltIn.Add(new HighwayExporter()) });

        // </readme>
    }
}

// <types>
internal sealed class HighwayExporter : OnnxLayerExporter
{
    protected internal override OnnxSequence? Export<T>(ILayer<T> layer, OnnxSequence input, OnnxLayerContext<T> context)
    {
        if (layer is not HighwayLayer<T>) return null;
        string transformed = context.ExportPart(0, input).Values, gate = context.Add("Sigmoid", [context.ExportPart(1, input).Values]);
        string difference = context.Add("Sub", [transformed, input.Values]);
        return input.With(context.Add("Add", [input.Values, context.Add("Mul", [gate, difference])]));
    }
}

// </types>
