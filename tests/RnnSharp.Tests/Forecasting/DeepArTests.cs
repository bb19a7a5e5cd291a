using FluentAssertions;
using PassengerForecast;
using RnnSharp.Data;
using RnnSharp.Forecasting;
using RnnSharp.Numerics;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Forecasting;

public sealed class DeepArTests
{
    internal static readonly DeepArOptions Quick = new() { Horizon = 4, Season = 6, Context = 8, HiddenSize = 6, Layers = 1, Epochs = 3, BatchesPerEpoch = 5, BatchSize = 16, LearningRate = 0.01, SamplePaths = 20 };

    [Fact]
    public void Counts_are_forecast_better_than_by_the_season_before_with_intervals_that_hold()
    {
        var random = new FastRandom(3);
        TimeSeries series = new([.. Enumerable.Range(0, 420).Select(t => CountDistribution.Sample(random, 12 + 9 * Math.Sin(2 * Math.PI * t / 7), 0.05))]) { Start = new(2024, 1, 1), Step = TimeStep.Day };
        BackTestResult result = BackTest.Run(
            [new DeepArMethod(Learning with { Distribution = DeepArDistribution.NegativeBinomial }), new SeasonalNaiveMethod()],
            series,
            new() { Horizon = 7, FirstOrigin = 300, Season = 7, RefitEvery = 0 });
        ForecastScore own = result.Methods[0].Total, naive = result.Methods[1].Total;
        own.Mase.Should().BeLessThan(0.8 * naive.Mase);
        own.Smape.Should().BeLessThan(naive.Smape);
        own.Coverage.Should().BeInRange(0.7, 0.9);
    }

