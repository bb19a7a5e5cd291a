using RnnSharp;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using RnnSharp.Training;

namespace ReadmeExamples;

internal static class FirstModel
{
    public static (LayerStack<float> Model, LayerStack<float> Loaded, LossValue Loss, float Forecast) Run()
    {
        // <readme>
        // Learn to predict the next value of a sine wave: 1 feature, 8 waves of different phase, 40 time steps.
        var x = new Sequence<float>(features: 1, batch: 8, steps: 40);
        var next = new Sequence<float>(features: 1, batch: 8, steps: 40);
        for (int wave = 0; wave < 8; wave++)
        {
            for (int t = 0; t < 40; t++)
            {
                x[0, wave, t] = MathF.Sin(0.3f * t + wave);
                next[0, wave, t] = MathF.Sin(0.3f * (t + 1) + wave);
            }
        }

        var model = new LayerStack<float>(new LstmLayer<float>(inputSize: 1, hiddenSize: 32, seed: 1), new DenseLayer<float>(32, 1, seed: 2));
        var adam = new Adam<float>(learningRate: 0.01);
        var outputGradient = new Sequence<float>(1, 8, 40);
        ForwardPass<float>? pass = null;
        Gradients<float>? gradients = null;
        LossValue loss = default;
        for (int epoch = 1; epoch <= 200; epoch++)
        {
            pass = model.Forward(x, reuse: pass);
            loss = MeanSquaredError.Compute(pass.Output, next, outputGradient);
            gradients = model.Backward(pass, outputGradient, inputGradient: false, reuse: gradients);
            GradientClipping.ByNorm(gradients, 1);
            adam.Step(model.Parameters, gradients);
            if (epoch % 50 == 0) Console.WriteLine($"epoch {epoch}: mean squared error {loss.Value:F5}");
        }

        // Save it as a safetensors file, load it, and continue a wave one value at a time.
        ModelFile.Save(model, "sine.safetensors");
        var loaded = (LayerStack<float>)ModelFile.Load<float>("sine.safetensors").Model;
        Stepper<float> stepper = loaded.CreateStepper();
        float[] value = [0];
        for (int t = 0; t < 100; t++)
        {
            if (t < 50) value[0] = MathF.Sin(0.3f * t + 0.5f); // from step 50 on, its own predictions
            value[0] = stepper.Step(value)[0];
        }

        Console.WriteLine($"predicted {value[0]:F3}, true value {MathF.Sin(0.3f * 100 + 0.5f):F3}");

        // </readme>
        return (model, loaded, loss, value[0]);
    }
}
