using Spectre.Console;

namespace RnnSharp.Results;

/// <summary>Prints what each row repeats, and how.</summary>
internal static class RowList
{
    public static void Print(IReadOnlyList<ResultRow> rows, IAnsiConsole console)
    {
        foreach (ResultRow row in rows)
        {
            console.WriteLine(row.Title);
            foreach (Figure figure in row.Figures) console.WriteLine($"  {figure.Name} {figure.Published}{(figure.Target is null ? "" : $" (wanted: {figure.Bound})")}");
            console.WriteLine($"  {row.Source}");
            console.WriteLine($"  {row.Protocol}");
            console.WriteLine($"  dotnet run -c Release --project tests/RnnSharp.Results -- {row.Name}{(row.Data is null ? "" : " --data PATH")}");
            if (row.Data is not null) console.WriteLine($"  PATH: {row.Data}");
            console.WriteLine();
        }
    }
}
