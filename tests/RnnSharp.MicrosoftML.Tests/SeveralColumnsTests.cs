using FluentAssertions;
using Microsoft.ML;
using RnnSharp.Forecasting;
using Xunit;

namespace RnnSharp.MicrosoftML.Tests;

/// <summary>A column of vectors is a series of several columns.</summary>
public sealed class SeveralColumnsTests
{
    private static readonly MLContext Context = Pipeline.Context;

    private static readonly Lazy<RnnForecastingTransformer> Fitted = new(() => Context.Forecasting.ForecastByRnn("Next", "Values", Pipeline.Options, "Low", "High", confidenceLevel: 0.8).Fit(Rows(0, 60)));

    [Fact]
    public void Each_vector_is_a_step_and_the_forecast_has_the_columns_of_each_step()
    {
        Forecaster forecaster = Forecast();
        SalesForecast[] rows = Read(Fitted.Value.Transform(Rows(60, 3)));

        for (int t = 0; t < rows.Length; t++)
        {
            forecaster.Update(Flat(60 + t, 1));
            Same(rows[t], forecaster);
            rows[t].Next.Should().HaveCount(2 * Pipeline.Options.Horizon);
        }
    }

    [Fact]
    public void An_engine_takes_vectors_and_a_checkpoint_keeps_them()
    {
        using RnnForecastingEngine<Pair, SalesForecast> engine = Fitted.Value.CreateRnnForecastingEngine<Pair, SalesForecast>(Context);
        Forecaster forecaster = Forecast();
        forecaster.Update(Flat(60, 1));
        Same(engine.Predict(Pairs(60, 1)[0]), forecaster);
        engine.Predict(horizon: 2).Next.Should().Equal(engine.Predict().Next[..4]);

        using var file = new MemoryStream();
        engine.CheckPoint(file);
        file.Position = 0;
        forecaster.Update(Flat(61, 1));
        Same(Read(new MLContext().Model.Load(file, out _).Transform(Rows(61, 1)))[0], forecaster);
    }

    [Fact]
    public void Rows_of_other_columns_are_refused()
    {
        using RnnForecastingEngine<AnySize, SalesForecast> engine = Fitted.Value.CreateRnnForecastingEngine<AnySize, SalesForecast>(Context);
        IDataView numbers = Context.Data.LoadFromEnumerable([new { Values = 1f }]), vectors = Context.Data.LoadFromEnumerable([new { Values = new float[] { 1, 2 } }]);
        Action update = () => engine.Update(new AnySize { Values = [1, 2, 3, 4] }), read = () => Read(Fitted.Value.Transform(numbers)), fit = () => Context.Forecasting.ForecastByRnn("Next", "Values").Fit(vectors);

        update.Should().Throw<ArgumentException>().WithMessage("Expected 2 values*4*");
        Same(engine.Predict(), Forecast());
        read.Should().Throw<Exception>().Where(exception => exception.GetBaseException().Message.StartsWith("Expected 2 values", StringComparison.Ordinal));
        fit.Should().Throw<ArgumentException>().WithMessage("*known size*Values*");
    }

    private static Forecaster Forecast() => Forecaster.Fit(new TimeSeries(Flat(0, 60), columns: 2), Pipeline.Options);

    private static double[] Flat(int first, int count) => [.. Pairs(first, count).SelectMany(pair => pair.Values).Select(value => (double)value)];

    private static Pair[] Pairs(int first, int count) => [.. Pipeline.Sales(first, count).Select((sale, t) => new Pair { Values = [sale.Amount, 100 - 0.5f * sale.Amount + (first + t) % 6] })];

    private static IDataView Rows(int first, int count) => Context.Data.LoadFromEnumerable(Pairs(first, count));

    private static SalesForecast[] Read(IDataView rows) => [.. Context.Data.CreateEnumerable<SalesForecast>(rows, reuseRowObject: false)];

    private static void Same(SalesForecast row, Forecaster forecaster) => row.Should().BeEquivalentTo(Pipeline.ToRow(forecaster.Predict()), options => options.WithStrictOrdering());

    public sealed class AnySize
    {
        public float[] Values { get; set; } = [];
    }
}
