using System.Numerics;
using RnnSharp.Data;
using RnnSharp.Training;

namespace RnnSharp.Forecasting;

/// <summary>The training of a <see cref="DeepAr"/>: on the first part of each series, with early stopping on the last, and then on all steps.</summary>
internal static class DeepArTraining
{
    private const ulong WindowSalt = 0x3c79ac492ba7b653;
    private const int MostValidationWindows = 1024, FewestBatches = 10, MostBatches = 50;

    public static ILayer<float> Run(IReadOnlyList<TimeSeries> series, DeepArShape shape, DeepArOptions options, CancellationToken cancellation)
    {
        DeepArSeries[] read = [.. series.Select(one => new DeepArSeries(one, shape))];
        int[] firsts = [.. series.Select(one => DeepArShape.FirstHeldOut(one, options))], ends = [.. series.Select(one => one.Length)];
        (ILayer<float> model, long steps) = Fit(Windows<float>(read, firsts, shape, options), HeldOut<float>(read, firsts, options), null);
        return options.Refit ? Fit(Windows<float>(read, ends, shape, options), null, steps).Model : model;

        (ILayer<float> Model, long Steps) Fit(IBatchSource<float> windows, IBatchSource<float>? validation, long? most)
        {
            ILayer<float> network = DeepArNetwork.Create<float>(shape, options);
            var trainer = new Trainer<float>(network, new Adam<float>(options.LearningRate), DeepArNetwork.Loss<float>(shape.Distribution), new()
            {
                MaxEpochs = most is null ? options.Epochs : null,
                MaxSteps = most,
                Patience = validation is null ? null : options.Patience,
                MaxGradientNorm = 10,
            });
            FitResult result = trainer.Fit(windows, validation, cancellation: cancellation);
            cancellation.ThrowIfCancellationRequested();
            return (network, Math.Max(1, result.BestStep));
        }
    }

    /// <summary>Random windows of the first steps of series.</summary>
    public static GeneratedBatches<T> Windows<T>(IReadOnlyList<DeepArSeries> series, IReadOnlyList<int> ends, DeepArShape shape, DeepArOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double[] scales = [.. series.Select((one, s) => options.SampleByScale ? one.ScaleBefore(ends[s]) : 1)];
        double largest = scales.Max(), total = 0;
        var sums = new double[scales.Length];
        long windows = 0;
        for (int s = 0; s < sums.Length; s++)
        {
            sums[s] = total += scales[s] / largest * Count(s);
            windows += Count(s);
        }

        int batches = options.BatchesPerEpoch ?? (int)Math.Clamp(windows / options.BatchSize, FewestBatches, MostBatches);
        return new GeneratedBatches<T>(random =>
        {
            int found = Array.BinarySearch(sums, random.NextDouble() * total), s = Math.Min(found < 0 ? ~found : found + 1, sums.Length - 1);
            return series[s].Window<T>(shape.Needed + random.Next(Count(s)), options.Horizon);
        }, options.BatchSize, batches, (ulong)(uint)options.Seed ^ WindowSalt);

        int Count(int s) => ends[s] - options.Horizon - shape.Needed + 1;
    }

    /// <summary>Windows that count the last steps of series alone.</summary>
    private static ExampleBatches<T> HeldOut<T>(IReadOnlyList<DeepArSeries> series, IReadOnlyList<int> firsts, DeepArOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var windows = new List<Example<T>>();
        int most = Math.Max(1, MostValidationWindows / series.Count);
        for (int s = 0; s < series.Count; s++)
        {
            int last = Math.Max(firsts[s], series[s].Length - options.Horizon), stride = (last - firsts[s]) / most + 1;
            for (int origin = firsts[s]; origin <= last; origin += stride) windows.Add(series[s].Window<T>(origin, options.Horizon, firsts[s]));
        }

        return new ExampleBatches<T>(windows, new() { BatchSize = 256, Shuffle = false });
    }
}
