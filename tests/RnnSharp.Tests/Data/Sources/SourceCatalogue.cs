using RnnSharp.Data;
using RnnSharp.Numerics;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests;

/// <summary>Every source of the library, in its settings; all with more than one batch in an epoch.</summary>
internal static class SourceCatalogue
{
    private static readonly Dictionary<string, Func<ulong, IBatchSource<float>>> Makers = new(StringComparer.Ordinal)
    {
        ["examples"] = seed => new ExampleBatches<float>(Examples(11), new() { BatchSize = 3, Seed = seed }),
        ["examples in order"] = seed => new ExampleBatches<float>(Examples(11), new() { BatchSize = 3, Seed = seed, Shuffle = false }),
        ["examples without the last"] = seed => new ExampleBatches<float>(Examples(11), new() { BatchSize = 3, Seed = seed, DropLast = true }),
        ["examples by length"] = seed => new ExampleBatches<float>(Examples(17), new() { BatchSize = 3, Seed = seed, BucketBatches = 2 }),
        ["examples by class"] = seed => new ExampleBatches<float>(Examples(11), new() { BatchSize = 3, Seed = seed, Sampling = new ClassSampling([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2], drawsPerEpoch: 14) }),
        ["examples of features with weights"] = seed => new ExampleBatches<float>([.. Enumerable.Range(0, 7).Select(WithWeights)], new() { BatchSize = 2, Seed = seed }),
        ["examples with a source"] = seed => new ExampleBatches<float>([.. Examples(7).Select(example => new Example<float>(example.Input, example.Target) { Source = Features(example.Target.Steps + 2, 2) })], new() { BatchSize = 2, Seed = seed }),
        ["sequences"] = seed => new SequenceBatches<float>(Ragged(3, 9, 5), Ragged(2, 9, 5), new() { BatchSize = 4, Seed = seed, BucketBatches = 2 }, Ragged(1, 9, 4), Ragged(1, 9, 5)),
        ["next tokens"] = seed => new NextTokenBatches<float>(Texts(10), 7, 0, new() { BatchSize = 4, Seed = seed }, wordDropout: 0.3),
        ["windows"] = seed => new WindowBatches<float>([Features(9, 3), Features(4, 3), Features(12, 3)], 4, new() { Horizon = 2, TargetColumns = [2, 0] }, new() { BatchSize = 3, Seed = seed }),
        ["windows of tokens"] = seed => new WindowBatches<float>(Series<float>.FromTokens(Text(20), 5), 4, new() { Stride = 2 }, new() { BatchSize = 3, Seed = seed }),
        ["token streams"] = _ => new TokenStreamBatches<float>(Text(60), 5, 3, 4),
        ["token streams with an offset"] = seed => new TokenStreamBatches<float>(Text(60), 5, 3, 4, randomOffset: true, seed: seed),
        ["token streams of documents"] = seed => new TokenStreamBatches<float>(Text(60), 5, 3, 4, [0, 3, 4, 5, 20, 41, 58], randomOffset: true, seed: seed),
        ["series streams"] = seed => new SeriesStreamBatches<float>([.. Enumerable.Range(0, 7).Select(WithWeights)], 3, 2, shuffle: true, seed: seed),
        ["streams"] = _ => new StreamBatches<float>(Stream, 2, 1, 3, 4),
        ["endless streams"] = _ => new StreamBatches<float>(EndlessStream, 2, 1, 3, 4, batchesPerEpoch: 5),
        ["enumerated streams"] = _ => new StreamBatches<float>(new EnumeratedStreams<float>([Steps(9, 4), Steps(13, 100), Steps(2, 1)]).Read, 2, 1, 3, 4),
        ["enumerated examples"] = seed => new StreamedExampleBatches<float>(Examples(11).AsEnumerable().Select(example => example), Examples(1)[0], 3, shuffleBuffer: 5, seed: seed),
        ["examples that come asynchronously"] = seed => new StreamedExampleBatches<float>(Waiting(Examples(11)), Examples(1)[0], 3, shuffleBuffer: 5, seed: seed, dropLast: true),
        ["generated examples"] = seed => Generated(seed),
        ["transformed"] = seed => new ExampleBatches<float>([.. Enumerable.Range(0, 7).Select(WithWeights)], new() { BatchSize = 2, Seed = seed }).Transform(AddNoise, seed),
        ["transformed streams"] = seed => new StreamBatches<float>(Stream, 2, 1, 3, 4).Transform(AddNoise, seed),
    };

