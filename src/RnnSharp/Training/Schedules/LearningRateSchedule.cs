namespace RnnSharp.Training;

/// <summary>The learning rate as a function of the steps (or epochs) that have been completed.</summary>
public abstract class LearningRateSchedule : IStateful
{
    /// <summary>The rate for the step after <paramref name="step"/> completed ones.</summary>
    /// <param name="step">0 or more.</param>
    public abstract double GetRate(long step);

    /// <summary>Tells the schedule a validation loss. Only schedules that depend on it, such as a reduction on a plateau, use it.</summary>
    /// <param name="loss">Lower is better.</param>
    public virtual void Observe(double loss)
    {
    }

    /// <inheritdoc/>
    public virtual StateDictionary GetState() => new();

    /// <inheritdoc/>
    public virtual void SetState(StateDictionary state) => ArgumentNullException.ThrowIfNull(state);
}
