namespace RnnSharp.Training;

/// <summary>
/// The product of several schedules, as PyTorch's ChainedScheduler: one gives the rate, and the others, with an initial rate of 1, factors.
/// </summary>
public sealed class ProductSchedule : LearningRateSchedule
{
    private readonly LearningRateSchedule[] _schedules;

    /// <summary>Creates a schedule.</summary>
    /// <param name="schedules">The factors, at least one.</param>
    /// <exception cref="ArgumentException">There is no schedule, or one is null.</exception>
    public ProductSchedule(params LearningRateSchedule[] schedules) => _schedules = ScheduleOptions.Schedules(schedules);

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative.</exception>
    public override double GetRate(long step)
    {
        double rate = 1;
        foreach (LearningRateSchedule schedule in _schedules) rate *= schedule.GetRate(step);
        return rate;
    }

    /// <inheritdoc/>
    public override void Observe(double loss) => ScheduleList.Observe(_schedules, loss);

    /// <inheritdoc/>
    public override StateDictionary GetState() => ScheduleList.GetState(_schedules);

    /// <inheritdoc/>
    public override void SetState(StateDictionary state) => ScheduleList.SetState(_schedules, state);
}
