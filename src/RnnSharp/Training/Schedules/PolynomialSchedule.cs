using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// Goes from one rate to another along a power and stays there: final + (initial - final) · (1 - t / steps)^power, as PyTorch's PolynomialLR
/// (with a final rate of 0) and Keras's PolynomialDecay. With power 1 it is a straight line, as PyTorch's LinearLR.
/// </summary>
public sealed class PolynomialSchedule : LearningRateSchedule
{
    private readonly double _initialRate;
    private readonly long _steps;
    private readonly double _power;
    private readonly double _finalRate;

    /// <summary>Creates a schedule.</summary>
    /// <param name="initialRate">0 or more.</param>
    /// <param name="steps">Steps until the final rate, at least 1.</param>
    /// <param name="power">0 or more.</param>
    /// <param name="finalRate">0 or more; it may be above the initial one.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public PolynomialSchedule(double initialRate, long steps, double power = 1, double finalRate = 0)
    {
        _initialRate = Check.NotNegative(initialRate);
        _steps = Check.Positive(steps);
        _power = Check.NotNegative(power);
        _finalRate = Check.NotNegative(finalRate);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative.</exception>
    public override double GetRate(long step)
    {
        Check.NotNegative(step);
        if (step >= _steps) return _finalRate;
        return _finalRate + (_initialRate - _finalRate) * Math.Pow(1 - (double)step / _steps, _power);
    }
}
