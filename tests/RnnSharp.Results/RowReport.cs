using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace RnnSharp.Results;

/// <summary>Prints the figures of a run beside the published ones, and the time.</summary>
internal static class RowReport
{
    public static void Print(ResultRow row, RowRun run, IAnsiConsole console, bool judges)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("Figure", "Published", "RnnSharp");
        if (judges) table.AddColumns("Wanted", "");
        foreach (Figure figure in row.Figures)
        {
            double value = run.Figures[figure.Name];
            string[] cells = [figure.Name, figure.Published, figure.Format(value)];
            table.AddRow([.. (judges ? [.. cells, figure.Bound, figure.IsMetBy(value) ? "met" : "not met"] : cells).Select(Markup.Escape)]);
        }

        console.Write(table);
        using var process = Process.GetCurrentProcess();
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Trained in {Text(run.TrainingTime)}; this process used {Text(process.TotalProcessorTime)} of processor time."));
        console.WriteLine($"Published: {row.Source}");
    }

    private static string Text(TimeSpan time) => time.ToString(time.TotalHours < 1 ? @"m\:ss" : @"h\:mm\:ss", CultureInfo.InvariantCulture);
}
