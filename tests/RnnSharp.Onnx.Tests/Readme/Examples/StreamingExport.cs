using Microsoft.ML.OnnxRuntime;
using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Onnx;
using RnnSharp.Recurrent;
using RnnSharp.Training;

namespace ReadmeExamples;

internal static class StreamingExport
{
    public static (LayerStack<float> Model, List<float> Forecasts) Run(float[] wave)
    {
        var forecasts = new List<float>();

        // <readme>
        var model = new LayerStack<float>(new LstmLayer<float>(1, 32, seed: 1), new DenseLayer<float>(32, 1, seed: 2));
        var trainer = new Trainer<float>(model, new Adam<float>(0.005), new MeanSquaredError<float>(), new() { MaxEpochs = 10 });
        trainer.Fit(new WindowBatches<float>(Series<float>.FromValues(wave), length: 40));
        OnnxFile.Export(model, "wave.onnx");

        using var session = new InferenceSession("wave.onnx");
        float[] x = new float[1], h = new float[32], c = new float[32];
        OrtValue[] inputs = [OrtValue.CreateTensorValueFromMemory(x, [1, 1, 1]), OrtValue.CreateTensorValueFromMemory(h, [1, 32]), OrtValue.CreateTensorValueFromMemory(c, [1, 32])];
        foreach (float value in wave)
        {
            x[0] = value; // one step, from the state that the last call returned
            using var results = session.Run(new RunOptions(), ["input", "0.h", "0.c"], inputs, ["output", "0.h.final", "0.c.final"]);
            forecasts.Add(results[0].GetTensorDataAsSpan<float>()[0]);
            results[1].GetTensorDataAsSpan<float>().CopyTo(h);
            results[2].GetTensorDataAsSpan<float>().CopyTo(c);
        }

        // </readme>
        return (model, forecasts);
    }
}
