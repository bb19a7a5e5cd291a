using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>A rate that does not change.</summary>
public sealed class ConstantSchedule : LearningRateSchedule
{
    /// <summary>Creates a schedule.</summary>
    /// <param name="rate">0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is negative or not finite.</exception>
    public ConstantSchedule(double rate) => Rate = Check.NotNegative(rate);

    /// <summary>The rate.</summary>
    public double Rate { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative.</exception>
    public override double GetRate(long step)
    {
        Check.NotNegative(step);
        return Rate;
    }
}
