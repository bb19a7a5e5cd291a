using RnnSharp;
using RnnSharp.Onnx;
using RnnSharp.Serialization;

namespace ReadmeExamples;

internal static class TorchModel
{
    public static (OnnxModel<float> Imported, Sequence<float> Predicted) Run(float[,,] x, float[,,] y, float[,,] more)
    {
        // <readme>
        var probe = new ModelProbe<float>(Sequence<float>.FromBatchFirst(x), Sequence<float>.FromBatchFirst(y), tolerance: 1e-5);
        OnnxModel<float> imported = OnnxFile.Import("model.onnx", probe: probe);
        Sequence<float> predicted = imported.Model.Predict(Sequence<float>.FromBatchFirst(more));

        // </readme>
        return (imported, predicted);
    }
}
