using RnnSharp.Forecasting;

namespace RnnSharp.Tests;

/// <summary>Series, forecasts, baselines and back-tests.</summary>
public sealed partial class BadArgumentTests
{
    private static IEnumerable<Row> Forecasts() => [.. Times(), .. TimeSeriesRows(), .. ForecastRows(), .. ForecastMetricRows(), .. ForecastMethodRows()];

    private static IEnumerable<Row> Times()
    {
        yield return Bad("TimeStep.FromSeconds(count)", "count", "at least 1", "0", _ => TimeStep.FromSeconds(0));
        yield return Bad("TimeStep.FromMinutes(count)", "count", "at least 1", "-1", _ => TimeStep.FromMinutes(-1));
        yield return Bad("TimeStep.FromHours(count)", "count", "at least 1", "0", _ => TimeStep.FromHours(0));
        yield return Bad("TimeStep.FromDays(count)", "count", "1 to 3652058", "3652059", _ => TimeStep.FromDays(3_652_059));
        yield return Bad("TimeStep.FromMonths(count)", "count", "1 to 119988", "119989", _ => TimeStep.FromMonths(119_989));
        yield return Bad("TimeStep.FromTimeSpan(span)", "span", "above zero", "00:00:00", _ => TimeStep.FromTimeSpan(TimeSpan.Zero));
        yield return Bad("TimeStep.Add(start, steps)", "steps", "the years 1 to 9999", "9000 steps of 12 months", _ => TimeStep.Year.Add(new DateTime(2000, 1, 1), 9000));
        yield return Bad("TimeStep.Add(start, steps)", "steps", "the years 1 to 9999", "9223372036854775807 steps", _ => TimeStep.Hour.Add(new DateTime(2000, 1, 1), long.MaxValue));
        yield return Null("CalendarFeatures.UsualFields(step)", "step", _ => CalendarFeatures.UsualFields(null!));
        const string Of = "CalendarFeatures.Of(start, step, length, fields, encoding)", With = "CalendarFeatures.WithCalendar(series, ahead, encoding, fields)";
        DateTime start = new(2000, 1, 1);
        yield return Null(Of, "step", _ => CalendarFeatures.Of(start, null!, 1, [CalendarField.DayOfWeek]));
        yield return Bad(Of, "length", "at least 1", "0", _ => CalendarFeatures.Of(start, TimeStep.Day, 0, [CalendarField.DayOfWeek]));
        yield return Null(Of, "fields", _ => CalendarFeatures.Of(start, TimeStep.Day, 1, null!));
        yield return Bad(Of, "fields", "at least one field", "none", _ => CalendarFeatures.Of(start, TimeStep.Day, 1, []));
        yield return Bad(Of, "fields", "MinuteOfHour to MonthOfYear", "9", _ => CalendarFeatures.Of(start, TimeStep.Day, 1, [(CalendarField)9]));
        yield return Bad(Of, "encoding", "SineCosine or Scaled", "2", _ => CalendarFeatures.Of(start, TimeStep.Day, 1, [CalendarField.DayOfWeek], (CalendarEncoding)2));
        yield return Null(With, "series", _ => ((TimeSeries)null!).WithCalendar(1));
        yield return Bad(With, "series", "a start and a step", "3 steps", _ => new TimeSeries([1, 2, 3]).WithCalendar(1));
        yield return Bad(With, "series", "known for 5 steps", "4", _ => Daily(futureSteps: 4).WithCalendar(2));
        yield return Bad(With, "ahead", "0 or more", "-1", _ => Daily().WithCalendar(-1));
        yield return Bad(With, "ahead", $"at most {Array.MaxLength}", "2147483650", _ => Daily().WithCalendar(int.MaxValue));
        yield return Bad(With, "encoding", "SineCosine or Scaled", "-1", _ => Daily().WithCalendar(1, (CalendarEncoding)(-1)));
        yield return Bad(With, "fields", "at least one field", "none", _ => Daily().WithCalendar(1, fields: []));
    }

