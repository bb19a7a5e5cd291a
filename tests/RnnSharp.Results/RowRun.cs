using System.Diagnostics;
using System.Globalization;
using RnnSharp.Data;
using RnnSharp.Forecasting;
using RnnSharp.Numerics;
using RnnSharp.Training;
using Spectre.Console;

namespace RnnSharp.Results;

/// <summary>A run of a row: its settings, training that is shown and can be continued, and the figures that it reports.</summary>
internal sealed class RowRun(ResultRow row, RowSettings settings, IAnsiConsole console, CancellationToken cancellation)
{
    private const int QuickSteps = 4;
    private const int QuickCount = 8;

    private readonly Dictionary<string, double> _figures = new(StringComparer.Ordinal);

    /// <summary>The seed of weights, masks and data.</summary>
    public int Seed => settings.Seed;

    /// <summary>The file or folder of the data.</summary>
    public string Data => settings.Data;

    /// <summary>The figures reported so far, by name.</summary>
    public IReadOnlyDictionary<string, double> Figures => _figures;

    /// <summary>The time of training and validation, including that before an interruption.</summary>
    public TimeSpan TrainingTime { get; private set; }

    /// <summary>How much to read or draw: less in a quick run.</summary>
    public int Count(int count, int quick = QuickCount) => settings.Quick ? Math.Min(count, quick) : count;

    /// <summary>Examples that are generated once, for validation or test, in batches of 100.</summary>
    /// <param name="generate">Returns an example.</param>
    /// <param name="count">How many.</param>
    /// <param name="number">Distinguishes the sets of a run from each other and from the training examples.</param>
    public ExampleBatches<float> Generate(Func<FastRandom, Example<float>> generate, int count, int number)
    {
        var random = new FastRandom(((ulong)(uint)Seed << 32) + (ulong)number);
        return new ExampleBatches<float>([.. Enumerable.Range(0, Count(count)).Select(_ => generate(random))], new() { BatchSize = 100, Shuffle = false });
    }

    /// <summary>Trains a model, or continues where an interrupted run was; shows the progress.</summary>
    /// <param name="trainer">The trainer, without checkpoints and progress output, which are added.</param>
    /// <param name="training">The training data.</param>
    /// <param name="validation">The validation data.</param>
    /// <param name="part">Distinguishes the trainings of a row that has several.</param>
    /// <returns>A trainer of the same model after training, with the best weights.</returns>
    public Trainer<float> Fit(Trainer<float> trainer, IBatchSource<float> training, IBatchSource<float>? validation, string part = "")
    {
        TrainerOptions<float> options = trainer.Options with { Callbacks = [.. trainer.Options.Callbacks, new ProgressLines(console, part)] };
        if (settings.Quick) options = options with { MaxSteps = QuickSteps };
        if (settings.Checkpoints is { } folder) options = options with { Checkpoints = new(Path.Combine(folder, row.Name, part)) };
        var run = new Trainer<float>(trainer.Model, trainer.Optimizer, trainer.Loss, options);
        if (options.Checkpoints is not null && run.ResumeLatest()) console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"continuing after step {run.Step:N0}"));
        FitResult result = run.Fit(training, validation, cancellation: cancellation);
        TrainingTime += run.Elapsed;
        if (result.Reason == StopReason.Cancelled) throw new OperationCanceledException("Training was cancelled.", cancellation);
        return run;
    }

    /// <summary>Back-tests methods, shows their errors, and returns them.</summary>
    /// <param name="methods">The methods.</param>
    /// <param name="series">The series.</param>
    /// <param name="options">The folds; a quick run has two of them.</param>
    public BackTestResult BackTest(IReadOnlyList<IForecastMethod> methods, TimeSeries series, BackTestOptions options)
    {
        var clock = Stopwatch.StartNew();
        BackTestResult result = Forecasting.BackTest.Run(methods, series, settings.Quick ? options with { Folds = 2 } : options, cancellation);
        TrainingTime += clock.Elapsed;
        Note(result.ToString());
        return result;
    }

    /// <summary>Shows a line between the figures.</summary>
    public void Note(string line) => console.WriteLine(line);

    /// <summary>Reports a figure of the row.</summary>
    public void Report(string figure, double value)
    {
        Debug.Assert(row.Figures.Any(published => string.Equals(published.Name, figure, StringComparison.Ordinal)), $"{row.Name} has no figure {figure}.");
        _figures.Add(figure, value);
    }
}
