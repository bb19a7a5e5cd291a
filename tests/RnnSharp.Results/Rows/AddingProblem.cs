using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Training;

namespace RnnSharp.Results.Rows;

/// <summary>The adding problem (Hochreiter and Schmidhuber 1997): the sum of the two numbers, of a series of random ones, that are marked.</summary>
internal static class AddingProblem
{
    private const int Steps = 600;
    private const string Loss = "test MSE";

    public static ResultRow Lstm { get; } = Row("adding-lstm", "Adding problem, 600 steps, LSTM", "0.164", steps: 6000, seed => LongMemory.Lstm(2, 130, Steps, seed));

    public static ResultRow Gru { get; } = Row("adding-gru", "Adding problem, 600 steps, GRU", "5.3e-5", steps: 16_000, seed => new GruLayer<float>(2, 150, seed));

    private static ResultRow Row(string name, string title, string published, int steps, Func<int, RecurrentLayer<float>> layer) => new(name, title)
    {
        Figures = [new Figure(Loss, published)],
        Source = "Bai, Kolter and Koltun 2018, \"An empirical evaluation of generic convolutional and recurrent networks for sequence modeling\", table 1",
        Protocol = "Inputs: numbers uniform in [0, 1) and a mark at two of 600 steps; target: the sum of the marked ones after the last step; MSE of 1,000 test series. "
            + "About 70,000 weights, batches of 32, fresh examples in every batch where the paper repeats 50,000; Adam with gradients clipped to a norm of 1; the LSTM has the chrono initialization of Tallec and Ollivier 2018 for 600 steps. The weights of the best validation (1,000 other series) are tested.",
        Run = run => Run(run, layer(run.Seed), steps),
    };

    private static void Run(RowRun run, RecurrentLayer<float> layer, int steps)
    {
        var model = new LayerStack<float>(layer, new PoolingLayer<float>(layer.OutputSize, Pooling.Last), new DenseLayer<float>(layer.OutputSize, 1, run.Seed + 1));
        LongMemory.Run(run, model, new MeanSquaredError<float>(), Draw, steps, validationSeries: 1000, Loss);
    }

    internal static Example<float> Draw(FastRandom random)
    {
        var input = new float[2 * Steps];
        for (int t = 0; t < Steps; t++) input[2 * t] = random.NextSingle();
        int first = random.Next(Steps), second = (first + 1 + random.Next(Steps - 1)) % Steps;
        input[2 * first + 1] = input[2 * second + 1] = 1;
        return new(Series<float>.FromValues(input, features: 2), Series<float>.FromValues(new[] { input[2 * first] + input[2 * second] }));
    }
}
