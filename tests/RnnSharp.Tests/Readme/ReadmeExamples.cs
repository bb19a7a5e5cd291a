using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using RnnSharp.Training;

namespace RnnSharp.Tests.Readme;

/// <summary>The README's examples, word for word between the markers, so that they compile and run.</summary>
internal static class ReadmeExamples
{
    public static (StreamingStack<float> Model, ForwardPass<float> Pass, Sequence<float> Next) Sine()
    {
        // <sine>
        // Learns to foretell the next value of a sine wave: 1 feature, 8 waves of different phase, 40 time steps.
        var x = new Sequence<float>(1, 8, 40);
        var next = new Sequence<float>(1, 8, 40);
        for (int wave = 0; wave < 8; wave++)
            for (int t = 0; t < 40; t++)
                (x[0, wave, t], next[0, wave, t]) = (MathF.Sin(0.3f * t + wave), MathF.Sin(0.3f * (t + 1) + wave));

        var model = new StreamingStack<float>(new LstmLayer<float>(1, 32, seed: 1), new DenseLayer<float>(32, 1, seed: 2));
        var adam = new Adam<float>(learningRate: 0.01);
        ForwardPass<float>? pass = null;
        Gradients<float>? gradients = null;
        var outputGradient = new Sequence<float>(1, 8, 40);
        for (int epoch = 0; epoch < 200; epoch++)
        {
            pass = model.Forward(x, reuse: pass);
            LossValue loss = MeanSquaredError.Compute(pass.Output, next, outputGradient);
            gradients = model.Backward(pass, outputGradient, inputGradient: false, reuse: gradients);
            GradientClipping.ByNorm(gradients, 1);
            adam.Step(model.Parameters, gradients);
            if (epoch % 50 == 49) Console.WriteLine($"epoch {epoch + 1}: mean squared error {loss.Mean:F5}");
        }

        // </sine>
        return (model, model.Forward(x), next);
    }

    public static float Stream(StreamingStack<float> model)
    {
        // <stream>
        State<float> state = model.CreateState(batch: 1);
        float[] value = [MathF.Sin(0.5f)];
        var prediction = new float[1];
        for (int t = 0; t < 100; t++)
        {
            model.Step(value, state, prediction); // allocates nothing
            value[0] = t < 50 ? MathF.Sin(0.3f * (t + 1) + 0.5f) : prediction[0]; // its own prediction from the 50th on
        }

        // </stream>
        return prediction[0];
    }

    public static (StreamingStack<float> Model, IReadOnlyDictionary<string, string> Metadata) Save(StreamingStack<float> model, string path)
    {
        // <save>
        ModelFile.Save(model, path, new Dictionary<string, string> { ["unit"] = "volt" });
        LoadedModel<float> loaded = ModelFile.Load<float>(path);
        var again = (StreamingStack<float>)loaded.Model;

        // </save>
        return (again, loaded.Metadata);
    }
}
