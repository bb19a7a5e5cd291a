using FluentAssertions;
using Microsoft.ML;
using Microsoft.ML.Data;
using RnnSharp.Forecasting;
using RnnSharp.Tests.Serialization;
using Xunit;

namespace RnnSharp.MicrosoftML.Tests;

public sealed class RnnForecastingEngineTests
{
    private static readonly MLContext Context = Pipeline.Context;

    private static readonly Lazy<ITransformer> Fitted = new(() => Pipeline.Estimator().Fit(Pipeline.Rows(0, 60)));

    [Fact]
    public void It_forecasts_takes_points_and_forecasts_again()
    {
        RnnForecastingEngine<Sale, SalesForecast> engine = Fitted.Value.CreateRnnForecastingEngine<Sale, SalesForecast>(Context);
        Forecaster forecaster = Pipeline.Forecaster(60);

        Same(engine.Predict(), forecaster);
        engine.Update(Pipeline.Sales(60, 1)[0]);
        forecaster.Update(Pipeline.Doubled(60, 1));
        Same(engine.Predict(), forecaster);
        forecaster.Update(Pipeline.Doubled(61, 1));
        Same(engine.Predict(Pipeline.Sales(61, 1)[0]), forecaster);
    }

    [Fact]
    public void Horizon_and_level_of_a_call_come_before_those_of_the_model()
    {
        RnnForecastingEngine<Sale, SalesForecast> engine = Fitted.Value.CreateRnnForecastingEngine<Sale, SalesForecast>(Context);
        SalesForecast whole = engine.Predict(), part = engine.Predict(horizon: 2, confidenceLevel: 0.5);

        part.Next.Should().Equal(whole.Next[..2]);
        (part.High[0] - part.Low[0]).Should().BeLessThan(whole.High[0] - whole.Low[0]);
    }

    [Fact]
    public void The_model_does_not_change()
    {
        RnnForecastingEngine<Sale, SalesForecast> engine = Fitted.Value.CreateRnnForecastingEngine<Sale, SalesForecast>(Context);
        foreach (Sale sale in Pipeline.Sales(60, 3)) engine.Update(sale);

        Same(Fitted.Value.CreateRnnForecastingEngine<Sale, SalesForecast>(Context).Predict(), Pipeline.Forecaster(60));
    }

    [Fact]
    public void A_checkpoint_continues_from_the_points_that_were_added()
    {
        RnnForecastingEngine<Sale, SalesForecast> engine = Fitted.Value.CreateRnnForecastingEngine<Sale, SalesForecast>(Context);
        foreach (Sale sale in Pipeline.Sales(60, 3)) engine.Update(sale);
        var context = new MLContext();
        ITransformer loaded = Load(engine, context);
        RnnForecastingEngine<Sale, SalesForecast> next = loaded.CreateRnnForecastingEngine<Sale, SalesForecast>(context);

        next.Predict().Should().BeEquivalentTo(engine.Predict(), options => options.WithStrictOrdering());
        Sale later = Pipeline.Sales(63, 1)[0];
        next.Predict(later).Should().BeEquivalentTo(engine.Predict(later), options => options.WithStrictOrdering());
        context.Data.CreateEnumerable<SalesForecast>(loaded.Transform(Pipeline.Rows(63, 1)), reuseRowObject: false).Single()
            .Should().BeEquivalentTo(engine.Predict(), options => options.WithStrictOrdering());
        Load(next, context).CreateRnnForecastingEngine<Sale, SalesForecast>(context).Predict().Should().BeEquivalentTo(next.Predict(), options => options.WithStrictOrdering());
    }

    [Fact]
    public void A_checkpoint_can_be_a_file()
    {
        using var folder = new TemporaryFolder();
        RnnForecastingEngine<Sale, SalesForecast> engine = Fitted.Value.CreateRnnForecastingEngine<Sale, SalesForecast>(Context);
        engine.CheckPoint(folder["sales.zip"]);
        engine.Update(Pipeline.Sales(60, 1)[0]);
        engine.CheckPoint(folder["sales.zip"]);

        Context.Model.Load(folder["sales.zip"], out _).CreateRnnForecastingEngine<Sale, SalesForecast>(Context).Predict()
            .Should().BeEquivalentTo(engine.Predict(), options => options.WithStrictOrdering());
        folder.Names.Should().Equal("sales.zip");
    }

    [Fact]
    public void A_checkpoint_that_fails_leaves_the_old_file()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("sales.zip", [1, 2, 3]);
        ITransformer fitted = Context.Transforms.CustomMapping<Sale, Copied>((from, to) => to.Copy = from.Amount, contractName: null)
            .Append(Context.Forecasting.ForecastByRnn("Next", "Copy", Pipeline.Options with { Members = 1 })).Fit(Pipeline.Rows(0, 60));
        RnnForecastingEngine<Sale, PointForecast> engine = fitted.CreateRnnForecastingEngine<Sale, PointForecast>(Context);

