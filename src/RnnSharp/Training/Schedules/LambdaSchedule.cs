using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>An initial rate times a function of the step, as PyTorch's LambdaLR.</summary>
public sealed class LambdaSchedule : LearningRateSchedule
{
    private readonly double _initialRate;
    private readonly Func<long, double> _factor;

    /// <summary>Creates a schedule.</summary>
    /// <param name="initialRate">0 or more.</param>
    /// <param name="factor">The factor for the step after a number of completed ones.</param>
    /// <exception cref="ArgumentException">The rate is out of range, or the function is null.</exception>
    public LambdaSchedule(double initialRate, Func<long, double> factor)
    {
        _initialRate = Check.NotNegative(initialRate);
        ArgumentNullException.ThrowIfNull(factor);
        _factor = factor;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative.</exception>
    /// <exception cref="InvalidOperationException">The function returned a number with which the rate is negative or not finite.</exception>
    public override double GetRate(long step)
    {
        double factor = _factor(Check.NotNegative(step)), rate = _initialRate * factor;
        return rate >= 0 && double.IsFinite(rate) ? rate : throw new InvalidOperationException($"Expected a factor with which the rate is finite and 0 or more at step {step}, got {factor}.");
    }
}
