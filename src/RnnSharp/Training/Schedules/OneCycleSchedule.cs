using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// The one-cycle policy (Smith and Topin 2018), as PyTorch's OneCycleLR without its momentum: from maximum / initialDivisor up to the
/// maximum, then down to maximum / initialDivisor / finalDivisor, at step steps - 1, where it stays. With three phases, it first comes down
/// to the initial rate in as many steps as it went up.
/// </summary>
public sealed class OneCycleSchedule : LearningRateSchedule
{
    private readonly (double End, double From, double To)[] _phases;
    private readonly Annealing _annealing;

    /// <summary>Creates a schedule.</summary>
    /// <param name="maximumRate">The highest rate, 0 or more.</param>
    /// <param name="steps">All steps of the cycle, at least 1.</param>
    /// <param name="risingShare">The share of the steps in which the rate rises, from 0 to 1; to 0.5 with three phases.</param>
    /// <param name="initialDivisor">The highest rate divided by the first, above 0.</param>
    /// <param name="finalDivisor">The first rate divided by the last, above 0.</param>
    /// <param name="annealing">The form of the phases.</param>
    /// <param name="threePhases">Whether the rate comes down in two phases.</param>
    /// <exception cref="ArgumentException">An argument is out of range.</exception>
    public OneCycleSchedule(double maximumRate, long steps, double risingShare = 0.3, double initialDivisor = 25, double finalDivisor = 1e4, Annealing annealing = Annealing.Cosine, bool threePhases = false)
    {
        Check.NotNegative(maximumRate);
        Check.Positive(steps);
        double most = threePhases ? 0.5 : 1;
        if (!(risingShare >= 0 && risingShare <= most)) throw new ArgumentOutOfRangeException(nameof(risingShare), risingShare, $"Expected 0 to {most}, got {risingShare}.");
        double first = maximumRate / Check.Positive(initialDivisor), last = first / Check.Positive(finalDivisor);
        if (annealing is not (Annealing.Cosine or Annealing.Linear)) throw new ArgumentOutOfRangeException(nameof(annealing), annealing, $"Expected Cosine or Linear, got {annealing}.");
        _annealing = annealing;
        double risen = risingShare * steps - 1;
        _phases = threePhases
            ? [(risen, first, maximumRate), (2 * risingShare * steps - 2, maximumRate, first), (steps - 1, first, last)]
            : [(risen, first, maximumRate), (steps - 1, maximumRate, last)];
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative.</exception>
    public override double GetRate(long step)
    {
        Check.NotNegative(step);
        double start = 0;
        foreach ((double end, double from, double to) in _phases)
        {
            if (step <= end)
            {
                // A phase of no length is over at once.
                double share = end > start ? (step - start) / (end - start) : 1;
                return _annealing == Annealing.Cosine ? CosineSchedule.At(from, to, share) : from + (to - from) * share;
            }

            start = end;
        }

        return _phases[^1].To;
    }
}
