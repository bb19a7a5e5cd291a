using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>Multiplies the rate by a factor at every step, as PyTorch's ExponentialLR: initial · factorᵗ.</summary>
public sealed class ExponentialSchedule : LearningRateSchedule
{
    private readonly double _initialRate;
    private readonly double _factor;

    /// <summary>Creates a schedule.</summary>
    /// <param name="initialRate">0 or more.</param>
    /// <param name="factor">0 or more; below 1 for a decay.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public ExponentialSchedule(double initialRate, double factor)
    {
        _initialRate = Check.NotNegative(initialRate);
        _factor = Check.NotNegative(factor);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative.</exception>
    public override double GetRate(long step) => _initialRate * Math.Pow(_factor, Check.NotNegative(step));
}
