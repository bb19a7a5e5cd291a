using System.Globalization;
using System.Text;

namespace RnnSharp.Forecasting;

/// <summary>What a <see cref="BackTest"/> measured.</summary>
public sealed class BackTestResult
{
    internal BackTestResult(IReadOnlyList<BackTestMethod> methods, BackTestOptions options)
    {
        Methods = methods;
        Options = options;
    }

    /// <summary>The methods, in the order of the call.</summary>
    public IReadOnlyList<BackTestMethod> Methods { get; }

    /// <summary>The options of the test.</summary>
    public BackTestOptions Options { get; }

    /// <summary>A method by its name.</summary>
    /// <param name="name">The name of a method of the test.</param>
    /// <exception cref="ArgumentException">No method has this name.</exception>
    public BackTestMethod this[string name] => Methods.FirstOrDefault(method => string.Equals(method.Name, name, StringComparison.Ordinal))
        ?? throw new ArgumentException($"Expected one of {string.Join(", ", Methods.Select(method => method.Name))}, got {name ?? "null"}.", nameof(name));

    /// <summary>A table of the total errors: a row for each method.</summary>
    public override string ToString()
    {
        string coverage = string.Create(CultureInfo.InvariantCulture, $"in {100 * Options.Coverage:G4} %");
        List<string[]> rows = [["", "MAE", "RMSE", "MAPE %", "sMAPE %", "MASE", "pinball", "CRPS", coverage]];
        foreach (BackTestMethod method in Methods)
        {
            ForecastScore s = method.Total;
            rows.Add([method.Name, .. new[] { s.Mae, s.Rmse, s.Mape, s.Smape, s.Mase, s.Pinball, s.Crps }.Select(Number), double.IsNaN(s.Coverage) ? "" : string.Create(CultureInfo.InvariantCulture, $"{100 * s.Coverage:F1} %")]);
        }

        return Table(rows);
    }

    /// <summary>A table of one error by step of the horizon: a row for each step, a column for each method.</summary>
    /// <param name="error">The error, such as <c>score => score.Mae</c>.</param>
    /// <exception cref="ArgumentNullException"><paramref name="error"/> is null.</exception>
    public string StepTable(Func<ForecastScore, double> error)
    {
        ArgumentNullException.ThrowIfNull(error);
        List<string[]> rows = [["step", .. Methods.Select(method => method.Name)]];
        for (int h = 0; h < Options.Horizon; h++)
        {
            int step = h;
            rows.Add([(step + 1).ToString(CultureInfo.InvariantCulture), .. Methods.Select(method => Number(error(method.Steps[step])))]);
        }

        return Table(rows);
    }

    private static string Number(double value) => double.IsNaN(value) ? "" : value.ToString("G4", CultureInfo.InvariantCulture);

    /// <summary>Columns two spaces apart, the first to the left and the others to the right.</summary>
    private static string Table(List<string[]> rows)
    {
        var text = new StringBuilder();
        int[] widths = [.. rows[0].Select((_, column) => rows.Max(row => row[column].Length))];
        foreach (string[] row in rows)
        {
            text.Append(row[0].PadRight(widths[0]));
            for (int c = 1; c < row.Length; c++) text.Append("  ").Append(row[c].PadLeft(widths[c]));
            text.Append('\n');
        }

        return text.ToString();
    }
}
