using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>Multiplies the rate by a factor at regular intervals, as PyTorch's StepLR: initial · factor^⌊t / interval⌋.</summary>
public sealed class StepSchedule : LearningRateSchedule
{
    private readonly double _initialRate;
    private readonly long _interval;
    private readonly double _factor;

    /// <summary>Creates a schedule.</summary>
    /// <param name="initialRate">0 or more.</param>
    /// <param name="interval">Steps from one change to the next, at least 1.</param>
    /// <param name="factor">0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public StepSchedule(double initialRate, long interval, double factor = 0.1)
    {
        _initialRate = Check.NotNegative(initialRate);
        _interval = Check.Positive(interval);
        _factor = Check.NotNegative(factor);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative.</exception>
    public override double GetRate(long step) => _initialRate * Math.Pow(_factor, Check.NotNegative(step) / _interval);
}
