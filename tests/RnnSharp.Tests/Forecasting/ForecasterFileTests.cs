using System.Text;
using FluentAssertions;
using RnnSharp.Forecasting;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Forecasting;

public sealed class ForecasterFileTests
{
    private static readonly ForecasterOptions Small = new() { Horizon = 3, Season = 6, Seasons = 1, Lookback = 7, HiddenSize = 3, Members = 2, Epochs = 2, Levels = [0.1, 0.5, 0.9], Scaling = Scaling.Log(1).Then(Scaling.Robust) };

    [Fact]
    public void Loaded_forecasters_forecast_the_same_bits_and_go_on()
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");
        TimeSeries series = ForecasterTests.Counts(100, 3), known = ForecasterTests.Counts(120, 4);
        foreach (TimeSeries given in (TimeSeries[])
        [
            series,
            new(series.Values.Span) { Id = "a", Start = new(2000, 1, 31), Step = TimeStep.Month, FutureCovariates = new(known.Values.Span), PastCovariates = ForecasterTests.Counts(100, 5), Names = ["count"] },
            new([.. series.Values.ToArray().Select((value, t) => t == 97 ? double.NaN : value)]) { Start = new(2000, 1, 1), Step = TimeStep.Hour },
        ])
        {
            var forecaster = Forecaster.Fit(given, Small);
            try
            {
                forecaster.Save(path);
                var loaded = Forecaster.Load(path);
                ForecasterTests.Same(loaded.Predict(), forecaster.Predict());
                loaded.Predict().ToString().Should().Be(forecaster.Predict().ToString());
                loaded.Predict().TimeAt(2).Should().Be(given.TimeAt(102));
                if (given.PastCovariates is null)
                {
                    loaded.Update([9, 4]);
                    forecaster.Update([9, 4]);
                    ForecasterTests.Same(loaded.Predict(), forecaster.Predict());
                }

                loaded.Options.Should().BeEquivalentTo(forecaster.Options, options => options.Excluding(one => one.Scaling));
                loaded.Options.Scaling.ToString().Should().Be(forecaster.Options.Scaling.ToString());
                using MemoryStream first = new(), second = new();
                forecaster.Save(first);
                loaded.Save(second);
                second.ToArray().Should().Equal(first.ToArray());
            }
            finally
            {
                File.Delete(path);
            }
        }
    }

    [Fact]
    public void A_local_time_is_the_clock_of_the_series_and_covariates_keep_their_names()
    {
        var given = new TimeSeries(ForecasterTests.Counts(100, 3).Values.Span)
        {
            Start = new DateTime(2000, 1, 31, 12, 0, 0, DateTimeKind.Local),
            Step = TimeStep.Month,
            PastCovariates = new TimeSeries(ForecasterTests.Counts(100, 5).Values.Span) { Names = ["rain"] },
            FutureCovariates = new TimeSeries(ForecasterTests.Counts(120, 4).Values.Span) { Names = ["price"] },
        };
        using var stream = new MemoryStream();
        Forecaster.Fit(given, Small).Save(stream);
        string file = Encoding.Latin1.GetString(stream.ToArray());
        stream.Position = 0;
        TimeSeries history = Forecaster.Load(stream).Histories[0];

        file.Should().Contain("2000-01-31T12:00:00.0000000\\\"", "a time with an offset would be another one in another zone");
        history.TimeAt(history.Length).Should().Be(given.TimeAt(100));
        history.PastCovariates!.Names.Should().Equal("rain");
        history.FutureCovariates!.Names.Should().Equal("price");
    }

    [Fact]
    public void A_covariate_that_ends_early_forecasts_and_comes_back_from_the_file()
    {
        double[] rain = ForecasterTests.Counts(100, 5).Values.ToArray();
        Array.Fill(rain, double.NaN, 60, 40); // more than a forecast reads
        using var stream = new MemoryStream();
        var forecaster = Forecaster.Fit(new TimeSeries(ForecasterTests.Counts(100, 3).Values.Span) { PastCovariates = new(rain) }, Small);
        forecaster.Save(stream);
        stream.Position = 0;
        ForecasterTests.Same(Forecaster.Load(stream).Predict(), forecaster.Predict());
    }

    [Fact]
    public void Other_model_files_are_refused()
    {
        using var stream = new MemoryStream();
        ModelFile.Save(Forecaster.Fit(ForecasterTests.Counts(100, 3), Small with { Members = 1 }).Networks[0], stream);
        stream.Position = 0;
        FluentActions.Invoking(() => Forecaster.Load(stream)).Should().Throw<InvalidDataException>().WithMessage("*without a forecaster*");
    }

    [Fact]
    public void Changed_files_are_refused_or_run()
    {
        var forecaster = Forecaster.Fit(ForecasterTests.Counts(100, 3), Small);
        using var saved = new MemoryStream();
        forecaster.Save(saved);
        byte[] original = saved.ToArray();
        saved.Position = 0;
        string text = ModelFile.Load<float>(saved, new() { Formats = ForecastEnsembleFormat.Formats }).Metadata["forecaster"];
        ForecastFileFuzz.Run(original, text, changed => WithText(forecaster, changed), Forecaster.Load, loaded =>
        {
            try
            {
                loaded.Predict();
            }
            catch (ArgumentException)
            {
                // Numbers such as 1e300 load, and have no finite forecast.
            }
        });
    }

    private static byte[] WithText(Forecaster forecaster, string text)
    {
        using var stream = new MemoryStream();
        ModelFile.Save(new ForecastEnsemble<float>(forecaster.Networks), stream, new() { Formats = ForecastEnsembleFormat.Formats, Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["forecaster"] = text } });
        return stream.ToArray();
    }
}
