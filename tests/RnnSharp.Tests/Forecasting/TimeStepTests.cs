using FluentAssertions;
using RnnSharp.Forecasting;
using Xunit;

namespace RnnSharp.Tests.Forecasting;

/// <summary>Steps of time and calendar features.</summary>
public sealed class TimeStepTests
{
    [Fact]
    public void Months_keep_the_day_of_the_start_where_they_have_it()
    {
        DateTime start = new(2023, 12, 31, 6, 0, 0);
        TimeStep.Month.Add(start, 2).Should().Be(new DateTime(2024, 2, 29, 6, 0, 0));
        TimeStep.Month.Add(start, 3).Should().Be(new DateTime(2024, 3, 31, 6, 0, 0));
        TimeStep.Quarter.Add(start, -1).Should().Be(new DateTime(2023, 9, 30, 6, 0, 0));
        TimeStep.FromMinutes(15).Add(start, 72).Should().Be(new DateTime(2024, 1, 1));
    }

    [Fact]
    public void Steps_are_counted_only_between_times_that_they_reach()
    {
        DateTime start = new(2024, 1, 31);
        TimeStep.Month.Count(start, new DateTime(2024, 2, 29)).Should().Be(1);
        TimeStep.Month.Count(start, new DateTime(2024, 2, 28)).Should().BeNull();
        TimeStep.Year.Count(start, new DateTime(2021, 1, 31)).Should().Be(-3);
        TimeStep.Quarter.Count(start, new DateTime(2024, 3, 31)).Should().BeNull();
        TimeStep.Hour.Count(start, start.AddHours(-30)).Should().Be(-30);
        TimeStep.Hour.Count(start, start.AddMinutes(90)).Should().BeNull();
    }

    [Fact]
    public void The_usual_season_is_a_day_a_week_or_a_year()
    {
        (TimeStep Step, int Season)[] expected =
        [
            (TimeStep.Month, 12), (TimeStep.Quarter, 4), (TimeStep.Year, 1), (TimeStep.FromMonths(5), 1), (TimeStep.Week, 1), (TimeStep.Day, 7), (TimeStep.FromDays(2), 1),
            (TimeStep.Hour, 24), (TimeStep.FromHours(5), 1), (TimeStep.FromMinutes(15), 96), (TimeStep.Second, 86_400),
        ];
        foreach ((TimeStep step, int season) in expected) step.Season.Should().Be(season, step.ToString());
    }

    [Fact]
    public void Steps_are_equal_and_named_by_their_length()
    {
        TimeStep.FromTimeSpan(TimeSpan.FromMinutes(60)).Should().Be(TimeStep.Hour);
        TimeStep.FromMonths(12).Should().Be(TimeStep.Year);
        TimeStep.FromDays(30).Should().NotBe(TimeStep.Month);
        new[] { TimeStep.Month, TimeStep.Quarter, TimeStep.Day, TimeStep.Week, TimeStep.FromMinutes(15) }.Select(step => step.ToString())
            .Should().Equal("1 month", "3 months", "1 day", "7 days", "00:15:00");
    }

    [Fact]
    public void Sines_and_cosines_turn_a_field_into_a_circle()
    {
        TimeSeries features = CalendarFeatures.Of(new DateTime(2024, 1, 1), TimeStep.FromHours(6), 9, [CalendarField.HourOfDay, CalendarField.DayOfWeek]);
        features.Names.Should().Equal("HourOfDay.sin", "HourOfDay.cos", "DayOfWeek.sin", "DayOfWeek.cos");
        features.Length.Should().Be(9);
        double[][] hours = [[0, 1], [1, 0], [0, -1], [-1, 0]];
        for (int t = 0; t < 9; t++)
        {
            features[t, 0].Should().BeApproximately(hours[t % 4][0], 1e-15);
            features[t, 1].Should().BeApproximately(hours[t % 4][1], 1e-15);
            features[t, 2].Should().BeApproximately(Math.Sin(2 * Math.PI * (t / 4) / 7), 1e-15, "the first day is a Monday");
        }
    }

    [Fact]
    public void Scaled_fields_are_those_of_GluonTS()
    {
        CalendarField[] all = Enum.GetValues<CalendarField>();
        TimeSeries features = CalendarFeatures.Of(new DateTime(2024, 12, 31, 23, 59, 0), TimeStep.Minute, 2, all, CalendarEncoding.Scaled);
        features.Names.Should().Equal(all.Select(field => field.ToString()));

        // A Tuesday, day 366; then a Wednesday, day 1 of 2025.
        features.Row(0).ToArray().Should().Equal(0.5, 0.5, 1 / 6.0 - 0.5, 0.5, 0.5, 0.5);
        features.Row(1).ToArray().Should().Equal(-0.5, -0.5, 2 / 6.0 - 0.5, -0.5, -0.5, -0.5);
    }

    [Fact]
    public void A_series_takes_the_calendar_after_its_own_covariates()
    {
        TimeSeries series = new([1, 2, 3])
        {
            Start = new DateTime(2024, 1, 31),
            Step = TimeStep.Month,
            Names = ["y"],
            PastCovariates = new TimeSeries([7, 8, 9]),
            FutureCovariates = new TimeSeries([10, 20, 30, 40, 50, 60]) { Names = ["price"] },
        };
        TimeSeries with = series.WithCalendar(2, CalendarEncoding.Scaled);
        with.FutureCovariates!.Names.Should().Equal("price", "MonthOfYear");
        with.FutureCovariates.Length.Should().Be(5);
        with.FutureCovariates.Column(0).Should().Equal(10, 20, 30, 40, 50);
        with.FutureCovariates.Column(1).Should().Equal(Enumerable.Range(0, 5).Select(month => month / 11.0 - 0.5));
        with.FutureCovariates.TimeAt(1).Should().Be(new DateTime(2024, 2, 29));
        with.PastCovariates.Should().BeSameAs(series.PastCovariates);
        with.Names.Should().Equal("y");
        with.Values.Should().Be(series.Values);
    }

    [Fact]
    public void The_usual_fields_follow_the_step()
    {
        CalendarFeatures.UsualFields(TimeStep.Year).Should().BeEmpty();
        CalendarFeatures.UsualFields(TimeStep.Quarter).Should().Equal(CalendarField.MonthOfYear);
        CalendarFeatures.UsualFields(TimeStep.Week).Should().Equal(CalendarField.DayOfMonth, CalendarField.DayOfYear);
        CalendarFeatures.UsualFields(TimeStep.Day).Should().HaveCount(3).And.StartWith(CalendarField.DayOfWeek);
        CalendarFeatures.UsualFields(TimeStep.Hour).Should().HaveCount(4).And.StartWith(CalendarField.HourOfDay);
        CalendarFeatures.UsualFields(TimeStep.FromMinutes(15)).Should().HaveCount(5).And.StartWith(CalendarField.MinuteOfHour);
    }
}
