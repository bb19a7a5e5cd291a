using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>Covariates that the calendar gives, and which are therefore known ahead.</summary>
public static class CalendarFeatures
{
    /// <summary>The fields that change from step to step or soon: those of GluonTS without the week of the year.</summary>
    /// <param name="step">The step of a series.</param>
    /// <exception cref="ArgumentNullException">The step is null.</exception>
    public static IReadOnlyList<CalendarField> UsualFields(TimeStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        if (step.Months > 0) return step.Months % 12 == 0 ? [] : [CalendarField.MonthOfYear];
        CalendarField[] days = step.Span.Ticks % TimeSpan.FromDays(7).Ticks == 0 ? [CalendarField.DayOfMonth, CalendarField.DayOfYear] : [CalendarField.DayOfWeek, CalendarField.DayOfMonth, CalendarField.DayOfYear];
        if (step.Span.Ticks % TimeSpan.TicksPerDay == 0) return days;
        return step.Span.Ticks % TimeSpan.TicksPerHour == 0 ? [CalendarField.HourOfDay, .. days] : [CalendarField.MinuteOfHour, CalendarField.HourOfDay, .. days];
    }

    /// <summary>The features of consecutive steps.</summary>
    /// <param name="start">The time of the first step.</param>
    /// <param name="step">The time between two steps.</param>
    /// <param name="length">The number of steps, at least 1.</param>
    /// <param name="fields">At least one field.</param>
    /// <param name="encoding">How a field becomes numbers.</param>
    /// <returns>A column or two for each field, with names such as "HourOfDay.sin".</returns>
    /// <exception cref="ArgumentException">The step or list is null, the list is empty, the length is below 1, or a field or the encoding is no member of its enumeration.</exception>
    public static TimeSeries Of(DateTime start, TimeStep step, int length, IReadOnlyList<CalendarField> fields, CalendarEncoding encoding = CalendarEncoding.SineCosine)
    {
        ArgumentNullException.ThrowIfNull(step);
        Check.Positive(length);
        CheckFields(fields, encoding);
        return Of(new TimeAxis(start, step, 0), length, fields, encoding);
    }

    /// <summary>A series with calendar features as covariates that are known ahead, after those that it has.</summary>
    /// <param name="series">A series with times.</param>
    /// <param name="ahead">The number of steps after its end that need features, 0 or more: the longest horizon. Covariates that the series has must reach as far.</param>
    /// <param name="encoding">How a field becomes numbers.</param>
    /// <param name="fields">The fields; those of <see cref="UsualFields"/> when null.</param>
    /// <exception cref="ArgumentException">The series is null or without times, its covariates end before, <paramref name="ahead"/> is negative, or there is no field.</exception>
    public static TimeSeries WithCalendar(this TimeSeries series, int ahead, CalendarEncoding encoding = CalendarEncoding.SineCosine, IReadOnlyList<CalendarField>? fields = null)
    {
        ArgumentNullException.ThrowIfNull(series);
        Check.NotNegative(ahead);
        if (!series.HasTimes) throw Check.Shape(nameof(series), "a series with a start and a step", series.ToString());
        fields ??= UsualFields(series.Step!);
        CheckFields(fields, encoding);
        int length = Check.ArrayLength((long)series.Length + ahead, nameof(ahead));
        TimeSeries features = Of(series.Axis, length, fields, encoding);
        if (series.FutureCovariates is { } known)
        {
            if (known.Length < length) throw Check.Shape(nameof(series), $"covariates known for {length} steps", $"{known.Length}");
            features = Join(known.Slice(0, length), features);
        }

        return series.WithFuture(features);
    }

    /// <summary>As the public method, for times that are counted from a start before the first.</summary>
    internal static TimeSeries Of(TimeAxis axis, int length, IReadOnlyList<CalendarField> fields, CalendarEncoding encoding)
    {
        bool paired = encoding == CalendarEncoding.SineCosine;
        int columns = fields.Count * (paired ? 2 : 1);
        var values = new double[Check.ArrayLength((long)length * columns, nameof(length))];
        for (int t = 0, at = 0; t < length; t++)
        {
            DateTime time = axis.At(t);
            foreach (CalendarField field in fields)
            {
                (int value, int period, int longest) = Read(time, field);
                if (!paired)
                {
                    values[at++] = value / (longest - 1.0) - 0.5;
                    continue;
                }

                (double sine, double cosine) = Math.SinCos(2 * Math.PI * value / period);
                values[at++] = sine;
                values[at++] = cosine;
            }
        }

        string[] names = [.. fields.SelectMany(field => paired ? [$"{field}.sin", $"{field}.cos"] : new[] { $"{field}" })];
        return new TimeSeries(values, columns) { Start = axis.Start, Step = axis.Step, Names = names };
    }

    /// <summary>A field counted from 0, its period at that time, and its longest period.</summary>
    private static (int Value, int Period, int Longest) Read(DateTime time, CalendarField field) => field switch
    {
        CalendarField.MinuteOfHour => (time.Minute, 60, 60),
        CalendarField.HourOfDay => (time.Hour, 24, 24),
        CalendarField.DayOfWeek => (((int)time.DayOfWeek + 6) % 7, 7, 7),
        CalendarField.DayOfMonth => (time.Day - 1, DateTime.DaysInMonth(time.Year, time.Month), 31),
        CalendarField.DayOfYear => (time.DayOfYear - 1, DateTime.IsLeapYear(time.Year) ? 366 : 365, 366),
        _ => (time.Month - 1, 12, 12),
    };

    private static TimeSeries Join(TimeSeries left, TimeSeries right)
    {
        int columns = left.Columns + right.Columns;
        var values = new double[Check.ArrayLength((long)left.Length * columns, nameof(left))];
        for (int t = 0; t < left.Length; t++)
        {
            left.Row(t).CopyTo(values.AsSpan(t * columns));
            right.Row(t).CopyTo(values.AsSpan(t * columns + left.Columns));
        }

        IReadOnlyList<string>? names = left.Names is { } leftNames && right.Names is { } rightNames ? [.. leftNames, .. rightNames] : null;
        return new TimeSeries(values, columns) { Start = right.Start, Step = right.Step, Names = names };
    }

    private static void CheckFields(IReadOnlyList<CalendarField> fields, CalendarEncoding encoding)
    {
        ArgumentNullException.ThrowIfNull(fields);
        if (fields.Count == 0) throw Check.Shape(nameof(fields), "at least one field", "none");
        foreach (CalendarField field in fields)
        {
            if (field is < CalendarField.MinuteOfHour or > CalendarField.MonthOfYear) throw new ArgumentOutOfRangeException(nameof(fields), field, $"Expected MinuteOfHour to MonthOfYear, got {field}.");
        }

        if (encoding is < CalendarEncoding.SineCosine or > CalendarEncoding.Scaled) throw new ArgumentOutOfRangeException(nameof(encoding), encoding, $"Expected SineCosine or Scaled, got {encoding}.");
    }
}
