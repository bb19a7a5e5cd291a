using System.Globalization;
using System.Numerics;
using RnnSharp.Training;
using Samples;

namespace DinosaurNames;

/// <summary>
/// Shows the progress of training: a bar on a terminal, or one plain line per epoch if the output is redirected. Measures the training names, too,
/// given without dropout.
/// </summary>
internal sealed class TrainingReport(NameModel model, IBatchSource<float> training, double temperature) : ITrainerCallback<float>
{
    private const int NamesShown = 4;

    private readonly TrainingBar<float> _bar = new();

    /// <summary>The perplexity of the training names after each epoch.</summary>
    public List<double> TrainingPerplexities { get; } = [];

    public static void Print(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));

    /// <summary>Runs the training, with a bar if there is a terminal.</summary>
    public void Show(long steps, Action train) => _bar.Show(steps, train);

    public void OnStep(Trainer<float> trainer, in TrainingProgress progress) => _bar.OnStep(trainer, progress);

    public void OnRecord(Trainer<float> trainer, TrainingRecord record)
    {
        // Validation used the averaged weights, and so do these numbers and names.
        trainer.Options.Average!.Swap();
        try
        {
            TrainingPerplexities.Add(trainer.Evaluate(training).Metrics["perplexity"]);
            _bar.Describe(string.Create(CultureInfo.InvariantCulture, $"epoch {record.Epoch,3}   train {TrainingPerplexities[^1],6:0.000}   validation {record.Metrics["perplexity"],6:0.000}   {record.Elapsed.TotalSeconds,6:0.00} s"));

            // The names change most at the start. The same draws each time show what the network has learned.
            if (BitOperations.IsPow2(record.Epoch)) _bar.WriteLine($"            {string.Join(", ", model.Write(NamesShown, temperature, seed: 0))}");
        }
        finally
        {
            trainer.Options.Average.Swap();
        }
    }
}
