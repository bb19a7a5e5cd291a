using System.Numerics;
using RnnSharp.Training;
using Spectre.Console;

namespace Samples;

/// <summary>Shows the progress of training: a bar on a terminal, or plain lines if the output is redirected.</summary>
/// <param name="describe">The line of a record; null shows only what <see cref="Describe"/> is given.</param>
/// <param name="every">One record in so many has a plain line.</param>
internal sealed class TrainingBar<T>(Func<TrainingRecord, string>? describe = null, long every = 1) : ITrainerCallback<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private ProgressTask? _bar;

    /// <summary>Runs the training, with a bar if there is a terminal.</summary>
    public void Show(long steps, Action train)
    {
        if (Console.IsOutputRedirected || AnsiConsole.Profile.Capabilities is not { Ansi: true, Interactive: true }) train();
        else AnsiConsole.Progress().Columns(new TaskDescriptionColumn(), new ProgressBarColumn { Width = 24 }, new ElapsedTimeColumn()).Start(context =>
        {
            _bar = context.AddTask("training", maxValue: steps);
            train();
            _bar.StopTask();
            _bar = null;
        });
    }

    /// <summary>Puts a text beside the bar or, without one, on a line of its own.</summary>
    public void Describe(string line)
    {
        if (_bar is null) Console.WriteLine(line);
        else _bar.Description = line.EscapeMarkup();
    }

    /// <summary>Writes a line that stays, above the bar.</summary>
    public void WriteLine(string line)
    {
        if (_bar is null) Console.WriteLine(line);
        else AnsiConsole.WriteLine(line);
    }

    public void OnStep(Trainer<T> trainer, in TrainingProgress progress) => _bar?.Value = progress.Step;

    public void OnRecord(Trainer<T> trainer, TrainingRecord record)
    {
        if (describe is not null && (_bar is not null || record.Epoch % every == 0)) Describe(describe(record));
    }
}
