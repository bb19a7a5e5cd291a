using Microsoft.ML;
using RnnSharp.MicrosoftML;

namespace ReadmeExamples;

internal static class ForecastSales
{
    public static SalesForecast Run(IEnumerable<Sale> sales)
    {
        // <readme>
        var context = new MLContext();
        IDataView rows = context.Data.LoadFromEnumerable(sales); // in order of time
        var pipeline = context.Forecasting.ForecastByRnn("Next", "Amount", new() { Horizon = 12, Season = 12 }, "Low", "High", confidenceLevel: 0.9);
        ITransformer model = pipeline.Fit(rows);
        context.Model.Save(model, rows.Schema, "sales.zip");

        // In the app: forecast, take the points that come in, forecast again, and save the model with them.
        ITransformer loaded = context.Model.Load("sales.zip", out _);
        using var engine = loaded.CreateRnnForecastingEngine<Sale, SalesForecast>(context);
        SalesForecast forecast = engine.Predict();
        forecast = engine.Predict(new Sale { Amount = 431 });
        engine.CheckPoint("sales.zip");

        // </readme>
        return forecast;
    }
}

// <types>
public class Sale
{
    public float Amount { get; set; }
}

public class SalesForecast
{
    public float[] Next { get; set; } = [];

    public float[] Low { get; set; } = [];

    public float[] High { get; set; } = [];
}

// </types>