    private static IEnumerable<Row> TimeSeriesRows()
    {
        const string New = "TimeSeries.new(values, columns)", FromTimes = "TimeSeries.FromTimes(times, values, step, columns)", Slice = "TimeSeries.Slice(first, length, ahead)";
        yield return Bad(New, "values", "at least one step of 1 column", "0 values", _ => new TimeSeries([]));
        yield return Bad(New, "values", "at least one step of 2 columns", "3 values", _ => new TimeSeries([1, 2, 3], 2));
        yield return Bad(New, "values", "finite values, or NaN", "step 1, column 0", _ => new TimeSeries([1, 2, double.PositiveInfinity, 4], 2));
        yield return Bad(New, "columns", "at least 1", "0", _ => new TimeSeries([1], 0));
        yield return Bad("TimeSeries.get_Item(step, column)", "step", "0 to 2", "3", f => _ = Daily()[3]);
        yield return Bad("TimeSeries.get_Item(step, column)", "column", "0 to 0", "1", f => _ = Daily()[0, 1]);
        yield return Null("TimeSeries.FromTable(values)", "values", _ => TimeSeries.FromTable(null!));
        yield return Bad("TimeSeries.FromTable(values)", "values", "at least one value", "2 x 0", _ => TimeSeries.FromTable(new double[2, 0]));
        yield return Bad("TimeSeries.FromTable(values)", "values", "finite values", "step 1, column 1", _ => TimeSeries.FromTable(new[,] { { 1, 2 }, { 3, double.NegativeInfinity } }));
        yield return Null("TimeSeries.FromColumns(columns)", "columns", _ => TimeSeries.FromColumns(null!));
        yield return Bad("TimeSeries.FromColumns(columns)", "columns", "at least one column", "none", _ => TimeSeries.FromColumns([]));
        yield return Bad("TimeSeries.FromColumns(columns)", "columns", "Column 1", "null", _ => TimeSeries.FromColumns([[1], null!]));
        yield return Bad("TimeSeries.FromColumns(columns)", "columns", "2 steps in column 1", "1", _ => TimeSeries.FromColumns([[1, 2], [3]]));
        yield return Bad("TimeSeries.FromColumns(columns)", "columns", "1 steps in column 0", "0", _ => TimeSeries.FromColumns([[], []]));
        yield return Bad("TimeSeries.FromColumns(columns)", "columns", "finite values", "step 1, column 1", _ => TimeSeries.FromColumns([[1, 2], [3, double.PositiveInfinity]]));
        DateTime first = new(2000, 1, 1);
        yield return Bad(FromTimes, "times", "at least one time", "none", _ => TimeSeries.FromTimes([], [], TimeStep.Day));
        yield return Bad(FromTimes, "times", "ascending", "2000-01-01T00:00:00 after 2000-01-01T00:00:00", _ => TimeSeries.FromTimes([first, first], [1, 2], TimeStep.Day));
        yield return Bad(FromTimes, "times", "whole steps of 1 day", "2000-01-01T12:00:00 at 1", _ => TimeSeries.FromTimes([first, first.AddHours(12)], [1, 2], TimeStep.Day));
        yield return Bad(FromTimes, "values", "2 values, 2 for each", "1", _ => TimeSeries.FromTimes([first], [1], TimeStep.Day, 2));
        yield return Bad(FromTimes, "values", "finite values", "step 0", _ => TimeSeries.FromTimes([first], [double.PositiveInfinity], TimeStep.Day));
        yield return Null(FromTimes, "step", _ => TimeSeries.FromTimes([first], [1], null!));
        yield return Bad(FromTimes, "columns", "at least 1", "0", _ => TimeSeries.FromTimes([first], [1], TimeStep.Day, 0));
        yield return Bad("TimeSeries.TimeAt(step)", "step", "the years 1 to 9999", "2147483647 steps of 1 day", _ => Daily().TimeAt(int.MaxValue));
        yield return Bad("TimeSeries.Row(step)", "step", "0 to 2", "-1", _ => Daily().Row(-1));
        yield return Bad("TimeSeries.Column(column)", "column", "0 to 0", "1", _ => Daily().Column(1));
        yield return Null("TimeSeries.Select(columns)", "columns", _ => Daily().Select(null!));
        yield return Bad("TimeSeries.Select(columns)", "columns", "at least one column", "none", _ => Daily().Select());
        yield return Bad("TimeSeries.Select(columns)", "columns", "0 to 0", "1", _ => Daily().Select(0, 1));
        yield return Bad(Slice, "first", "0 to 2", "3", _ => Daily().Slice(3, 1));
        yield return Bad(Slice, "length", "1 to 2 steps from step 1 of 3", "3", _ => Daily().Slice(1, 3));
        yield return Bad(Slice, "length", "1 to 3 steps", "0", _ => Daily().Slice(0, 0));
        yield return Bad(Slice, "ahead", "0 or more", "-1", _ => Daily().Slice(0, 1, -1));
        yield return Bad("TimeSeries.FillGaps(filling, season)", "filling", "Previous, Linear or Seasonal", "3", _ => Daily().FillGaps((GapFilling)3));
        yield return Bad("TimeSeries.FillGaps(filling, season)", "season", "at least 1", "0", _ => Daily().FillGaps(GapFilling.Seasonal, 0));
    }

