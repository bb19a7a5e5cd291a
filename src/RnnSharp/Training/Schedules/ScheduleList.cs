using System.Globalization;

namespace RnnSharp.Training;

/// <summary>Schedules that together make one: their state is that of each, under its index.</summary>
internal static class ScheduleList
{
    public static void Observe(LearningRateSchedule[] schedules, double loss)
    {
        foreach (LearningRateSchedule schedule in schedules) schedule.Observe(loss);
    }

    public static StateDictionary GetState(LearningRateSchedule[] schedules)
    {
        var state = new StateDictionary();
        for (int i = 0; i < schedules.Length; i++) state.Set(NameOf(i), schedules[i].GetState());
        return state;
    }

    /// <summary>Sets the state of all schedules, or of none.</summary>
    public static void SetState(LearningRateSchedule[] schedules, StateDictionary state)
    {
        ArgumentNullException.ThrowIfNull(state);
        StateDictionary[] before = [.. schedules.Select(schedule => schedule.GetState())];
        for (int i = 0; i < schedules.Length; i++)
        {
            try
            {
                schedules[i].SetState(state.GetPart(NameOf(i)));
            }
            catch
            {
                while (--i >= 0) schedules[i].SetState(before[i]);
                throw;
            }
        }
    }

    private static string NameOf(int index) => index.ToString(CultureInfo.InvariantCulture);
}
