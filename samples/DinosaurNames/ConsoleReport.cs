using System.Globalization;
using System.Numerics;
using Spectre.Console;

namespace DinosaurNames;

/// <summary>Shows the progress of training: a bar on a terminal, or one plain line per epoch if the output is redirected.</summary>
internal static class ConsoleReport
{
    private const int NamesShown = 4;

    private static bool IsTerminal => !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities is { Ansi: true, Interactive: true };

    public static IReadOnlyList<Epoch> Train(Trainer trainer, NameWriter writer, Options options, CancellationToken stop)
    {
        if (!IsTerminal)
        {
            return trainer.Run(epoch =>
            {
                Print($"epoch {epoch.Number,4}   {Perplexities(epoch)}   {epoch.Time.TotalSeconds,6:0.00} s");
                if (ShowsNames(epoch)) Print($"             {Names(writer)}");
            }, stop);
        }

        return AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn { Width = 24 }, new ElapsedTimeColumn())
            .Start(context =>
            {
                ProgressTask bar = context.AddTask("epoch 1", maxValue: options.Epochs);
                IReadOnlyList<Epoch> epochs = trainer.Run(epoch =>
                {
                    bar.Description = string.Create(CultureInfo.InvariantCulture, $"epoch {epoch.Number,3}   {Perplexities(epoch)}");
                    bar.Increment(1);
                    if (ShowsNames(epoch)) AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[grey]epoch {epoch.Number,3}:[/] {Names(writer)}");
                }, stop);
                bar.StopTask();
                return epochs;
            });
    }

    /// <summary>Prints a line that is the same in every culture.</summary>
    public static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private static string Perplexities(Epoch epoch) => string.Create(CultureInfo.InvariantCulture, $"train {epoch.Training,6:0.000}   validation {epoch.Validation,6:0.000}");

    // The names change most at the start.
    private static bool ShowsNames(Epoch epoch) => BitOperations.IsPow2(epoch.Number);

    private static string Names(NameWriter writer) => string.Join(", ", writer.Write(NamesShown));
}
