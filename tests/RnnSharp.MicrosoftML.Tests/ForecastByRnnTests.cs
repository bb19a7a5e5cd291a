using FluentAssertions;
using Microsoft.ML;
using Microsoft.ML.Data;
using RnnSharp.Forecasting;
using Xunit;

namespace RnnSharp.MicrosoftML.Tests;

public sealed class ForecastByRnnTests
{
    private static readonly MLContext Context = Pipeline.Context;

    private static readonly Lazy<ITransformer> Fitted = new(() => Pipeline.Estimator().Fit(Pipeline.Rows(0, 60)));

    [Fact]
    public void Each_row_is_a_further_point_and_has_the_forecast_of_those_that_follow()
    {
        SalesForecast[] rows = Forecasts(Fitted.Value, Pipeline.Rows(60, 5));

        Forecaster forecaster = Pipeline.Forecaster(60);
        rows.Should().HaveCount(5);
        for (int t = 0; t < rows.Length; t++)
        {
            forecaster.Update(Pipeline.Doubled(60 + t, 1));
            rows[t].Should().BeEquivalentTo(Pipeline.ToRow(forecaster.Predict()), options => options.WithStrictOrdering());
            rows[t].Next.Should().HaveCount(Pipeline.Options.Horizon);
            rows[t].Low[0].Should().BeLessThan(rows[t].High[0]);
        }
    }

    [Fact]
    public void Each_pass_over_the_data_starts_from_the_same_state()
    {
        IDataView transformed = Fitted.Value.Transform(Pipeline.Rows(60, 3));

        Rows(transformed).Should().BeEquivalentTo(Rows(transformed), options => options.WithStrictOrdering());
    }

    [Fact]
    public void A_loaded_pipeline_gives_the_same_forecasts()
    {
        using var file = new MemoryStream();
        Context.Model.Save(Fitted.Value, Pipeline.Rows(0, 60).Schema, file);
        file.Position = 0;
        ITransformer loaded = new MLContext().Model.Load(file, out DataViewSchema schema);

        schema.Select(column => column.Name).Should().Equal("Amount");
        Forecasts(loaded, Pipeline.Rows(60, 4)).Should().BeEquivalentTo(Forecasts(Fitted.Value, Pipeline.Rows(60, 4)), options => options.WithStrictOrdering());
    }

    [Fact]
    public void The_output_has_the_named_columns_and_no_others()
    {
        string[] names = ["Amount", "Doubled", "Next", "Low", "High"];

        Fitted.Value.GetOutputSchema(Pipeline.Rows(0, 1).Schema).Where(column => !column.IsHidden).Select(column => column.Name).Should().BeEquivalentTo(names);
        Fitted.Value.Transform(Pipeline.Rows(0, 1)).Schema["Next"].Type.Should().Be(new VectorDataViewType(NumberDataViewType.Single));
    }

    [Fact]
    public void Later_stages_can_use_the_outputs()
    {
        IDataView rows = Pipeline.Rows(0, 60);
        Func<string, IEstimator<ITransformer>> copy = name => Pipeline.Estimator().Append(Context.Transforms.CopyColumns("Copy", name));

        copy("High").Fit(rows).GetOutputSchema(rows.Schema)["Copy"].Type.Should().Be(new VectorDataViewType(NumberDataViewType.Single));
        Invoking(() => copy("Higher").Fit(rows)).Should().Throw<ArgumentOutOfRangeException>("a chain checks the schema of each stage before it fits any").WithMessage("*Higher*");
    }

    [Fact]
    public void Without_names_of_bounds_there_are_none()
    {
        RnnForecastingTransformer fitted = Context.Forecasting.ForecastByRnn("Next", "Amount", Pipeline.Options with { Members = 1 }).Fit(Pipeline.Rows(0, 60));

        fitted.Transform(Pipeline.Rows(60, 1)).Schema.Select(column => column.Name).Should().BeEquivalentTo("Amount", "Next");
        PointForecast row = Context.Data.CreateEnumerable<PointForecast>(fitted.Transform(Pipeline.Rows(60, 1)), reuseRowObject: false).Single();
        Forecaster forecaster = fitted.CreateForecaster();
        forecaster.Update([Pipeline.Sales(60, 1)[0].Amount]);
        row.Next.Should().Equal(forecaster.Predict().Points.ToArray().Select(value => (float)value));
    }

