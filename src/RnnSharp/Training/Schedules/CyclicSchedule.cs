using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// Cyclical rates (Smith 2017), as PyTorch's CyclicLR without its momentum: straight up from the lowest rate to the highest and down again,
/// over and over.
/// </summary>
public sealed class CyclicSchedule : LearningRateSchedule
{
    private readonly double _lowestRate;
    private readonly double _height;
    private readonly long _risingSteps;
    private readonly long _fallingSteps;
    private readonly CycleScale _scale;
    private readonly double _factor;

    /// <summary>Creates a schedule.</summary>
    /// <param name="lowestRate">0 or more.</param>
    /// <param name="highestRate">The highest rate of the first cycle, at least the lowest.</param>
    /// <param name="risingSteps">Steps up, at least 1.</param>
    /// <param name="fallingSteps">Steps down, at least 1; as many as up when null.</param>
    /// <param name="scale">How the height changes.</param>
    /// <param name="factor">For <see cref="CycleScale.Exponential"/>, what the height is multiplied by at every step: above 0, and 1 or less.</param>
    /// <exception cref="ArgumentException">An argument is out of range.</exception>
    public CyclicSchedule(double lowestRate, double highestRate, long risingSteps, long? fallingSteps = null, CycleScale scale = CycleScale.Constant, double factor = 1)
    {
        _lowestRate = Check.NotNegative(lowestRate);
        if (!(Check.NotNegative(highestRate) >= lowestRate)) throw new ArgumentOutOfRangeException(nameof(highestRate), highestRate, $"Expected at least the lowest rate, {lowestRate}, got {highestRate}.");
        _height = highestRate - lowestRate;
        _risingSteps = Check.Positive(risingSteps);
        _fallingSteps = Check.Positive(fallingSteps ?? risingSteps, nameof(fallingSteps));
        if (scale is not (CycleScale.Constant or CycleScale.Halving or CycleScale.Exponential)) throw new ArgumentOutOfRangeException(nameof(scale), scale, $"Expected Constant, Halving or Exponential, got {scale}.");
        _scale = scale;
        _factor = factor is > 0 and <= 1 ? factor : throw new ArgumentOutOfRangeException(nameof(factor), factor, $"Expected above 0 and 1 or less, got {factor}.");
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative.</exception>
    public override double GetRate(long step)
    {
        Int128 length = (Int128)_risingSteps + _fallingSteps, at = Check.NotNegative(step) % length;
        double share = at <= _risingSteps ? (double)at / _risingSteps : (double)(length - at) / _fallingSteps;
        double scale = _scale switch
        {
            CycleScale.Halving => Math.Pow(0.5, (double)(step / length)),
            CycleScale.Exponential => Math.Pow(_factor, step),
            _ => 1,
        };
        return _lowestRate + _height * share * scale;
    }
}
