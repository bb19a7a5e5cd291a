using System.Diagnostics.Metrics;

namespace RnnSharp.Training;

/// <summary>
/// The instruments of the meter named RnnSharp: rnnsharp.training.loss, .gradient_norm, .learning_rate, .examples_per_second
/// and .steps_per_second, and the counters .steps and .examples.
/// </summary>
internal static class TrainingMeter
{
    private static readonly Meter Meter = new("RnnSharp");
    private static readonly Histogram<double> Loss = Meter.CreateHistogram<double>("rnnsharp.training.loss", description: "The mean loss of a step's batches.");
    private static readonly Histogram<double> GradientNorm = Meter.CreateHistogram<double>("rnnsharp.training.gradient_norm", description: "The global norm of a step's gradients before clipping.");
    private static readonly Gauge<double> LearningRate = Meter.CreateGauge<double>("rnnsharp.training.learning_rate", description: "The learning rate of the last step.");
    private static readonly Gauge<double> ExamplesPerSecond = Meter.CreateGauge<double>("rnnsharp.training.examples_per_second", "{example}/s", "The examples trained per second.");
    private static readonly Gauge<double> StepsPerSecond = Meter.CreateGauge<double>("rnnsharp.training.steps_per_second", "{step}/s", "The parameter updates per second.");
    private static readonly Counter<long> Steps = Meter.CreateCounter<long>("rnnsharp.training.steps", "{step}", "The parameter updates.");
    private static readonly Counter<long> Examples = Meter.CreateCounter<long>("rnnsharp.training.examples", "{example}", "The examples trained.");

    public static void Record(in TrainingProgress progress, long steps, long examples)
    {
        Loss.Record(progress.Loss);
        GradientNorm.Record(progress.GradientNorm);
        LearningRate.Record(progress.LearningRate);
        ExamplesPerSecond.Record(progress.ExamplesPerSecond);
        StepsPerSecond.Record(progress.Elapsed > TimeSpan.Zero ? steps / progress.Elapsed.TotalSeconds : 0);
        Steps.Add(1);
        Examples.Add(examples);
    }
}
