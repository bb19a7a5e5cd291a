using Microsoft.ML.OnnxRuntime;
using RnnSharp.Onnx;

namespace ReadmeExamples;

internal static class RuntimeStream
{
    public static List<float> Run(RnnSharp.ILayer<float> model, float[] wave)
    {
        var forecasts = new List<float>();

        // <readme>
        OnnxFile.Export(model, "wave.onnx"); // the first model above
        using var session = new InferenceSession("wave.onnx");
        float[] x = new float[1], h = new float[32], c = new float[32];
        OrtValue[] inputs = [OrtValue.CreateTensorValueFromMemory(x, [1, 1, 1]), OrtValue.CreateTensorValueFromMemory(h, [1, 32]), OrtValue.CreateTensorValueFromMemory(c, [1, 32])];
        foreach (float value in wave)
        {
            x[0] = value;
            using var results = session.Run(new RunOptions(), ["input", "0.h", "0.c"], inputs, ["output", "0.h.final", "0.c.final"]);
            forecasts.Add(results[0].GetTensorDataAsSpan<float>()[0]);
            results[1].GetTensorDataAsSpan<float>().CopyTo(h); // the state for the next call
            results[2].GetTensorDataAsSpan<float>().CopyTo(c);
        }

        // </readme>
        return forecasts;
    }
}
