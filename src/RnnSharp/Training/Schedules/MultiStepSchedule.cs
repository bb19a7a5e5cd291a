using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>Multiplies the rate by a factor at given steps, as PyTorch's MultiStepLR: initial · factorⁿ after n of them.</summary>
public sealed class MultiStepSchedule : LearningRateSchedule
{
    private readonly double _initialRate;
    private readonly long[] _milestones;
    private readonly double _factor;

    /// <summary>Creates a schedule.</summary>
    /// <param name="initialRate">0 or more.</param>
    /// <param name="milestones">The numbers of completed steps from which on the factor applies once more: 0 or more, in ascending order.</param>
    /// <param name="factor">0 or more.</param>
    /// <exception cref="ArgumentException">An argument is null or out of range, or the milestones do not ascend.</exception>
    public MultiStepSchedule(double initialRate, IReadOnlyList<long> milestones, double factor = 0.1)
    {
        _initialRate = Check.NotNegative(initialRate);
        ArgumentNullException.ThrowIfNull(milestones);
        _milestones = [.. milestones];
        for (int i = 0; i < _milestones.Length; i++)
        {
            if (_milestones[i] < (i == 0 ? 0 : _milestones[i - 1])) throw Check.Shape(nameof(milestones), "milestones of 0 or more in ascending order", $"{_milestones[i]} at {i}");
        }

        _factor = Check.NotNegative(factor);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative.</exception>
    public override double GetRate(long step)
    {
        Check.NotNegative(step);
        int passed = 0;
        while (passed < _milestones.Length && _milestones[passed] <= step) passed++;
        return _initialRate * Math.Pow(_factor, passed);
    }
}