    public static TheoryData<string> Names => [.. Makers.Keys];

    public static IBatchSource<float> Make(string name, ulong seed) => Makers[name](seed);

    /// <summary>Examples of tokens, of lengths 1 to 5, with a class. The first token is the number of the example.</summary>
    public static Example<float>[] Examples(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new Example<float>(Series<float>.FromTokens((int[])[i, .. Enumerable.Range(0, i * 7 % 5)], Math.Max(count, 20)), Series<float>.FromLabel(i % 3, 3)))];

    public static Example<float> WithWeights(int number)
    {
        int steps = 1 + number * 3 % 5;
        return new Example<float>(Features(steps, 2, number), Features(steps, 1, number + 50)) { StepWeights = number % 2 == 0 ? Series<float>.FromValues(Enumerable.Range(0, steps).Select(t => 0.5f * t).ToArray()) : null };
    }

    /// <summary>Feature i of step t is 100 · number + 10 · t + i.</summary>
    public static Series<float> Features(int steps, int features, int number = 1) =>
        Series<float>.FromValues(Enumerable.Range(0, steps * features).Select(k => 100f * number + 10 * (k / features) + k % features).ToArray(), features);

    public static int[] Text(int length) => [.. Enumerable.Range(0, length).Select(i => (i * i + i / 3) % 5)];

    public static int[][] Texts(int count) => [.. Enumerable.Range(0, count).Select(i => Enumerable.Range(0, i * 7 % 5).Select(k => 1 + (i + k) % 6).ToArray())];

    public static void AddNoise(Batch<float> batch, FastRandom random)
    {
        foreach (ref float value in batch.Input.Values) value += random.NextSingle();
    }

    /// <summary>Stream j has 7 + 4 · j steps, of which every fifth restarts.</summary>
    public static StreamStep Stream(int stream, long step, Span<float> input, Span<float> target) =>
        step == 7 + 4 * stream ? StreamStep.Ends : EndlessStream(stream, step, input, target);

    public static StreamStep EndlessStream(int stream, long step, Span<float> input, Span<float> target)
    {
        (input[0], input[1], target[0]) = (stream, step, stream + step);
        return step % 5 == 4 ? StreamStep.Restarts : StreamStep.Continues;
    }

    private static GeneratedBatches<float> Generated(ulong seed)
    {
        Example<float>[] examples = Examples(50); // drawn from, because a new example would allocate
        return new GeneratedBatches<float>(random => examples[random.Next(50)], 3, batchesPerEpoch: 4, seed);
    }

    private static IEnumerable<(float[] Input, float[] Target, bool Restarts)> Steps(int count, int restart)
    {
        for (int t = 0; t < count; t++) yield return ([t, count], [count - t], t == restart);
    }

    private static async IAsyncEnumerable<Example<float>> Waiting(Example<float>[] examples)
    {
        foreach (Example<float> example in examples)
        {
            if (example.Input.Steps % 2 == 0) await Task.Yield();
            yield return example;
        }
    }

    private static Sequence<float> Ragged(int features, int batch, int steps)
    {
        var sequence = new Sequence<float>(features, batch, steps);
        for (int k = 0; k < sequence.Values.Length; k++) sequence.Values[k] = k;
        sequence.SetLengths([.. Enumerable.Range(0, batch).Select(j => 1 + j * 3 % steps)]);
        return sequence;
    }
}
