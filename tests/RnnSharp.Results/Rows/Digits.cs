using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Results.Files;
using RnnSharp.Training;

namespace RnnSharp.Results.Rows;

/// <summary>Handwritten digits as sequences of 784 pixels, row by row or in a random order.</summary>
internal static class Digits
{
    private const ulong PermutationSeed = 92;
    private const int Validation = 5000;
    private const int MaxEpochs = 12;

    public static ResultRow SequentialLstm { get; } = Row("digits-lstm", "Sequential digits, LSTM", "87.2", isPermuted: false, Lstm);

    public static ResultRow SequentialGru { get; } = Row("digits-gru", "Sequential digits, GRU", "96.2", isPermuted: false, Gru);

    public static ResultRow PermutedLstm { get; } = Row("permuted-digits-lstm", "Permuted digits, LSTM", "85.7", isPermuted: true, Lstm);

    public static ResultRow PermutedGru { get; } = Row("permuted-digits-gru", "Permuted digits, GRU", "87.3", isPermuted: true, Gru);

    private static ResultRow Row(string name, string title, string published, bool isPermuted, Func<int, RecurrentLayer<float>> layer) => new(name, title)
    {
        Figures = [new Figure("test accuracy, %", published) { HigherIsBetter = true }],
        Source = "Bai, Kolter and Koltun 2018, table 1",
        Protocol = "Images of 28 x 28 pixels, standardized, one pixel per step, row by row or all in one random order; the class after the last pixel. About 70,000 weights, batches of 64, Adam with gradients clipped to a norm of 1; the LSTM has the chrono initialization of Tallec and Ollivier 2018 for 784 steps. "
            + "The weights of the best validation, on the last 5,000 of the 60,000 training images, are tested on all 10,000 test images.",
        Data = "A folder with the four files of the MNIST database (train-images-idx3-ubyte and so on), plain or .gz.",
        Run = run => Run(run, isPermuted, layer(run.Seed)),
    };

    private static void Run(RowRun run, bool isPermuted, RecurrentLayer<float> layer)
    {
        int[] order = [.. Enumerable.Range(0, DigitFolder.Pixels)];
        if (isPermuted) new FastRandom(PermutationSeed).Shuffle(order);
        Example<float>[] images = DigitFolder.Read(run.Data, "train", order);
        var training = new ExampleBatches<float>(images[..^run.Count(Validation)], new() { BatchSize = 64, Seed = (ulong)run.Seed });
        var model = new LayerStack<float>(layer, new PoolingLayer<float>(layer.OutputSize, Pooling.Last), new DenseLayer<float>(layer.OutputSize, DigitFolder.Classes, run.Seed + 1));
        var trainer = new Trainer<float>(model, new Adam<float>(), new SoftmaxCrossEntropy<float>(), new()
        {
            MaxEpochs = MaxEpochs,
            MaxGradientNorm = 1,
            Metrics = [new Accuracy<float>()],
            Schedule = new CosineSchedule(2e-3, MaxEpochs * training.BatchesPerEpoch!.Value, 1e-5),
        });
        trainer = run.Fit(trainer, training, new ExampleBatches<float>(images[^run.Count(Validation)..], new() { BatchSize = 100, Shuffle = false }));
        Example<float>[] test = DigitFolder.Read(run.Data, "t10k", order, run.Count(int.MaxValue));
        run.Report("test accuracy, %", 100 * trainer.Evaluate(new ExampleBatches<float>(test, new() { BatchSize = 100, Shuffle = false })).Metrics["accuracy"]);
    }

    private static LstmLayer<float> Lstm(int seed) => LongMemory.Lstm(1, 130, DigitFolder.Pixels, seed);

    private static GruLayer<float> Gru(int seed) => new(1, 150, seed);
}
