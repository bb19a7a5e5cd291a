using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// A linear warm-up before another schedule (Goyal et al. 2017), as PyTorch's SequentialLR of LinearLR and the other: for the first steps,
/// the rate that the other begins with is multiplied by start + (1 - start) · t / steps; then the other schedule runs from its own step 0.
/// </summary>
public sealed class WarmUpSchedule : LearningRateSchedule
{
    private const string NextName = "next";

    private readonly long _steps;
    private readonly LearningRateSchedule _next;
    private readonly double _startFactor;

    /// <summary>Creates a schedule.</summary>
    /// <param name="steps">Steps of the warm-up, at least 1.</param>
    /// <param name="next">The schedule that follows.</param>
    /// <param name="startFactor">The share of the rate at step 0, from 0 to 1. With 0, the first step changes nothing.</param>
    /// <exception cref="ArgumentException">The schedule is null, or a number is out of range.</exception>
    public WarmUpSchedule(long steps, LearningRateSchedule next, double startFactor = 0)
    {
        _steps = Check.Positive(steps);
        ArgumentNullException.ThrowIfNull(next);
        _next = next;
        _startFactor = startFactor is >= 0 and <= 1 ? startFactor : throw new ArgumentOutOfRangeException(nameof(startFactor), startFactor, $"Expected 0 to 1, got {startFactor}.");
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative.</exception>
    public override double GetRate(long step)
    {
        Check.NotNegative(step);
        return step < _steps ? _next.GetRate(0) * (_startFactor + (1 - _startFactor) * step / _steps) : _next.GetRate(step - _steps);
    }

    /// <inheritdoc/>
    public override void Observe(double loss) => _next.Observe(loss);

    /// <inheritdoc/>
    public override StateDictionary GetState()
    {
        var state = new StateDictionary();
        state.Set(NextName, _next.GetState());
        return state;
    }

    /// <inheritdoc/>
    public override void SetState(StateDictionary state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _next.SetState(state.GetPart(NextName));
    }
}
