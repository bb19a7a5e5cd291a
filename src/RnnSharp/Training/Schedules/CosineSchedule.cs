using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// Cosine annealing (Loshchilov and Hutter 2017), as PyTorch's CosineAnnealingLR: minimum + (initial - minimum) (1 + cos(πt / steps)) / 2.
/// After the minimum, the rate rises again and is back at the initial one after as many steps.
/// </summary>
public sealed class CosineSchedule : LearningRateSchedule
{
    private readonly double _initialRate;
    private readonly long _steps;
    private readonly double _minimumRate;

    /// <summary>Creates a schedule.</summary>
    /// <param name="initialRate">0 or more.</param>
    /// <param name="steps">Steps until the minimum, at least 1.</param>
    /// <param name="minimumRate">0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public CosineSchedule(double initialRate, long steps, double minimumRate = 0)
    {
        _initialRate = Check.NotNegative(initialRate);
        _steps = Check.Positive(steps);
        _minimumRate = Check.NotNegative(minimumRate);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative.</exception>
    public override double GetRate(long step)
    {
        // Within one period, so that the angle keeps its digits; the second half mirrors the first.
        Int128 rest = Check.NotNegative(step) % (2 * (Int128)_steps);
        return At(_initialRate, _minimumRate, (double)(rest <= _steps ? rest : 2 * (Int128)_steps - rest) / _steps);
    }

    /// <summary>Half a cosine from one rate at 0 to another at 1.</summary>
    internal static double At(double from, double to, double share) => to + (from - to) * (1 + Math.Cos(Math.PI * share)) / 2;
}
