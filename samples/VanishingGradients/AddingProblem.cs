using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Training;

namespace VanishingGradients;

/// <summary>
/// The adding problem (Hochreiter and Schmidhuber 1997): a series of random numbers, one of which is marked in each half; after the last step, the layer is to
/// output the sum of the two. Whoever remembers nothing says 1, the mean of the sums, and has an MSE of 1/6.
/// </summary>
internal static class AddingProblem
{
    public const double Baseline = 1 / 6.0;

    private const int BatchSize = 32, StepsPerPoint = 100;

    /// <summary>Trains a layer, and measures it on new series as it learns.</summary>
    /// <returns>The MSE after every hundred training steps.</returns>
    public static double[] Learn(RecurrentLayer<float> layer, int length, int steps, int seed)
    {
        var model = new LayerStack<float>(layer, new PoolingLayer<float>(layer.OutputSize, Pooling.Last), new DenseLayer<float>(layer.OutputSize, 1, seed));
        var random = new FastRandom((ulong)seed + 1);
        var test = new ExampleBatches<float>([.. Enumerable.Range(0, 500).Select(_ => Draw(random, length))], new() { BatchSize = 100, Shuffle = false });
        var training = new GeneratedBatches<float>(drawn => Draw(drawn, length), BatchSize, StepsPerPoint, (ulong)seed);
        var trainer = new Trainer<float>(model, new Adam<float>(0.003), new MeanSquaredError<float>(), new() { MaxSteps = steps, MaxGradientNorm = 1 });
        trainer.Fit(training, test);
        return [.. trainer.History.Records.Select(record => record.ValidationLoss)];
    }

    public static int StepsOf(int point) => (point + 1) * StepsPerPoint;

    private static Example<float> Draw(FastRandom random, int length)
    {
        var input = new float[2 * length];
        for (int t = 0; t < length; t++) input[2 * t] = random.NextSingle();
        int first = random.Next(length / 2), second = length / 2 + random.Next(length - length / 2);
        input[2 * first + 1] = input[2 * second + 1] = 1;
        return new(Series<float>.FromValues(input, features: 2), Series<float>.FromValues(new[] { input[2 * first] + input[2 * second] }));
    }
}
