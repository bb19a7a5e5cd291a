using FluentAssertions;
using PassengerForecast;
using RnnSharp.Data;
using RnnSharp.Forecasting;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Forecasting;

public sealed class ForecasterGapTests
{
    [Theory]
    [InlineData(ForecastHead.Point)]
    [InlineData(ForecastHead.Quantiles)]
    [InlineData(ForecastHead.Gaussian)]
    public void Business_days_are_learned_though_every_block_has_a_weekend(ForecastHead head)
    {
        // Each weekday has a value of its own; those of weekends are unknown.
        DateTime[] days = [.. Enumerable.Range(0, 210).Select(day => new DateTime(2024, 1, 1).AddDays(day)).Where(day => day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday))];
        var random = new Random(2);
        var series = TimeSeries.FromTimes(days, [.. days.Select(day => 10d * (int)day.DayOfWeek + random.NextDouble())], TimeStep.Day);
        Forecast forecast = Forecaster.Fit(series, new() { Horizon = 7, Seasons = 0, AnchorSteps = 0, Head = head, Members = 1, Epochs = 60, LearningRate = 0.02 }).Predict();
        for (int h = 0; h < 7; h++)
        {
            DayOfWeek day = forecast.TimeAt(h).DayOfWeek;
            if (day is not (DayOfWeek.Saturday or DayOfWeek.Sunday)) forecast[h].Should().BeApproximately(10 * (int)day, 4, "{0}", day);
        }
    }

    [Theory]
    [InlineData(ForecastHead.Point)]
    [InlineData(ForecastHead.Quantiles)]
    [InlineData(ForecastHead.Gaussian)]
    [InlineData(ForecastHead.NegativeBinomial)]
    public void Missing_targets_are_left_out_and_the_others_count_the_same(ForecastHead head)
    {
        ForecastShape shape = Shape(head), single = shape with { Block = 1 };
        var random = new Random(1);
        Sequence<float> output = new(shape.Outputs, 2, 1), target = new(3, 2, 1), gradient = new(1, 1, 1), losses = new(1, 1, 1);
        for (int i = 0; i < output.Values.Length; i++) output.Values[i] = random.NextSingle();
        for (int i = 0; i < 6; i++) target.Values[i] = i is 1 or 2 or 3 ? float.NaN : random.Next(5);
        LossValue value = ForecastNetwork.Loss(shape, 2).Compute(output, target, gradient, losses: losses);
        double sum = 0, sumOfLosses = 0;
        for (int i = 0; i < 6; i++)
        {
            int first = i / 3 * shape.Outputs + i % 3;
            float[] own = [.. Enumerable.Range(0, shape.PerValue).Select(k => output.Values[first + 3 * k])], actual = [.. Enumerable.Range(0, shape.PerValue).Select(k => gradient.Values[first + 3 * k])];
            if (float.IsNaN(target.Values[i]))
            {
                actual.Should().OnlyContain(slope => slope == 0);
                continue;
            }

            Sequence<float> one = new(shape.PerValue, 1, 1), wanted = new(1, 1, 1), slopes = new(1, 1, 1);
            own.CopyTo(one.Values);
            wanted.Values[0] = target.Values[i];
            sum += ForecastNetwork.Loss(single, 2).Compute(one, wanted, slopes).Value;
            for (int k = 0; k < own.Length; k++) actual[k].Should().BeApproximately(slopes.Values[k] / 3, 1e-6f);
        }

        value.Value.Should().BeApproximately(sum / 3, 1e-6);
        foreach (float loss in losses.Values) sumOfLosses += loss;
        sumOfLosses.Should().BeApproximately(value.Sum, 1e-5);
    }

    [Fact]
    public void Windows_are_left_out_only_if_their_whole_target_is_missing()
    {
        float[] rows = [.. Enumerable.Range(0, 20).SelectMany(t => new[] { t, t is 8 or 12 or 13 or 14 ? float.NaN : t })];
        ForecastNetwork.Windows([Series<float>.FromValues(rows, 2)], Shape(ForecastHead.Point), new() { BatchSize = 1 }).BatchesPerEpoch.Should().Be(13, "of 14 windows one has the steps 12 to 14 as its target");
    }

    [Fact]
    public void Gap_in_a_season_takes_the_value_of_the_season_before()
    {
        double[] values = Passengers.Series.Values.ToArray();
        values[143] = double.NaN;
        ScaledSeries scaled = Scaled(Series(values), new() { Horizon = 12, Seasons = 4 }, 120, out _);
        scaled.At(143, 0).Should().Be(scaled.At(131, 0));
    }

    [Fact]
    public void Kept_history_has_the_seasons_from_which_its_gaps_are_filled()
    {
        double[] values = Passengers.Series.Values.ToArray();
        values[90] = double.NaN;
        var options = new ForecasterOptions { Horizon = 12, Seasons = 4, HiddenSize = 2, Members = 1, Epochs = 1 };
        TimeSeries series = Series(values), kept = Forecaster.Fit(series, options).Histories[0];
        ForecastShape shape = ForecastShape.Of([series], options);
        SeriesScales scales = SeriesScales.Fit(series, series.Length, shape, options.Scaling);
        int first = series.Length - kept.Length;
        first.Should().BeInRange(1, 90 - 12);
        new ScaledSeries(kept, scales, shape).At(90 - first, 0).Should().Be(new ScaledSeries(series, scales, shape).At(90, 0));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void What_is_read_of_a_gap_does_not_depend_on_later_values(int seasons)
    {
        double[] values = Passengers.Series.Values.ToArray(), others = [.. values];
        foreach (int gap in (int[])[99, 100, 101, 102]) values[gap] = others[gap] = double.NaN;
        for (int t = 103; t < values.Length; t++) others[t] = 2 * values[t];
        var options = new ForecasterOptions { Horizon = 12, Seasons = seasons };
        ScaledSeries one = Scaled(Series(values), options, 96, out ForecastShape shape), other = Scaled(Series(others), options, 96, out _);
        for (int t = 96; t < 103; t++) one.Before(103, 12).At(t, 0).Should().Be(other.Before(103, 12).At(t, 0), "step {0}", t);
        ReadOnlySpan<float> rows = one.ToTraining(101).Values.Span, same = other.ToTraining(101).Values.Span;
        for (int row = rows.Length / 2 - 6; row < rows.Length / 2; row++) rows[row * 2].Should().Be(same[row * 2]);
    }

    private static ForecastShape Shape(ForecastHead head) => new(1, 0, 0, 4, 3, 1, 0, 0, head, [0.1, 0.5, 0.9]);

    private static TimeSeries Series(double[] values) => TimeSeries.Monthly(values, new DateTime(1949, 1, 1));

    private static ScaledSeries Scaled(TimeSeries series, ForecasterOptions options, int steps, out ForecastShape shape)
    {
        shape = ForecastShape.Of([series], options);
        return new ScaledSeries(series, SeriesScales.Fit(series, steps, shape, options.Scaling), shape);
    }
}