    [Fact]
    public void Real_values_of_very_different_sizes_share_a_network()
    {
        // A season of 5 steps, noise, and a level that differs by series: from a thousandth to a million.
        double[] sizes = [1e-3, 1, 40, 1e6];
        TimeSeries[] all = [.. sizes.Select((size, s) => Noisy(240, size, s))];
        var model = DeepAr.Fit([.. all.Select(one => one.Slice(0, 200))], Learning with { Season = 5, Context = 10, SampleByScale = false });
        var naive = new SeasonalNaiveMethod(5);
        int covered = 0, total = 0;
        for (int s = 0; s < sizes.Length; s++)
        {
            double own = 0, other = 0;
            for (int origin = 200; origin <= 235; origin++)
            {
                TimeSeries history = all[s].Slice(0, origin);
                Forecast forecast = model.Forecast(history, 5), before = naive.Forecast(history, 5);
                ForecastInterval interval = forecast.Interval(0.8);
                for (int h = 0; h < 5; h++)
                {
                    double actual = all[s][origin + h];
                    own += Math.Abs(actual - forecast[h]);
                    other += Math.Abs(actual - before[h]);
                    covered += actual >= interval.Lower[h] && actual <= interval.Upper[h] ? 1 : 0;
                    total++;
                }
            }

            own.Should().BeLessThan(0.9 * other, "of size {0}", sizes[s]);
        }

        ((double)covered / total).Should().BeInRange(0.7, 0.9);

        // A size between those of the fit.
        TimeSeries unseen = Noisy(60, 700, 9);
        model.Forecast(unseen.Slice(0, 50), 5).Column(0).Zip(unseen.Column(0)[50..]).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 500);
    }

    [Fact]
    public void Windows_are_drawn_by_the_scale_of_their_series()
    {
        TimeSeries[] series = [ForecasterTests.Counts(60, 1), new([.. ForecasterTests.Counts(60, 2).Values.ToArray().Select(value => 9 * value)])];
        foreach (bool byScale in (bool[])[true, false])
        {
            DeepArOptions options = Quick with { Calendar = [], SampleByScale = byScale, BatchSize = 400 };
            var shape = DeepArShape.Of(series, options);
            DeepArSeries[] read = [.. series.Select(one => new DeepArSeries(one, shape))];
            GeneratedBatches<double> source = DeepArTraining.Windows<double>(read, [60, 60], shape, options);
            source.BatchesPerEpoch.Should().Be(5);
            DeepArTraining.Windows<double>(read, [60, 60], shape, options with { BatchesPerEpoch = null }).BatchesPerEpoch.Should().Be(10, "at least");
            DeepArTraining.Windows<double>(read, [60, 60], shape, options with { BatchesPerEpoch = null, BatchSize = 2 }).BatchesPerEpoch.Should().Be((60 - 4 - 14 + 1) * 2 / 2, "each window once");
            Batch<double> batch = source.CreateBatch();
            source.Next(batch);
            double[] logarithms = [.. Enumerable.Range(0, 400).Select(j => batch.Input[shape.Features - 1, j, 0])];
            logarithms.Average(value => value > 0 ? 1 : 0).Should().BeApproximately(byScale ? 0.9 : 0.5, 0.06);
        }
    }

    [Fact]
    public void Paths_depend_on_what_a_forecast_reads_alone()
    {
        TimeSeries series = ForecasterTests.Counts(90, 3);
        var model = DeepAr.Fit(series, Quick);
        Forecast forecast = model.Predict(), shorter = model.Forecast(series, 2);
        ForecasterTests.Same(model.Forecast(series.Slice(30, 60), 4), forecast);
        for (int p = 0; p < 20; p++) shorter.Paths.Span.Slice(2 * p, 2).SequenceEqual(forecast.Paths.Span.Slice(4 * p, 2)).Should().BeTrue();
        model.Forecast(series.Slice(0, 88), 4).Paths.ToArray().Should().NotEqual(forecast.Paths.ToArray());
    }

    [Fact]
    public void Every_option_has_an_effect()
    {
        TimeSeries series = ForecasterTests.Counts(90, 3);
        DeepArOptions options = Quick with { Epochs = 25, Refit = false, LearningRate = 0.05, Patience = 8 };
        double[] plain = Weights(options);
        Weights(options).Should().Equal(plain);
        foreach ((string name, DeepArOptions other) in new[]
        {
            ("horizon", options with { Horizon = 5 }),
            ("context", options with { Context = 9 }),
            ("season", options with { Season = 4 }),
            ("lags", options with { Lags = [7] }),
            ("calendar", options with { Calendar = [CalendarField.DayOfYear] }),
            ("distribution", options with { Distribution = DeepArDistribution.NegativeBinomial }),
            ("cold start", options with { ColdStart = true }),
            ("cell", options with { Cell = ForecastCell.Gru }),
            ("hidden size", options with { HiddenSize = 7 }),
            ("layers", options with { Layers = 2 }),
            ("dropout", options with { Dropout = 0.3 }),
            ("epochs", options with { Epochs = 1 }),
            ("batches", options with { BatchesPerEpoch = 7 }),
            ("batch size", options with { BatchSize = 15 }),
            ("learning rate", options with { LearningRate = 0.01 }),
            ("patience", options with { Patience = 1 }),
            ("validation share", options with { ValidationShare = 0.4 }),
            ("refit", options with { Refit = true }),
            ("seed", options with { Seed = 1 }),
        })
        {
            Weights(other).Should().NotEqual(plain, name);
        }

        double[] Weights(DeepArOptions o) => [.. DeepAr.Fit(series, o).Model.Parameters.SelectMany(parameter => parameter.Values.ToArray()).Select(value => (double)value)];
    }

    [Fact]
    public void What_the_network_reads_follows_from_options_and_series()
    {
        TimeSeries series = ForecasterTests.Counts(90, 3), undated = new(series.Values.Span);
        var model = DeepAr.Fit(series, Quick);
        (model.HistoryLength, model.Model.InputSize).Should().Be((8 + 6, 1 + 1 + 2 + 1 + 1), "the previous value, that of the season, the month, age and scale");
        Forecast forecast = model.Predict();
        (forecast.Kind, forecast.SampleCount, forecast.Horizon).Should().Be((ForecastKind.Samples, 20, 4));
        forecast.TimeAt(0).Should().Be(series.TimeAt(90));
        forecast.Mean()[1].Should().BeApproximately(Enumerable.Range(0, 20).Average(p => forecast.Paths.Span[4 * p + 1]), 1e-12);
        DeepAr.Fit(undated, Quick).Model.InputSize.Should().Be(4);
        DeepAr.Fit(undated, Quick with { Season = null, Lags = null }).HistoryLength.Should().Be(9);
        DeepAr.Fit(undated, Quick with { Lags = [2, 9] }).HistoryLength.Should().Be(17);
        DeepAr.Fit(undated, Quick with { Context = null }).HistoryLength.Should().Be(14);
        DeepAr.Fit(series, Quick with { Distribution = DeepArDistribution.NegativeBinomial }).Predict().Paths.ToArray().Should().OnlyContain(value => value >= 0 && value == Math.Round(value));
        FluentActions.Invoking(() => DeepAr.Fit(undated, Quick with { Calendar = [CalendarField.MonthOfYear] })).Should().Throw<ArgumentException>().WithMessage("*start and a step*");
    }

    [Fact]
    public void Cold_starts_forecast_from_a_single_value()
    {
        TimeSeries[] series = [.. Enumerable.Range(0, 12).Select(s => new TimeSeries(ForecasterTests.Counts(14, s).Values.Span))];
        FluentActions.Invoking(() => DeepAr.Fit(series, Quick)).Should().Throw<ArgumentException>().WithMessage("*ColdStart*");
        var model = DeepAr.Fit(series, Quick with { ColdStart = true, Epochs = 20 });
        model.HistoryLength.Should().Be(1);
        model.Forecast(new TimeSeries([8]), 4).Column(0).Should().OnlyContain(value => value > 0 && value < 24);
    }

    [Fact]
    public void Gaps_are_not_learned()
    {
        double[] values = ForecasterTests.Counts(120, 3).Values.ToArray();
        for (int t = 3; t < 120; t += 3) values[t] = double.NaN;
        Forecast forecast = DeepAr.Fit(new TimeSeries(values), Quick with { Epochs = 15 }).Predict();
        forecast.Column(0).Should().OnlyContain(value => value > 4 && value < 20);
        double[] none = [.. values.Select((value, t) => t < 100 ? double.NaN : value)];
        FluentActions.Invoking(() => DeepAr.Fit(new TimeSeries(none), Quick)).Should().Throw<ArgumentException>().WithMessage("*training part*");
    }

    [Fact]
    public void Covariates_that_are_known_ahead_decide_the_forecast()
    {
        var random = new Random(8);
        double[] known = [.. Enumerable.Range(0, 304).Select(_ => (double)random.Next(2))];
        var series = new TimeSeries([.. known.Take(300).Select(value => 10 + 5 * value + 0.1 * random.NextDouble())]) { FutureCovariates = new(known) };
        var model = DeepAr.Fit(series, Quick with { Season = 1, Epochs = 30, BatchesPerEpoch = 20, LearningRate = 0.02, HiddenSize = 12, Dropout = 0 });
        Forecast forecast = model.Predict();
        for (int h = 0; h < 4; h++) forecast[h].Should().BeApproximately(10 + 5 * known[300 + h], 1);
        FluentActions.Invoking(() => model.Forecast(series.Slice(0, 300, 2), 4)).Should().Throw<ArgumentException>().WithMessage("Expected covariates known ahead*");
    }

    [Theory]
    [InlineData(3, 0.5)]
    [InlineData(0.2, 4)]
    [InlineData(50, 1e-9)]
    [InlineData(2000, 0.1)]
    [InlineData(3e7, 1e-30)]
    public void Drawn_counts_have_mean_and_variance_of_their_distribution(double mean, double dispersion)
    {
        var random = new FastRandom(5);
        double[] counts = [.. Enumerable.Range(0, 20_000).Select(_ => CountDistribution.Sample(random, mean, dispersion))];
        double variance = mean + dispersion * mean * mean, average = counts.Average();
        average.Should().BeApproximately(mean, 4 * Math.Sqrt(variance / 20_000));
        counts.Average(count => (count - average) * (count - average)).Should().BeApproximately(variance, 0.1 * variance);
        counts.Should().OnlyContain(count => count >= 0 && count == Math.Round(count));
        if (dispersion > 1e-8) counts.Average(count => count <= CountDistribution.Quantile(mean, dispersion, 0.5) ? 1 : 0).Should().BeGreaterThan(0.49);
    }

    [Fact]
    public void Extreme_distributions_give_finite_counts()
    {
        var random = new FastRandom(5);
        foreach (double mean in (double[])[0, 1e-304, 1, 1e12, 1e60])
        {
            foreach (double dispersion in (double[])[0, 1e-304, 1e-20, 1, 1e30]) CountDistribution.Sample(random, mean, dispersion).Should().BeInRange(0, 1e15);
        }
    }

    [Fact]
    public void Cancelled_fits_and_forecasts_throw()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        FluentActions.Invoking(() => DeepAr.Fit(Passengers.Series, Quick, source.Token)).Should().Throw<OperationCanceledException>();
        FluentActions.Invoking(() => DeepAr.Fit(Passengers.Series, Quick).Forecast(Passengers.Series, 4, source.Token)).Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        foreach (Func<DeepArOptions> bad in (Func<DeepArOptions>[])
        [
            () => new() { Horizon = 0 }, () => new() { Horizon = 100_001 }, () => new() { Context = 0 }, () => new() { Season = 0 }, () => new() { Lags = [1] }, () => new() { Lags = [3, 3] }, () => new() { Lags = [100_001] },
            () => new() { Lags = [.. Enumerable.Range(2, 1001)] }, () => new() { Calendar = [(CalendarField)6] }, () => new() { Calendar = new CalendarField[101] }, () => new() { Distribution = (DeepArDistribution)2 }, () => new() { Cell = (ForecastCell)2 },
            () => new() { HiddenSize = 0 }, () => new() { Layers = 101 }, () => new() { Dropout = 1 }, () => new() { Dropout = double.NaN }, () => new() { SamplePaths = 0 }, () => new() { Epochs = 0 }, () => new() { BatchesPerEpoch = 0 },
            () => new() { BatchSize = 0 }, () => new() { LearningRate = 0 }, () => new() { Patience = 0 }, () => new() { ValidationShare = 0 },
        ])
        {
            FluentActions.Invoking(bad).Should().Throw<ArgumentException>().Which.ParamName.Should().Be("value");
        }
    }

    private static DeepArOptions Learning { get; } = new() { Horizon = 5, HiddenSize = 12, Layers = 1, Dropout = 0, Epochs = 12, BatchesPerEpoch = 25, LearningRate = 0.01, SamplePaths = 200 };

    private static TimeSeries Noisy(int length, double size, int seed)
    {
        var random = new FastRandom((ulong)seed);
        return new([.. Enumerable.Range(0, length).Select(t => size * (2 + Math.Sin(2 * Math.PI * t / 5) + 0.3 * random.NextGaussian()))]) { Id = $"{size}" };
    }
}
