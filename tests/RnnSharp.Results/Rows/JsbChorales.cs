using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Results.Files;
using RnnSharp.Training;

namespace RnnSharp.Results.Rows;

/// <summary>Bach's chorales: which of the 88 keys sound next.</summary>
internal static class JsbChorales
{
    private const int MaxEpochs = 150;

    public static ResultRow Lstm { get; } = new("jsb", "JSB chorales, LSTM")
    {
        Figures = [new Figure("test NLL per frame", "8.45") { Target = "8.35", Strictly = true }],
        Source = "Bai, Kolter and Koltun 2018, table 1 (LSTM 8.45, GRU 8.43, RNN 8.91, TCN 8.10)",
        Protocol = "Frame t + 1 from the frames up to t; the sum of the binary cross-entropy over 88 keys, mean over all frames, as in locuslab/TCN. About 300,000 weights. The weights of the best validation are tested.",
        Data = "jsb_chorales.json: {\"train\": [[[keys], …], …], \"validation\": …, \"test\": …}, the splits of JSB_Chorales.mat.",
        Run = Run,
    };

    private static void Run(RowRun run)
    {
        ChoraleFile chorales = ChoraleFile.Read(run.Data);
        var model = new ResidualLayer<float>(new LayerStack<float>(
            new DropoutLayer<float>(88, 0.1, run.Seed + 1),
            new LstmLayer<float>(88, 222, run.Seed + 2, new LstmOptions { RecurrentDropout = 0.5, LayerNormalization = true }),
            new DropoutLayer<float>(222, 0.4, run.Seed + 3, DropoutMask.WholeSequence),
            new DenseLayer<float>(222, 88, run.Seed + 4)));
        var training = new ExampleBatches<float>(chorales.Train, new() { BatchSize = 8, BucketBatches = 4, Seed = (ulong)run.Seed });
        long steps = MaxEpochs * training.BatchesPerEpoch!.Value;
        var trainer = new Trainer<float>(model, new AdamW<float>(weightDecay: 0.01), new BinaryCrossEntropy<float>(), new()
        {
            MaxEpochs = MaxEpochs,
            MaxGradientNorm = 1,
            Average = new WeightAverage<float>(model, decay: 0.998),
            Schedule = new WarmUpSchedule(steps / 50 + 1, new CosineSchedule(5e-3, steps, 5e-5)),
        });
        trainer = run.Fit(trainer, training, new ExampleBatches<float>(chorales.Validation, new() { BatchSize = 76, Shuffle = false }));
        run.Report("test NLL per frame", ChoraleFile.Keys * trainer.Evaluate(new ExampleBatches<float>(chorales.Test, new() { BatchSize = 77, Shuffle = false })).Loss.Value);
    }
}
