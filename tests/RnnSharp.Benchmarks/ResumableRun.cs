using System.Runtime.InteropServices;
using System.Security.Cryptography;
using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Training;

namespace RnnSharp.Benchmarks;

/// <summary>
/// <c>resumable FOLDER STEPS (stream|examples)</c>: trains with checkpoints in a folder, continuing from the last one, and prints the SHA-256 of the
/// final weights. kill_and_resume.sh kills it again and again, and compares.
/// </summary>
internal static class ResumableRun
{
    private const int Vocabulary = 40;
    private const int Boundary = Vocabulary - 1;

    public static void Run(string folder, long steps, bool streams, TextWriter output)
    {
        var random = new FastRandom(3);
        int[] text = new int[20_000];
        for (int i = 1; i < text.Length; i++) text[i] = (text[i - 1] * 3 + 1 + random.Next(4)) % Boundary;
        int[][] words = [.. Enumerable.Range(0, 900).Select(i => text.AsSpan(20 * i, 3 + i * 7 % 15).ToArray())];
        IBatchSource<float> source = streams
            ? new TokenStreamBatches<float>(text.AsMemory(0, 18_000), Vocabulary, batch: 8, window: 20, documents: [1000, 3333, 9000], randomOffset: true, seed: 9)
            : new NextTokenBatches<float>(words, Vocabulary, Boundary, new BatchOptions { BatchSize = 16, BucketBatches = 3, Seed = 4 }, wordDropout: 0.1);
        using PrefetchedBatches<float> training = source.Prefetch();
        var validation = new TokenStreamBatches<float>(text.AsMemory(18_000), Vocabulary, batch: 4, window: 50);
        var model = new LayerStack<float>(
            new LstmLayer<float>(Vocabulary, 96, seed: 1, new LstmOptions { RecurrentDropout = 0.2, HiddenZoneout = 0.1 }),
            new DropoutLayer<float>(96, 0.3, seed: 2),
            new LstmLayer<float>(96, 96, seed: 3),
            new DenseLayer<float>(96, Vocabulary, seed: 4));
        var trainer = new Trainer<float>(model, new Adam<float>(3e-3), new SoftmaxCrossEntropy<float>(), new()
        {
            MaxSteps = steps,
            Windows = streams ? 2 : 1,
            BatchesPerStep = 2,
            MaxGradientNorm = 1,
            ValidateEverySteps = 25,
            Schedule = new WarmUpSchedule(20, new CosineSchedule(3e-3, steps)),
            Average = new WeightAverage<float>(model, decay: 0.95),
            Checkpoints = new CheckpointOptions(folder) { EverySteps = 3 },
        });
        output.WriteLine(FormattableString.Invariant($"from step {(trainer.ResumeLatest() ? trainer.Step : 0)}"));
        output.Flush();
        trainer.Fit(training, validation);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Parameter<float> parameter in model.Parameters) hash.AppendData(MemoryMarshal.AsBytes(parameter.Values));
        output.WriteLine($"done {Convert.ToHexStringLower(hash.GetHashAndReset())} {Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Records(trainer))))}");
    }

    /// <summary>The history without its times.</summary>
    private static string Records(Trainer<float> trainer) => string.Join('\n', trainer.History.Records.Select(record => FormattableString.Invariant($"{record.Step} {record.Epoch} {record.TrainingLoss:R} {record.ValidationLoss:R} {record.LearningRate:R} {record.GradientNorm:R} {record.IsBest}")));
}
