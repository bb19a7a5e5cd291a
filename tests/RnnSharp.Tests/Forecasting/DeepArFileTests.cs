using FluentAssertions;
using RnnSharp.Forecasting;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Forecasting;

public sealed class DeepArFileTests
{
    private static readonly DeepArOptions Small = DeepArTests.Quick with { HiddenSize = 3, Epochs = 2, BatchesPerEpoch = 3, SamplePaths = 9, Dropout = 0.2 };

    [Fact]
    public void Loaded_models_forecast_the_same_bits()
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");
        TimeSeries series = ForecasterTests.Counts(100, 3), known = ForecasterTests.Counts(110, 4), plain = new(series.Values.Span) { Id = "plain" };
        foreach ((TimeSeries[] given, DeepArOptions options) in new (TimeSeries[], DeepArOptions)[]
        {
            ([series, series.Slice(5, 80)], Small),
            ([new(series.Values.Span) { Id = "a", Start = new(2000, 1, 31), Step = TimeStep.Month, FutureCovariates = new(known.Values.Span), PastCovariates = ForecasterTests.Counts(100, 5), Names = ["count"] }], Small with { Distribution = DeepArDistribution.NegativeBinomial, Lags = [3, 6] }),
            ([plain], Small with { ColdStart = true, Calendar = [], Context = 200, Season = 1, Cell = ForecastCell.Gru, SampleByScale = false, Refit = false }),
        })
        {
            var model = DeepAr.Fit(given, options);
            try
            {
                model.Save(path);
                var loaded = DeepAr.Load(path);
                for (int s = 0; s < given.Length; s++)
                {
                    ForecasterTests.Same(loaded.Predict(s), model.Predict(s));
                    loaded.Predict(s).ToString().Should().Be(model.Predict(s).ToString());
                    ForecasterTests.Same(loaded.Forecast(given[s], options.Horizon), model.Predict(s));
                }

                loaded.ToString().Should().Be(model.ToString());
                loaded.HistoryLength.Should().Be(model.HistoryLength);
                loaded.Options.Should().BeEquivalentTo(model.Options);
                using MemoryStream first = new(), second = new();
                model.Save(first);
                loaded.Save(second);
                second.ToArray().Should().Equal(first.ToArray());
                File.WriteAllBytes(path, first.ToArray()[..^1]);
                FluentActions.Invoking(() => DeepAr.Load(path)).Should().Throw<InvalidDataException>().WithMessage($"*{Path.GetFileName(path)}*");
            }
            finally
            {
                File.Delete(path);
            }
        }
    }

    [Fact]
    public void Other_model_files_are_refused()
    {
        using var stream = new MemoryStream();
        Forecaster.Fit(ForecasterTests.Counts(60, 3), new() { Members = 1, Epochs = 1, HiddenSize = 2 }).Save(stream);
        stream.Position = 0;
        FluentActions.Invoking(() => DeepAr.Load(stream)).Should().Throw<InvalidDataException>().WithMessage("*without a DeepAR model*");
    }

    [Fact]
    public void Changed_files_are_refused_or_run()
    {
        var model = DeepAr.Fit(ForecasterTests.Counts(80, 3), Small with { Distribution = DeepArDistribution.NegativeBinomial });
        using var saved = new MemoryStream();
        model.Save(saved);
        byte[] original = saved.ToArray();
        saved.Position = 0;
        string text = ModelFile.Load<float>(saved).Metadata["deepar"];
        ForecastFileFuzz.Run(original, text, changed => WithText(model, changed), DeepAr.Load, loaded =>
        {
            if ((long)loaded.Options.SamplePaths * loaded.Options.Horizon > 10_000) return;
            try
            {
                loaded.Predict();
            }
            catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
            {
                // Weights such as 1e38 load, and have no finite output; nor is there a year 10000.
            }
        });
        for (int length = 0; length < original.Length; length += 97)
        {
            using var stream = new MemoryStream(original, 0, length);
            FluentActions.Invoking(() => DeepAr.Load(stream)).Should().Throw<InvalidDataException>();
        }
    }

    private static byte[] WithText(DeepAr model, string text)
    {
        using var stream = new MemoryStream();
        ModelFile.Save(model.Model, stream, new() { Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["deepar"] = text } });
        return stream.ToArray();
    }
}
