using System.CommandLine;
using System.Globalization;
using PassengerForecast;
using RnnSharp.Forecasting;
using Spectre.Console;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
Option<string> plot = new("--plot") { Description = "write the forecast to this SVG file", HelpName = "FILE", DefaultValueFactory = _ => "forecast.svg" };
Option<int> seed = new("--seed") { Description = "seed of the networks; the same seed gives the same run", DefaultValueFactory = _ => 0 };
Option<bool> quick = new("--quick") { Description = "two small networks and two origins, to try out the program" };
var command = new RootCommand("Forecasts airline passengers with intervals, beside the actual values, and compares the forecaster with baselines.") { plot, seed, quick };
command.SetAction(Run);
ParseResult parsed = command.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
if (parsed.Errors is not [var error, ..]) return parsed.Invoke(new() { EnableDefaultExceptionHandler = false });
Console.Error.WriteLine($"{error.Message} (--help shows the options)");
return 2;

int Run(ParseResult options)
{
    const int Years = 10, Season = 12;
    string path = options.GetRequiredValue(plot);
    bool isQuick = options.GetValue(quick);
    ForecasterOptions settings = new() { Horizon = 2 * Season, Season = Season, Seed = options.GetValue(seed) };
    if (isQuick) settings = settings with { Members = 2, Epochs = 5 };
    try
    {
        File.AppendAllText(path, ""); // before the work, not after it
        TimeSeries series = Passengers.Series;
        Forecast forecast = Forecaster.Fit(series.Slice(0, Years * Season), settings).Predict();
        Show(forecast, series);
        File.WriteAllText(path, ForecastPlot.Draw(series, Years * Season, forecast, [0.5, 0.8, 0.95]));
        Console.WriteLine($"The picture is in {path}.");
        Console.WriteLine();
        Console.WriteLine("A year ahead, from each origin of the last four years on, in steps of three months:");
        BackTestResult result = BackTest.Run(
            [new ForecasterMethod(settings), new ExponentialSmoothing(new() { Trend = SmoothingTrend.Additive, Season = SmoothingSeason.Multiplicative }), new SeasonalNaiveMethod(), new DriftMethod()],
            series,
            new() { Horizon = Season, Season = Season, FirstOrigin = 8 * Season, Stride = 3, Folds = isQuick ? 2 : null });
        Console.WriteLine(result);
        return 0;
    }
    catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
    {
        Console.Error.WriteLine(exception.Message);
        return 1;
    }
}

static void Show(Forecast forecast, TimeSeries series)
{
    var table = new Table { Border = TableBorder.Simple };
    table.AddColumns("month", "forecast", "80 % interval", "actual");
    foreach (TableColumn column in table.Columns.Skip(1)) column.RightAligned();
    ForecastInterval interval = forecast.Interval(0.8);
    int known = series.Length - forecast.Horizon, inside = 0;
    for (int step = 0; step < forecast.Horizon; step++)
    {
        double actual = series[known + step];
        bool isInside = interval.Contains(actual, step);
        if (isInside) inside++;
        table.AddRow($"{forecast.TimeAt(step):yyyy-MM}", $"{forecast[step]:F0}", $"{interval.Lower[step]:F0} to {interval.Upper[step]:F0}", $"{actual:F0}{(isInside ? " " : "*")}");
    }

    AnsiConsole.Write(table);
    Console.WriteLine($"{inside} of {forecast.Horizon} months were within the 80 % interval (* those that were not).");
}
