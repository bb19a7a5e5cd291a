using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// Multiplies the rate by a factor when the observed loss has not improved for some observations, as PyTorch's ReduceLROnPlateau. The rate
/// depends on <see cref="Observe"/> alone and not on the step. A loss of NaN is no improvement. As in PyTorch, the rate is not reduced by less
/// than 10⁻⁸.
/// </summary>
public sealed class PlateauSchedule : LearningRateSchedule
{
    // PyTorch's eps: smaller changes are not made.
    private const double SmallestChange = 1e-8;

    private readonly double _initialRate;
    private readonly double _factor;
    private readonly int _patience;
    private readonly double _threshold;
    private readonly PlateauThreshold _kind;
    private readonly int _cooldown;
    private readonly double _minimumRate;
    private double _rate;
    private double _best = double.PositiveInfinity;
    private long _bad;
    private long _cooling;

    /// <summary>Creates a schedule.</summary>
    /// <param name="initialRate">0 or more.</param>
    /// <param name="factor">Above 0 and below 1.</param>
    /// <param name="patience">Observations without improvement that are accepted; the next one reduces the rate. 0 or more.</param>
    /// <param name="threshold">The smallest improvement: 0 or more, and below 1 if it is relative.</param>
    /// <param name="thresholdKind">What the threshold is relative to.</param>
    /// <param name="cooldown">Observations after a reduction that are not counted, 0 or more.</param>
    /// <param name="minimumRate">The rate is not reduced below it. 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public PlateauSchedule(double initialRate, double factor = 0.1, int patience = 10, double threshold = 1e-4, PlateauThreshold thresholdKind = PlateauThreshold.Relative, int cooldown = 0, double minimumRate = 0)
    {
        _initialRate = _rate = Check.NotNegative(initialRate);
        _factor = factor is > 0 and < 1 ? factor : throw new ArgumentOutOfRangeException(nameof(factor), factor, $"Expected above 0 and below 1, got {factor}.");
        _patience = Check.NotNegative(patience);
        _threshold = Check.NotNegative(threshold);
        if (thresholdKind is not (PlateauThreshold.Relative or PlateauThreshold.Absolute)) throw new ArgumentOutOfRangeException(nameof(thresholdKind), thresholdKind, $"Expected Relative or Absolute, got {thresholdKind}.");
        if (thresholdKind == PlateauThreshold.Relative && threshold >= 1) throw new ArgumentOutOfRangeException(nameof(threshold), threshold, $"Expected a relative threshold below 1, got {threshold}.");
        _kind = thresholdKind;
        _cooldown = Check.NotNegative(cooldown);
        _minimumRate = Check.NotNegative(minimumRate);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative.</exception>
    public override double GetRate(long step)
    {
        Check.NotNegative(step);
        return _rate;
    }

    /// <inheritdoc/>
    public override void Observe(double loss)
    {
        if (loss < (_kind == PlateauThreshold.Relative ? _best * (1 - _threshold) : _best - _threshold))
        {
            _best = loss;
            _bad = 0;
        }
        else
        {
            _bad++;
        }

        if (_cooling > 0)
        {
            _cooling--;
            _bad = 0;
        }

        if (_bad <= _patience) return;
        double reduced = Math.Max(_rate * _factor, _minimumRate);
        if (_rate - reduced > SmallestChange) _rate = reduced;
        _cooling = _cooldown;
        _bad = 0;
    }

    /// <inheritdoc/>
    public override StateDictionary GetState()
    {
        var state = new StateDictionary();
        state.Set("rate", _rate);
        state.Set("best", _best);
        state.Set("bad", _bad);
        state.Set("cooling", _cooling);
        return state;
    }

    /// <inheritdoc/>
    public override void SetState(StateDictionary state)
    {
        ArgumentNullException.ThrowIfNull(state);
        double rate = state.GetDouble("rate"), best = state.GetDouble("best");
        if (!(rate >= 0 && rate <= _initialRate)) throw new InvalidDataException($"Expected a rate of 0 to {_initialRate}, got {rate}.");
        if (double.IsNaN(best)) throw new InvalidDataException("Expected a best loss that is a number, got NaN.");
        long bad = state.GetInt64("bad", 0, _patience), cooling = state.GetInt64("cooling", 0, _cooldown);
        (_rate, _best, _bad, _cooling) = (rate, best, bad, cooling);
    }
}
