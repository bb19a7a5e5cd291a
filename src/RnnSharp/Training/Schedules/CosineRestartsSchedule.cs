using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// Cosine annealing with warm restarts (SGDR, Loshchilov and Hutter 2017), as PyTorch's CosineAnnealingWarmRestarts: half a cosine from the
/// initial rate towards the minimum, which starts anew at its end, each time longer by a factor.
/// </summary>
public sealed class CosineRestartsSchedule : LearningRateSchedule
{
    private readonly double _initialRate;
    private readonly long _firstSteps;
    private readonly int _factor;
    private readonly double _minimumRate;

    /// <summary>Creates a schedule.</summary>
    /// <param name="initialRate">0 or more.</param>
    /// <param name="firstSteps">Steps until the first restart, at least 1.</param>
    /// <param name="factor">How much longer each cycle is than the one before, at least 1.</param>
    /// <param name="minimumRate">0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public CosineRestartsSchedule(double initialRate, long firstSteps, int factor = 1, double minimumRate = 0)
    {
        _initialRate = Check.NotNegative(initialRate);
        _firstSteps = Check.Positive(firstSteps);
        _factor = Check.Positive(factor);
        _minimumRate = Check.NotNegative(minimumRate);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative.</exception>
    public override double GetRate(long step)
    {
        Int128 rest = Check.NotNegative(step), length = _firstSteps;
        if (_factor == 1) rest %= length;
        while (rest >= length)
        {
            rest -= length;
            length *= _factor;
        }

        return CosineSchedule.At(_initialRate, _minimumRate, (double)rest / (double)length);
    }
}
