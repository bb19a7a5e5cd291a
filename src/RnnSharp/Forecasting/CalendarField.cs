namespace RnnSharp.Forecasting;

/// <summary>A part of a date and time that repeats.</summary>
public enum CalendarField
{
    /// <summary>The minute of the hour, 0 to 59.</summary>
    MinuteOfHour,

    /// <summary>The hour of the day, 0 to 23.</summary>
    HourOfDay,

    /// <summary>The day of the week, 0 for Monday to 6.</summary>
    DayOfWeek,

    /// <summary>The day of the month, 0 to 30.</summary>
    DayOfMonth,

    /// <summary>The day of the year, 0 to 365.</summary>
    DayOfYear,

    /// <summary>The month, 0 to 11.</summary>
    MonthOfYear,
}
