using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>How a <see cref="ForecastScore"/> is computed.</summary>
public record ScoreOptions
{
    /// <summary>The steps of a season for <see cref="ForecastScore.Mase"/>, at least 1; null, the default, for <see cref="TimeStep.Season"/> of the history's step, or 1 without it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int? Season { get; init => field = value is { } steps ? Check.Positive(steps, nameof(value)) : null; }

    /// <summary>The probability of the interval whose <see cref="ForecastScore.Coverage"/> is measured, above 0 and below 1; 0.8 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set out of range.</exception>
    public double Coverage { get; init => field = ForecastMetrics.CheckProbability(value); } = 0.8;

    /// <summary>The levels of <see cref="ForecastScore.Pinball"/>, each above 0 and below 1; 0.1, 0.5 and 0.9 by default.</summary>
    /// <exception cref="ArgumentException">Set to null or an empty list, or to one with a level out of range.</exception>
    public IReadOnlyList<double> Levels
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.Count == 0) throw Check.Shape(nameof(value), "at least one level", "none");
            foreach (double level in value) ForecastMetrics.CheckProbability(level, nameof(value));
            field = [.. value];
        }
    } = [0.1, 0.5, 0.9];
}