    private static IEnumerable<Row> ForecastRows()
    {
        const string Gaussian = "Forecast.OfGaussian(history, means, deviations)", Quantiles = "Forecast.OfQuantiles(history, levels, quantiles, points)", Samples = "Forecast.OfSamples(history, samples, count, points)";
        TimeSeries history = Daily();
        yield return Null("Forecast.OfPoints(history, points)", "history", _ => Forecast.OfPoints(null!, [1]));
        yield return Bad("Forecast.OfPoints(history, points)", "points", "at least one step of 1 columns", "0 values", _ => Forecast.OfPoints(history, []));
        yield return Bad("Forecast.OfPoints(history, points)", "points", "finite", "NaN at 1", _ => Forecast.OfPoints(history, [1, double.NaN]));
        yield return Null(Gaussian, "history", _ => Forecast.OfGaussian(null!, [1], [1]));
        yield return Bad(Gaussian, "means", "finite", "NaN at 0", _ => Forecast.OfGaussian(history, [double.NaN], [1]));
        yield return Bad(Gaussian, "deviations", "2 values", "1 values", _ => Forecast.OfGaussian(history, [1, 2], [1]));
        yield return Bad(Gaussian, "deviations", "0 or more", "-1", _ => Forecast.OfGaussian(history, [1, 2], [1, -1]));
        yield return Null(Quantiles, "history", _ => Forecast.OfQuantiles(null!, [0.5], [1]));
        yield return Bad(Quantiles, "levels", "at least one level", "none", _ => Forecast.OfQuantiles(history, [], [1]));
        yield return Bad(Quantiles, "levels", "ascending", "0.5 at 1", _ => Forecast.OfQuantiles(history, [0.5, 0.5], [1, 2]));
        yield return Bad(Quantiles, "levels", "above 0 and below 1", "1 at 0", _ => Forecast.OfQuantiles(history, [1], [1]));
        yield return Bad(Quantiles, "levels", "around 0.5, or points", "0.1 to 0.4", _ => Forecast.OfQuantiles(history, [0.1, 0.4], [1, 2]));
        yield return Bad(Quantiles, "quantiles", "in 2 paths", "3 values", _ => Forecast.OfQuantiles(history, [0.1, 0.9], [1, 2, 3]));
        yield return Bad(Quantiles, "points", "1 values", "2 values", _ => Forecast.OfQuantiles(history, [0.1, 0.9], [1, 2], [1, 2]));
        yield return Null(Samples, "history", _ => Forecast.OfSamples(null!, [1], 1));
        yield return Bad(Samples, "samples", "in 2 paths", "3 values", _ => Forecast.OfSamples(history, [1, 2, 3], 2));
        yield return Bad(Samples, "count", "at least 1", "0", _ => Forecast.OfSamples(history, [1, 2, 3], 0));
        yield return Bad(Samples, "points", "1 values", "2 values", _ => Forecast.OfSamples(history, [1, 2], 2, [1, 2]));
        Forecast forecast = Forecast.OfQuantiles(history, [0.2, 0.8], [1, 2]);
        yield return Bad("Forecast.get_Item(step, column)", "step", "0 to 0", "1", f => _ = forecast[1]);
        yield return Bad("Forecast.get_Item(step, column)", "column", "0 to 0", "1", f => _ = forecast[0, 1]);
        yield return Bad("Forecast.TimeAt(step)", "step", "the years 1 to 9999", "steps of 1 day", _ => forecast.TimeAt(int.MaxValue));
        yield return Bad("Forecast.Column(column)", "column", "0 to 0", "2", _ => forecast.Column(2));
        yield return Bad("Forecast.HasLevel(level)", "level", "above 0 and below 1", "0", _ => forecast.HasLevel(0));
        yield return Bad("Forecast.Quantile(level)", "level", "above 0 and below 1", "NaN", _ => forecast.Quantile(double.NaN));
        yield return Bad("Forecast.Quantile(level)", "level", "0.2 to 0.8", "0.9", _ => forecast.Quantile(0.9));
        yield return Bad("Forecast.Interval(coverage)", "coverage", "above 0 and below 1", "1", _ => forecast.Interval(1));
        yield return Bad("ForecastInterval.Contains(value, step, column)", "step", "0 to 0", "1", _ => new ForecastInterval(0.5, [1], [2]).Contains(1, 1));
        yield return Bad("ForecastInterval.Contains(value, step, column)", "column", "0 to 0", "1", _ => new ForecastInterval(0.5, [1], [2]).Contains(1, 0, 1));
        yield return Bad("Forecast.Interval(coverage)", "coverage", "the levels 0.2 to 0.8", "0.1 to 0.9", _ => forecast.Interval(0.8));
    }

    private static TimeSeries Daily(int futureSteps = 0) => new([1, 2, 3])
    {
        Start = new DateTime(2000, 1, 1),
        Step = TimeStep.Day,
        FutureCovariates = futureSteps == 0 ? null : new TimeSeries(new double[futureSteps]),
    };
}
