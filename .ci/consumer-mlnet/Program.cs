using Microsoft.ML;
using RnnSharp.MicrosoftML;

// "fit" fits, saves and continues a pipeline. "continue" loads it in a process of its own and forecasts the same, from its engine and its rows.
var context = new MLContext();
Sale[] sales = [.. Enumerable.Range(0, 84).Select(t => new Sale { Amount = 100 + t + 20 * MathF.Sin(MathF.PI * t / 6) + (t * 37 % 11) })];
if (args is ["fit"])
{
    IDataView rows = context.Data.LoadFromEnumerable(sales[..72]);
    var pipeline = context.Forecasting.ForecastByRnn("Next", "Amount", new() { Horizon = 12, Season = 12 }, "Low", "High", confidenceLevel: 0.9);
    context.Model.Save(pipeline.Fit(rows), rows.Schema, "sales.zip");
    using var engine = context.Model.Load("sales.zip", out _).CreateRnnForecastingEngine<Sale, SalesForecast>(context);
    foreach (Sale sale in sales[72..78]) engine.Update(sale);
    engine.CheckPoint("continued.zip");
    Write(engine.Predict());
    foreach (Sale sale in sales[78..]) Write(engine.Predict(sale));
    return 0;
}

ITransformer model = context.Model.Load("continued.zip", out _);
using var continued = model.CreateRnnForecastingEngine<Sale, SalesForecast>(context);
SalesForecast forecast = continued.Predict();
float error = 0, seasonal = 0;
for (int t = 0; t < 6; t++)
{
    error += MathF.Abs(forecast.Next[t] - sales[78 + t].Amount) / 6;
    seasonal += MathF.Abs(sales[66 + t].Amount - sales[78 + t].Amount) / 6;
}

Write(forecast);
IDataView transformed = model.Transform(context.Data.LoadFromEnumerable(sales[78..]));
foreach (SalesForecast row in context.Data.CreateEnumerable<SalesForecast>(transformed, reuseRowObject: false)) Write(row);
Console.Error.WriteLine($"mean absolute error {error:F2}, of the seasonal naive forecast {seasonal:F2}");
return error < seasonal ? 0 : 1;

static void Write(SalesForecast forecast)
{
    for (int t = 0; t < forecast.Next.Length; t++) Console.WriteLine($"{forecast.Low[t]:R} {forecast.Next[t]:R} {forecast.High[t]:R}");
}

/// <summary>A point of the series.</summary>
public sealed class Sale
{
    /// <summary>What was sold.</summary>
    public float Amount { get; set; }
}

/// <summary>A forecast.</summary>
public sealed class SalesForecast
{
    /// <summary>The values that follow.</summary>
    public float[] Next { get; set; } = [];

    /// <summary>The lower bounds.</summary>
    public float[] Low { get; set; } = [];

    /// <summary>The upper bounds.</summary>
    public float[] High { get; set; } = [];
}
