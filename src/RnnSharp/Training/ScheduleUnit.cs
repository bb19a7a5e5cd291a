namespace RnnSharp.Training;

/// <summary>What a <see cref="LearningRateSchedule"/> counts.</summary>
public enum ScheduleUnit
{
    /// <summary>Parameter updates.</summary>
    Step,

    /// <summary>Epochs.</summary>
    Epoch,
}
