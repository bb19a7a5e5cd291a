using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Training;

namespace RnnSharp.Results.Rows;

/// <summary>Parity of bit strings, on strings that are much longer than those of the training.</summary>
internal static class Parity
{
    private const int LongestTrained = 40;
    private const int Tested = 500;
    private const int MaxSteps = 6000;

    public static ResultRow Lstm { get; } = new("parity", "Parity, trained to length 40 and tested at 500, LSTM")
    {
        Figures = [new Figure("correct at length 500, %", "100.0") { HigherIsBetter = true }],
        Source = "Delétang et al. 2023, \"Neural networks and the Chomsky hierarchy\" (LSTM)",
        Protocol = "Random bit strings of 1 to 40 bits, all lengths equally likely, one bit per step; the class after the last bit is the parity. 128 strings a step, Adam. 1,000 random strings of 500 bits are tested, with the weights of the best validation on strings of 1 to 40 bits.",
        Run = Run,
    };

    private static void Run(RowRun run)
    {
        var model = new LayerStack<float>(new LstmLayer<float>(2, 64, run.Seed), new PoolingLayer<float>(64, Pooling.Last), new DenseLayer<float>(64, 2, run.Seed + 1));
        var trainer = new Trainer<float>(model, new Adam<float>(), new SoftmaxCrossEntropy<float>(), new()
        {
            MaxSteps = MaxSteps,
            MaxGradientNorm = 1,
            Schedule = new CosineSchedule(3e-3, MaxSteps, 1e-5),
            Metrics = [new Accuracy<float>()],
        });
        static Example<float> Short(FastRandom random) => Draw(random, 1 + random.Next(LongestTrained));
        trainer = run.Fit(trainer, new GeneratedBatches<float>(Short, 128, batchesPerEpoch: 250, (ulong)run.Seed), run.Generate(Short, 1000, 1));
        run.Report("correct at length 500, %", 100 * trainer.Evaluate(run.Generate(random => Draw(random, Tested), 1000, 2)).Metrics["accuracy"]);
    }

    internal static Example<float> Draw(FastRandom random, int length)
    {
        var bits = new int[length];
        for (int t = 0; t < length; t++) bits[t] = random.Next(2);
        return new(Series<float>.FromTokens(bits, vocabulary: 2), Series<float>.FromLabel(bits.Sum() % 2, classes: 2));
    }
}
