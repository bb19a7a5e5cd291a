using System.Globalization;
using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>
/// The time from one value of a series to the next: a fixed duration, or calendar months, which differ in length. Times of day are those of the
/// series' own clock; no step knows about daylight saving or holidays.
/// </summary>
public sealed record TimeStep
{
    private TimeStep(int months, TimeSpan span)
    {
        Months = months;
        Span = span;
    }

    /// <summary>A second.</summary>
    public static TimeStep Second { get; } = FromSeconds(1);

    /// <summary>A minute.</summary>
    public static TimeStep Minute { get; } = FromMinutes(1);

    /// <summary>An hour.</summary>
    public static TimeStep Hour { get; } = FromHours(1);

    /// <summary>A day.</summary>
    public static TimeStep Day { get; } = FromDays(1);

    /// <summary>Seven days.</summary>
    public static TimeStep Week { get; } = FromDays(7);

    /// <summary>A calendar month.</summary>
    public static TimeStep Month { get; } = FromMonths(1);

    /// <summary>Three calendar months.</summary>
    public static TimeStep Quarter { get; } = FromMonths(3);

    /// <summary>Twelve calendar months.</summary>
    public static TimeStep Year { get; } = FromMonths(12);

    /// <summary>The calendar months of a step; 0 for a fixed time.</summary>
    public int Months { get; }

    /// <summary>The fixed time of a step; zero for calendar months.</summary>
    public TimeSpan Span { get; }

    /// <summary>
    /// The number of steps in the usual season: in a day for steps shorter than a day, in a week for days, in a year for months. 1 if that is
    /// not a whole number of steps, as for weeks and years.
    /// </summary>
    public int Season
    {
        get
        {
            if (Months > 0) return Whole(12, Months);
            return Span < TimeSpan.FromDays(1) ? Whole(TimeSpan.TicksPerDay, Span.Ticks) : Whole(7 * TimeSpan.TicksPerDay, Span.Ticks);

            static int Whole(long cycle, long step) => cycle % step == 0 && cycle / step <= int.MaxValue ? (int)(cycle / step) : 1;
        }
    }

    /// <summary>A number of seconds.</summary>
    /// <param name="count">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is below 1.</exception>
    public static TimeStep FromSeconds(int count) => new(0, TimeSpan.FromSeconds(Check.Positive(count)));

    /// <summary>A number of minutes.</summary>
    /// <param name="count">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is below 1.</exception>
    public static TimeStep FromMinutes(int count) => new(0, TimeSpan.FromMinutes(Check.Positive(count)));

    /// <summary>A number of hours.</summary>
    /// <param name="count">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is below 1.</exception>
    public static TimeStep FromHours(int count) => new(0, TimeSpan.FromHours(Check.Positive(count)));

    /// <summary>A number of days.</summary>
    /// <param name="count">1 to 3,652,058, the days that <see cref="DateTime"/> knows.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is out of range.</exception>
    public static TimeStep FromDays(int count) => new(0, TimeSpan.FromDays(UpTo(count, 3_652_058)));

    /// <summary>A number of calendar months: 3 for quarters, 12 for years.</summary>
    /// <param name="count">1 to 119,988, the months that <see cref="DateTime"/> knows.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is out of range.</exception>
    public static TimeStep FromMonths(int count) => new(UpTo(count, 119_988), TimeSpan.Zero);

    /// <summary>A fixed duration.</summary>
    /// <param name="span">Above zero.</param>
    /// <exception cref="ArgumentOutOfRangeException">The duration is not above zero.</exception>
    public static TimeStep FromTimeSpan(TimeSpan span) =>
        new(0, span > TimeSpan.Zero ? span : throw new ArgumentOutOfRangeException(nameof(span), span, $"Expected a duration above zero, got {span}."));

    /// <summary>
    /// The time a number of steps after another. Months keep the day of the start where they have it: from 31 January, one month leads to
    /// the last of February and two to 31 March.
    /// </summary>
    /// <param name="start">The start.</param>
    /// <param name="steps">Any number, also negative.</param>
    /// <exception cref="ArgumentOutOfRangeException">The result is not in the years 1 to 9999.</exception>
    public DateTime Add(DateTime start, long steps) => Add(start, steps, nameof(steps));

    /// <summary>The number of steps from one time to another, or null if no whole number of steps leads there.</summary>
    /// <param name="start">The start.</param>
    /// <param name="time">The end, also before the start.</param>
    public long? Count(DateTime start, DateTime time)
    {
        long steps = Months > 0
            ? (12L * (time.Year - start.Year) + time.Month - start.Month) / Months
            : (time - start).Ticks / Span.Ticks;
        return Add(start, steps) == time ? steps : null;
    }

    /// <summary>The step, such as "1 month" or "00:15:00".</summary>
    public override string ToString()
    {
        if (Months > 0) return Months == 1 ? "1 month" : string.Create(CultureInfo.InvariantCulture, $"{Months} months");
        return Span.Ticks % TimeSpan.TicksPerDay != 0 ? Span.ToString("c", CultureInfo.InvariantCulture)
            : Span.Days == 1 ? "1 day" : string.Create(CultureInfo.InvariantCulture, $"{Span.Days} days");
    }

    /// <summary>As the public method, for an argument of another name.</summary>
    internal DateTime Add(DateTime start, long steps, string name)
    {
        try
        {
            return Months > 0 ? start.AddMonths(checked((int)(Months * steps))) : start.AddTicks(checked(Span.Ticks * steps));
        }
        catch (Exception e) when (e is OverflowException or ArgumentOutOfRangeException)
        {
            throw new ArgumentOutOfRangeException(name, steps, string.Create(CultureInfo.InvariantCulture, $"Expected a time in the years 1 to 9999, got {steps} steps of {this} after {start:s}."));
        }
    }

    private static int UpTo(int count, int most) =>
        Check.Positive(count) <= most ? count : throw new ArgumentOutOfRangeException(nameof(count), count, $"Expected 1 to {most}, got {count}.");
}