        Action save = () => engine.CheckPoint(path), saveToNoPath = () => engine.CheckPoint(""), saveToNoStream = () => engine.CheckPoint((Stream)null!);
        save.Should().Throw<InvalidOperationException>("a mapping without a contract cannot be saved");
        saveToNoPath.Should().Throw<ArgumentException>().WithParameterName("path");
        saveToNoStream.Should().Throw<ArgumentNullException>().WithParameterName("stream");
        File.ReadAllBytes(path).Should().Equal(1, 2, 3);
        folder.Names.Should().Equal("sales.zip");
    }

    [Fact]
    public void Stages_before_and_after_the_forecast_stay_in_the_model()
    {
        IDataView rows = Pipeline.Rows(0, 60);
        ITransformer fitted = Pipeline.Estimator().Append(Context.Transforms.CopyColumns("Copy", "Next")).Fit(rows);
        RnnForecastingEngine<Sale, SalesForecast> engine = fitted.CreateRnnForecastingEngine<Sale, SalesForecast>(Context);
        engine.Update(Pipeline.Sales(60, 1)[0]);
        ITransformer loaded = Load(engine, Context);

        loaded.CreateRnnForecastingEngine<Sale, SalesForecast>(Context).Predict().Should().BeEquivalentTo(engine.Predict(), options => options.WithStrictOrdering());
        IDataView transformed = loaded.Transform(Pipeline.Rows(61, 1));
        transformed.GetColumn<float[]>("Copy").Single().Should().Equal(engine.Predict(Pipeline.Sales(61, 1)[0]).Next);
    }

    [Fact]
    public void A_prediction_engine_without_a_state_is_refused()
    {
        Invoking(() => Context.Model.CreatePredictionEngine<Sale, SalesForecast>(Fitted.Value)).Should().Throw<ArgumentException>().WithMessage("*row to row mapper*");
        RnnForecastingTransformer forecast = ((IEnumerable<ITransformer>)Fitted.Value).OfType<RnnForecastingTransformer>().Single();
        Invoking(() => forecast.GetRowToRowMapper(Pipeline.Rows(0, 1).Schema)).Should().Throw<InvalidOperationException>().WithMessage("*CreateRnnForecastingEngine*");
    }

    [Fact]
    public void A_disposed_engine_refuses_calls_and_leaves_the_model_to_its_owner()
    {
        var owned = new OwnedTransformer(Context.Transforms.CopyColumns("Copy", "Amount").Fit(Pipeline.Rows(0, 60)));
        ITransformer forecast = Context.Forecasting.ForecastByRnn("Next", "Copy", Pipeline.Options with { Members = 1 }).Fit(owned.Transform(Pipeline.Rows(0, 60)));
        var model = new TransformerChain<ITransformer>(owned, forecast);
        RnnForecastingEngine<Sale, PointForecast> engine = model.CreateRnnForecastingEngine<Sale, PointForecast>(Context);
        Sale sale = Pipeline.Sales(60, 1)[0];
        float[] next = engine.Predict().Next;
        engine.Dispose();
        engine.Dispose();

        Action[] calls = [() => engine.Predict(), () => engine.Predict(sale), () => engine.Update(sale), () => engine.CheckPoint("sales.zip"), () => engine.CheckPoint(Stream.Null)];
        foreach (Action call in calls) call.Should().Throw<ObjectDisposedException>();
        owned.IsDisposed.Should().BeFalse();
        model.CreateRnnForecastingEngine<Sale, PointForecast>(Context).Predict().Next.Should().Equal(next);
    }

    [Fact]
    public void A_missing_value_is_a_point_too()
    {
        RnnForecastingEngine<Sale, SalesForecast> engine = Fitted.Value.CreateRnnForecastingEngine<Sale, SalesForecast>(Context);
        Forecaster forecaster = Pipeline.Forecaster(60);
        forecaster.Update([double.NaN]);

        Same(engine.Predict(new Sale { Amount = float.NaN }), forecaster);
    }

    [Fact]
    public void Arguments_are_checked_before_the_series_changes()
    {
        RnnForecastingEngine<Sale, SalesForecast> engine = Fitted.Value.CreateRnnForecastingEngine<Sale, SalesForecast>(Context);
        Sale sale = Pipeline.Sales(60, 1)[0];

        Invoking(() => engine.Predict(sale, horizon: 5)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("horizon");
        Invoking(() => engine.Predict(sale, horizon: 0)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("horizon");
        Invoking(() => engine.Predict(sale, confidenceLevel: 0.999)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("confidenceLevel");
        Invoking(() => engine.Predict((Sale)null!)).Should().Throw<ArgumentNullException>();
        Invoking(() => engine.Predict(new Sale { Amount = float.PositiveInfinity })).Should().Throw<ArgumentException>();
        Same(engine.Predict(), Pipeline.Forecaster(60));

        ITransformer other = Context.Transforms.CopyColumns("Copy", "Amount").Fit(Pipeline.Rows(0, 1));
        Invoking(() => other.CreateRnnForecastingEngine<Sale, SalesForecast>(Context)).Should().Throw<ArgumentException>().WithMessage("*ForecastByRnn*none*");
        Invoking(() => other.CreateRnnForecastingEngine<Sale, SalesForecast>(null!)).Should().Throw<ArgumentNullException>();
    }

    private static ITransformer Load(RnnForecastingEngine<Sale, SalesForecast> engine, MLContext context)
    {
        using var file = new MemoryStream();
        engine.CheckPoint(file);
        file.Position = 0;
        return context.Model.Load(file, out _);
    }

    private static void Same(SalesForecast row, Forecaster forecaster) =>
        row.Should().BeEquivalentTo(Pipeline.ToRow(forecaster.Predict()), options => options.WithStrictOrdering());

    private static Action Invoking(Func<object?> action) => () => action();
}
