using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>Checks of options that several schedules have.</summary>
internal static class ScheduleOptions
{
    /// <summary>Validates a list of schedules, each of them present.</summary>
    public static LearningRateSchedule[] Schedules(IReadOnlyList<LearningRateSchedule> value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        ArgumentNullException.ThrowIfNull(value, name);
        if (value.Count == 0) throw Check.Shape(name, "at least 1 schedule", "none");
        LearningRateSchedule[] schedules = [.. value];
        return Array.IndexOf(schedules, null) is >= 0 and var missing ? throw new ArgumentException($"Schedule {missing} is null.", name) : schedules;
    }
}