    [Fact]
    public void Each_forecaster_of_a_transformer_is_a_new_one()
    {
        RnnForecastingTransformer fitted = Context.Forecasting.ForecastByRnn("Next", "Amount", Pipeline.Options with { Members = 1 }).Fit(Pipeline.Rows(0, 60));
        float[] rows = Next();
        Forecaster first = fitted.CreateForecaster(), second = fitted.CreateForecaster();
        double[] before = second.Predict().Points.ToArray();
        first.Update([1000, 2000, 3000]);

        Next().Should().Equal(rows);
        second.Predict().Points.ToArray().Should().Equal(before);
        fitted.CreateForecaster().Predict().Points.ToArray().Should().Equal(before);

        float[] Next() => Context.Data.CreateEnumerable<PointForecast>(fitted.Transform(Pipeline.Rows(60, 1)), reuseRowObject: false).Single().Next;
    }

    [Fact]
    public void A_fit_can_be_cancelled()
    {
        using var source = new CancellationTokenSource();
        RnnForecastingEstimator estimator = Context.Forecasting.ForecastByRnn("Next", "Amount", Pipeline.Options, cancellation: source.Token);
        source.Cancel();

        Invoking(() => estimator.Fit(Pipeline.Rows(0, 60))).Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void Arguments_are_checked_before_any_work()
    {
        ForecastingCatalog catalog = Context.Forecasting;

        Invoking(() => catalog.ForecastByRnn(null!, "Amount")).Should().Throw<ArgumentNullException>().WithParameterName("outputColumnName");
        Invoking(() => catalog.ForecastByRnn("Next", " ")).Should().Throw<ArgumentException>().WithParameterName("inputColumnName");
        Invoking(() => catalog.ForecastByRnn("Next", "Amount", null, "Next")).Should().Throw<ArgumentException>().WithParameterName("confidenceLowerBoundColumn");
        Invoking(() => catalog.ForecastByRnn("Next", "Amount", null, "Low", "Low")).Should().Throw<ArgumentException>().WithParameterName("confidenceUpperBoundColumn");
        Invoking(() => catalog.ForecastByRnn("Next", "Amount", null, "Low", "High", 1)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("confidenceLevel");
        Invoking(() => catalog.ForecastByRnn("Next", "Amount", null, "Low", "High", 0.99)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*0.025 to 0.975*");
        Invoking(() => catalog.ForecastByRnn("Next", "Amount", new() { Calibrate = false }, "Low", "High")).Should().Throw<ArgumentException>().WithParameterName("options");
        Invoking(() => RnnForecastingCatalog.ForecastByRnn(null!, "Next", "Amount")).Should().Throw<ArgumentNullException>().WithParameterName("catalog");
        Invoking(() => catalog.ForecastByRnn("Next", "Sold").Fit(Pipeline.Rows(0, 60))).Should().Throw<ArgumentException>().WithMessage("*Sold*Amount*");
        IDataView texts = Context.Data.LoadFromEnumerable([new { Text = "a" }]);
        Invoking(() => catalog.ForecastByRnn("Next", "Text").Fit(texts)).Should().Throw<ArgumentException>().WithMessage("*number*");
        Invoking(() => catalog.ForecastByRnn("Next", "Amount", Pipeline.Options).Fit(Pipeline.Rows(0, 5))).Should().Throw<ArgumentException>().WithMessage("*steps*");
    }

    private static SalesForecast[] Forecasts(ITransformer model, IDataView rows) => Rows(model.Transform(rows));

    private static SalesForecast[] Rows(IDataView transformed) => [.. Context.Data.CreateEnumerable<SalesForecast>(transformed, reuseRowObject: false)];

    private static Action Invoking(Func<object?> action) => () => action();
}
