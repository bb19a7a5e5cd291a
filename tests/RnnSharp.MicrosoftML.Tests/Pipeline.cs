using Microsoft.ML;
using Microsoft.ML.Data;
using RnnSharp.Forecasting;

namespace RnnSharp.MicrosoftML.Tests;

/// <summary>A point of a series, as a row.</summary>
public sealed class Sale
{
    public float Amount { get; set; }
}

/// <summary>A row with a copy of its amount.</summary>
public sealed class Copied
{
    public float Copy { get; set; }
}

/// <summary>A forecast with the bounds of its intervals, as a row.</summary>
public sealed class SalesForecast
{
    public float[] Next { get; set; } = [];

    public float[] Low { get; set; } = [];

    public float[] High { get; set; } = [];
}

/// <summary>A forecast alone, as a row.</summary>
public sealed class PointForecast
{
    public float[] Next { get; set; } = [];
}

/// <summary>A point of a series of two columns, as a row.</summary>
public sealed class Pair
{
    [VectorType(2)]
    public float[] Values { get; set; } = [];
}

/// <summary>A pipeline that forecasts twice the amounts.</summary>
internal static class Pipeline
{
    public static ForecasterOptions Options { get; } = new() { Horizon = 4, Season = 6, HiddenSize = 4, Members = 2, Epochs = 4, Patience = 2, Seed = 1 };

    public static MLContext Context { get; } = new(seed: 1);

    public static Sale[] Sales(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(t => new Sale { Amount = 50 + 0.5f * t + 8 * MathF.Sin(MathF.PI * t / 3) + (t * 37 % 11) })];

    public static IDataView Rows(int first, int count) => Context.Data.LoadFromEnumerable(Sales(first, count));

    public static IEstimator<ITransformer> Estimator() => Context.Transforms.Expression("Doubled", "x => 2 * x", "Amount")
        .Append(Context.Forecasting.ForecastByRnn("Next", "Doubled", Options, "Low", "High", confidenceLevel: 0.8));

    /// <summary>What a pipeline's last stage learns, without ML.NET.</summary>
    public static Forecaster Forecaster(int count) => RnnSharp.Forecasting.Forecaster.Fit(new TimeSeries(Doubled(0, count)), Options);

    public static double[] Doubled(int first, int count) => [.. Sales(first, count).Select(sale => (double)(2 * sale.Amount))];

    public static SalesForecast ToRow(Forecast forecast)
    {
        ForecastInterval interval = forecast.Interval(0.8);
        return new SalesForecast { Next = Single(forecast.Points.ToArray()), Low = Single(interval.Lower), High = Single(interval.Upper) };

        static float[] Single(IReadOnlyList<double> values) => [.. values.Select(value => (float)value)];
    }
}
