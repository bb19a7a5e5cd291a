using System.CommandLine;
using System.Globalization;
using RnnSharp.Results.Rows;
using RnnSharp.Training;
using Spectre.Console;

namespace RnnSharp.Results;

/// <summary>
/// The command line: one command for each row, and list. The exit code is 0 if all published figures are met, 1 if one is not, and 2 if the row
/// could not be run to its end.
/// </summary>
internal static class ResultsCommand
{
    public const int Met = 0;
    public const int NotMet = 1;
    public const int Failed = 2;

    public static async Task<int> RunAsync(string[] arguments, IAnsiConsole console, TextWriter error)
    {
        var list = new Command("list", "Shows all rows with their figures, protocols and sources.");
        list.SetAction(_ => RowList.Print(AllRows.Rows, console));
        var root = new RootCommand("Repeats published results of recurrent networks.") { list };
        foreach (ResultRow row in AllRows.Rows) root.Add(CommandOf(row, console, error));
        ParseResult parsed = root.Parse(arguments);

        // Ctrl-C ends training after its step and saves a checkpoint.
        int code = await parsed.InvokeAsync(new InvocationConfiguration { Error = error, ProcessTerminationTimeout = TimeSpan.FromMinutes(1) }).ConfigureAwait(false);
        return parsed.Errors.Count > 0 ? Failed : code;
    }

    private static Command CommandOf(ResultRow row, IAnsiConsole console, TextWriter error)
    {
        Option<string> data = new("--data") { Description = row.Data, Required = true };
        Option<int> seed = new("--seed") { Description = "The seed of weights, masks and data.", DefaultValueFactory = _ => 1 };
        Option<string?> checkpoints = new("--checkpoints") { Description = "A folder for checkpoints; the same command continues a run that was interrupted." };
        Option<int?> threads = new("--threads") { Description = "The threads to use; all processors by default." };
        Option<bool> quick = new("--quick") { Description = "Runs only a few steps on a part of the data and does not judge the figures." };
        var command = new Command(row.Name, row.Title) { seed, threads, quick };
        if (row.IsResumable) command.Add(checkpoints);
        if (row.Data is not null) command.Add(data);
        command.SetAction((result, stop) => Task.FromResult(Guarded(row, error, () =>
        {
            if (result.GetValue(threads) is { } count) Compute.MaxDegreeOfParallelism = count;
            var settings = new RowSettings(result.GetValue(seed)) { Checkpoints = row.IsResumable ? result.GetValue(checkpoints) : null, Quick = result.GetValue(quick), Data = row.Data is null ? "" : result.GetRequiredValue(data) };
            return Run(row, settings, console, stop);
        })));
        return command;
    }

    public static int Run(ResultRow row, RowSettings settings, IAnsiConsole console, CancellationToken stop)
    {
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{row.Title}, seed {settings.Seed}, {Compute.MaxDegreeOfParallelism} threads, vectors of {Compute.VectorBits} bits"));
        var run = new RowRun(row, settings, console, stop);
        row.Run(run);
        RowReport.Print(row, run, console, judges: !settings.Quick);
        return settings.Quick || row.Figures.All(figure => figure.IsMetBy(run.Figures[figure.Name])) ? Met : NotMet;
    }

    private static int Guarded(ResultRow row, TextWriter error, Func<int> run)
    {
        try
        {
            return run();
        }
        catch (OperationCanceledException)
        {
            error.WriteLine(row.IsResumable ? "Stopped. With --checkpoints, the same command continues." : "Stopped.");
            return Failed;
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException or ArgumentException or NonFiniteException)
        {
            error.WriteLine(exception.Message);
            return Failed;
        }
    }
}
