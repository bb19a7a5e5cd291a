using RnnSharp.Layers;
using RnnSharp.Recurrent;

namespace RnnSharp.Serving.Tests;

/// <summary>Models, inputs and serial answers that the tests share.</summary>
internal static class Serving
{
    public const int Inputs = 3;
    public const int Outputs = 2;

    public static LayerStack<float> Model(int seed = 1, int units = 16) => new(
        new LstmLayer<float>(Inputs, units, seed: seed),
        new GruLayer<float>(units, units, seed: seed + 1),
        new DenseLayer<float>(units, Outputs, seed: seed + 2));

    /// <summary>Features of a step of a session that differ from all others.</summary>
    public static float[] Input(int session, int step) => [.. Enumerable.Range(0, Inputs).Select(i => MathF.Sin(1 + 0.7f * session + 1.3f * step + 2.1f * i))];

    /// <summary>The outputs of a session alone.</summary>
    public static float[][] Serial(ILayer<float> model, int session, int steps)
    {
        Stepper<float> stepper = model.CreateStepper();
        return [.. Enumerable.Range(0, steps).Select(step => stepper.Step(Input(session, step)).ToArray())];
    }

    /// <summary>Runs one step.</summary>
    public static async Task<float[]> StepAsync(this ModelServer<float> server, string id, float[] input, CancellationToken cancellation = default)
    {
        var output = new float[server.OutputSize];
        await server.StepAsync(id, input, output, cancellation: cancellation);
        return output;
    }

    /// <summary>Runs the steps of a session one after the other.</summary>
    public static async Task<float[][]> StepsAsync(this ModelServer<float> server, string id, int session, int from, int to)
    {
        var outputs = new float[to - from][];
        for (int step = from; step < to; step++) outputs[step - from] = await server.StepAsync(id, Input(session, step));
        return outputs;
    }

    /// <summary>Waits for something that another thread is about to do.</summary>
    public static async Task Until(Func<bool> condition)
    {
        while (!condition()) await Task.Delay(1);
    }
}
