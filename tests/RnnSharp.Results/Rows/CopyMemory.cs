using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Training;

namespace RnnSharp.Results.Rows;

/// <summary>The copy memory task: ten digits are repeated after a thousand blanks.</summary>
internal static class CopyMemory
{
    private const int Digits = 10;
    private const int Blanks = 1000;
    private const string Loss = "test loss";

    public static ResultRow Lstm { get; } = Row("copy-lstm", "Copy memory, 1,000 blanks, LSTM", "0.0204", seed => LongMemory.Lstm(1, 60, Blanks, seed));

    public static ResultRow Gru { get; } = Row("copy-gru", "Copy memory, 1,000 blanks, GRU", "0.0197", seed => new GruLayer<float>(1, 69, seed));

    private static ResultRow Row(string name, string title, string published, Func<int, RecurrentLayer<float>> layer) => new(name, title)
    {
        Figures = [new Figure(Loss, published)],
        Source = "Bai, Kolter and Koltun 2018, table 1",
        Protocol = "Input: 10 random digits of 1 to 8, 999 zeros and 11 nines, as numbers; target at each step: 0, and at the last 10 steps the digits. Mean softmax cross-entropy over all 1,020 steps of 1,000 test series; without memory it is 10 ln 8 / 1020 = 0.0204. "
            + "About 16,000 weights, batches of 32, fresh examples in every batch where the paper repeats 10,000; Adam with gradients clipped to a norm of 1; the LSTM has the chrono initialization of Tallec and Ollivier 2018 for 1,000 steps. The weights of the best validation (200 other series) are tested.",
        Run = run => Run(run, layer(run.Seed)),
    };

    private static void Run(RowRun run, RecurrentLayer<float> layer)
    {
        var model = new LayerStack<float>(layer, new DenseLayer<float>(layer.OutputSize, 10, run.Seed + 1));
        LongMemory.Run(run, model, new SoftmaxCrossEntropy<float>(), Draw, steps: 20_000, validationSeries: 200, Loss);
    }

    internal static Example<float> Draw(FastRandom random)
    {
        var input = new float[Blanks + 2 * Digits];
        var target = new int[input.Length];
        input.AsSpan(Digits + Blanks - 1).Fill(9);
        for (int i = 0; i < Digits; i++) input[i] = target[Digits + Blanks + i] = 1 + random.Next(8);
        return new(Series<float>.FromValues(input), Series<float>.FromTokens(target, vocabulary: 10));
    }
}
