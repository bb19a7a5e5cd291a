using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>Several schedules one after another, each from its own step 0 on, as PyTorch's SequentialLR.</summary>
public sealed class SequentialSchedule : LearningRateSchedule
{
    private readonly LearningRateSchedule[] _schedules;
    private readonly long[] _milestones;

    /// <summary>Creates a schedule.</summary>
    /// <param name="schedules">The schedules, at least one. Each of them observes all losses.</param>
    /// <param name="milestones">The steps at which the second and each later schedule begins: at least 1, in ascending order.</param>
    /// <exception cref="ArgumentException">A list or schedule is null, there is no schedule, or the milestones do not fit.</exception>
    public SequentialSchedule(IReadOnlyList<LearningRateSchedule> schedules, IReadOnlyList<long> milestones)
    {
        _schedules = ScheduleOptions.Schedules(schedules);
        ArgumentNullException.ThrowIfNull(milestones);
        _milestones = [.. milestones];
        if (_milestones.Length != _schedules.Length - 1) throw Check.Shape(nameof(milestones), $"{_schedules.Length - 1} milestones (one between two schedules)", $"{_milestones.Length}");
        for (int i = 0; i < _milestones.Length; i++)
        {
            if (_milestones[i] <= (i == 0 ? 0 : _milestones[i - 1])) throw Check.Shape(nameof(milestones), "milestones of at least 1 in ascending order", $"{_milestones[i]} at {i}");
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative.</exception>
    public override double GetRate(long step)
    {
        Check.NotNegative(step);
        int current = 0;
        while (current < _milestones.Length && _milestones[current] <= step) current++;
        return _schedules[current].GetRate(current == 0 ? step : step - _milestones[current - 1]);
    }

    /// <inheritdoc/>
    public override void Observe(double loss) => ScheduleList.Observe(_schedules, loss);

    /// <inheritdoc/>
    public override StateDictionary GetState() => ScheduleList.GetState(_schedules);

    /// <inheritdoc/>
    public override void SetState(StateDictionary state) => ScheduleList.SetState(_schedules, state);
}
