using FluentAssertions;
using PassengerForecast;
using RnnSharp.Forecasting;
using Xunit;

namespace RnnSharp.Tests.Forecasting;

/// <summary>Series of values: columns, times, covariates, parts and gaps.</summary>
public sealed class TimeSeriesTests
{
    private const double Gap = double.NaN;

    [Fact]
    public void The_airline_series_is_the_published_one()
    {
        Passengers.Thousands.Should().HaveCount(144);
        Passengers.Thousands.Sum().Should().Be(40_363);
        Passengers.Thousands.Max().Should().Be(622);
        Passengers.Series.TimeAt(143).Should().Be(new DateTime(1960, 12, 1));
        Passengers.Series.ToString().Should().Be("passengers: 144 steps of 1 month from 1949-01-01T00:00:00");
    }

    [Fact]
    public void Tables_and_columns_give_the_same_series()
    {
        TimeSeries table = TimeSeries.FromTable(new double[,] { { 1, 2 }, { 3, 4 }, { 5, 6 } }), columns = TimeSeries.FromColumns([[1, 3, 5], [2, 4, 6]]);
        table.Values.ToArray().Should().Equal(1, 2, 3, 4, 5, 6);
        columns.Values.ToArray().Should().Equal(1, 2, 3, 4, 5, 6);
        (table.Length, table.Columns, table[2, 1]).Should().Be((3, 2, 6));
        table.Row(1).ToArray().Should().Equal(3, 4);
        table.Column(1).Should().Equal(2, 4, 6);
        table.Select(1, 0, 1).Row(2).ToArray().Should().Equal(6, 5, 6);
    }

    [Fact]
    public void A_series_does_not_see_later_changes_of_its_array()
    {
        double[] values = [1, 2];
        var series = new TimeSeries(values);
        values[0] = 9;
        series[0].Should().Be(1);
    }

    [Fact]
    public void A_part_has_its_times_and_covariates()
    {
        TimeSeries series = new([1, 2, 3, 4, 5])
        {
            Id = "a",
            Names = ["y"],
            Start = new DateTime(2023, 12, 31),
            Step = TimeStep.Month,
            PastCovariates = new TimeSeries([10, 20, 30, 40, 50]),
            FutureCovariates = new TimeSeries([1, 2, 3, 4, 5, 6, 7, 8]),
        };
        TimeSeries part = series.Slice(2, 2).Slice(1, 1, ahead: 2);
        part.Values.ToArray().Should().Equal(4);
        part.Start.Should().Be(new DateTime(2024, 3, 31), "the day of the month comes from the first start");
        series.Slice(2, 1).Start.Should().Be(new DateTime(2024, 2, 29));
        (part.Id, part.Names![0]).Should().Be(("a", "y"));
        part.PastCovariates!.Values.ToArray().Should().Equal(40);
        part.FutureCovariates!.Values.ToArray().Should().Equal(4, 5, 6);
        series.Slice(2, 2).FutureCovariates!.Values.ToArray().Should().Equal(3, 4, 5, 6, 7, 8);
        series.Slice(4, 1, ahead: 100).FutureCovariates!.Length.Should().Be(4);
    }

    [Fact]
    public void Names_and_covariates_must_fit()
    {
        double[] three = [1, 2, 3];
        Refused(() => new TimeSeries(three) { Names = ["a", "b"] }, "1 names");
        Refused(() => new TimeSeries(three) { Names = [null!] }, "Name 0 is null");
        Refused(() => new TimeSeries(three) { PastCovariates = new TimeSeries([1, 2, 3, 4]) }, "3 steps, as in the series");
        Refused(() => new TimeSeries(three) { FutureCovariates = new TimeSeries([1, 2]) }, "at least 3 steps");
        Refused(() => new TimeSeries(three) { FutureCovariates = new TimeSeries(three) { PastCovariates = new TimeSeries(three) } }, "without covariates of their own");

        static void Refused(Func<object> create, string words) => create.Should().Throw<ArgumentException>().WithParameterName("value").WithMessage($"*{words}*");
    }

    [Fact]
    public void Times_need_a_start_and_a_step()
    {
        TimeSeries series = new([1, 2]) { Start = new DateTime(2024, 1, 1) };
        series.HasTimes.Should().BeFalse();
        series.Invoking(s => s.TimeAt(0)).Should().Throw<InvalidOperationException>().WithMessage("*a start and a step*");
        series.Slice(1, 1).Start.Should().BeNull("its time is not known");
    }

    [Fact]
    public void Rows_with_times_leave_gaps_where_steps_are_missing()
    {
        DateTime[] times = [new(2024, 1, 31), new(2024, 2, 29), new(2024, 5, 31)];
        TimeSeries series = TimeSeries.FromTimes(times, [1, 10, 2, 20, 5, 50], TimeStep.Month, 2);
        series.Values.ToArray().Should().Equal(1, 10, 2, 20, Gap, Gap, Gap, Gap, 5, 50);
        series.HasMissing.Should().BeTrue();
        series.TimeAt(4).Should().Be(times[2]);
        series.FillGaps(GapFilling.Linear).Values.ToArray().Should().Equal(1, 10, 2, 20, 3, 30, 4, 40, 5, 50);
    }

    [Theory]
    [InlineData(GapFilling.Previous, new[] { 2.0, 2, 4, 4, 4, 4, 10, 1, 1 })]
    [InlineData(GapFilling.Linear, new[] { 2.0, 2, 4, 5.5, 7, 8.5, 10, 1, 1 })]
    [InlineData(GapFilling.Seasonal, new[] { 10.0, 2, 4, 10, 1.5, 4, 10, 1, 4 })]
    public void Gaps_are_filled_as_asked(GapFilling filling, double[] expected)
    {
        double[] values = [Gap, 2, 4, Gap, Gap, Gap, 10, 1, Gap];
        TimeSeries filled = new TimeSeries(values) { Id = "a", PastCovariates = new TimeSeries(values) }.FillGaps(filling, season: 3);
        filled.Values.ToArray().Should().Equal(expected);
        filled.HasMissing.Should().BeFalse();
        (filled.Id, filled.PastCovariates!.HasMissing).Should().Be(("a", true));
    }

    [Fact]
    public void A_place_of_the_season_without_any_value_is_filled_by_a_line()
    {
        new TimeSeries([1, Gap, 3, Gap, 5, Gap]).FillGaps(GapFilling.Seasonal, 2).Values.ToArray().Should().Equal(1, 2, 3, 4, 5, 5);
        Passengers.Series.FillGaps(GapFilling.Seasonal).Should().BeSameAs(Passengers.Series, "it has no gap");
        new TimeSeries([1, Gap, 3, Gap], 2).Invoking(series => series.FillGaps(GapFilling.Linear)).Should().Throw<InvalidOperationException>().WithMessage("*column 1*");
    }
}
