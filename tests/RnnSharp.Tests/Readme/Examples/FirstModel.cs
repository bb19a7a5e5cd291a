using RnnSharp;
using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using RnnSharp.Training;

namespace ReadmeExamples;

internal static class FirstModel
{
    public static (LayerStack<float> Model, LayerStack<float> Loaded, FitResult Result, float[] Wave, float Forecast) Run()
    {
        // <readme>
        // Forecast: learn to predict the next value of a series from the values before it.
        float[] wave = [.. Enumerable.Range(0, 1300).Select(t => MathF.Sin(0.1f * t) * MathF.Cos(0.013f * t))];
        var training = new WindowBatches<float>(Series<float>.FromValues(wave.AsMemory(0, 1000)), length: 40);
        var validation = new WindowBatches<float>(Series<float>.FromValues(wave.AsMemory(1000, 200)), length: 40);

        var model = new LayerStack<float>(new LstmLayer<float>(inputSize: 1, hiddenSize: 32, seed: 1), new DenseLayer<float>(32, 1, seed: 2));
        var trainer = new Trainer<float>(model, new Adam<float>(learningRate: 0.005), new MeanSquaredError<float>(), new() { MaxEpochs = 20, Patience = 3, MaxGradientNorm = 1 });
        FitResult result = trainer.Fit(training, validation);
        Console.WriteLine($"validation error {result.BestLoss:F5}, best of {result.Epoch} epochs");

        // Save it as a safetensors file, load it, and continue the series one value at a time.
        ModelFile.Save(model, "wave.safetensors");
        var loaded = (LayerStack<float>)ModelFile.LoadStreaming<float>("wave.safetensors").Model;
        Stepper<float> stepper = loaded.CreateStepper();
        float[] value = [0];
        for (int t = 1100; t < 1230; t++)
        {
            if (t < 1200) value[0] = wave[t]; // from then on, its own predictions
            value[0] = stepper.Step(value)[0];
        }

        Console.WriteLine($"predicted {value[0]:F3}, true value {wave[1230]:F3}");

        // </readme>
        return (model, loaded, result, wave, value[0]);
    }
}
