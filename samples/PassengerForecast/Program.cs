using System.CommandLine;
using PassengerForecast;
using RnnSharp.Forecasting;
using Samples;
using Spectre.Console;

Option<string?> plot = Sample.Path("--plot", "write the forecast to this SVG file", "forecast.svg");
var command = new RootCommand("Forecasts airline passengers with intervals, beside the actual values, and compares the forecaster with baselines.") { plot, Sample.Quick };
command.SetAction(Run);
return await Sample.RunAsync(command, args).ConfigureAwait(false);

void Run(ParseResult options)
{
    const int Years = 10, Season = 12;
    string path = options.GetValue(plot)!;
    bool isQuick = options.GetValue(Sample.Quick);
    ForecasterOptions settings = new() { Horizon = 2 * Season, Season = Season };
    if (isQuick) settings = settings with { Members = 2, Epochs = 5 };
    Sample.RequireWritable(path);
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
}

static void Show(Forecast forecast, TimeSeries series)
{
    Table table = Sample.Table("month", "forecast", "80 % interval", "actual");
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
