using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>The kind of an <see cref="ExponentialSmoothing"/>. Its parameters are fitted where they are null.</summary>
public sealed record ExponentialSmoothingOptions
{
    /// <summary>The trend; none by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to no member of the enumeration.</exception>
    public SmoothingTrend Trend
    {
        get;
        init => field = value is >= SmoothingTrend.None and <= SmoothingTrend.Damped ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected None, Additive or Damped, got {value}.");
    }

    /// <summary>The season; none by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to no member of the enumeration.</exception>
    public SmoothingSeason Season
    {
        get;
        init => field = value is >= SmoothingSeason.None and <= SmoothingSeason.Multiplicative ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected None, Additive or Multiplicative, got {value}.");
    }

    /// <summary>The steps of a season, at least 2; null, the default, for <see cref="TimeStep.Season"/> of the history's step.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 2.</exception>
    public int? SeasonLength
    {
        get;
        init => field = value is null or >= 2 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected at least 2, got {value}.");
    }

    /// <summary>The weight of the newest value in the level, 0 to 1; fitted when null, the default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set out of range.</exception>
    public double? Alpha { get; init => field = Within(value, 0, 1); }

    /// <summary>The weight of the newest change of the level in the trend, 0 to 1; fitted when null, the default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set out of range.</exception>
    public double? Beta { get; init => field = Within(value, 0, 1); }

    /// <summary>The weight of the newest value in the season, 0 to 1; fitted when null, the default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set out of range.</exception>
    public double? Gamma { get; init => field = Within(value, 0, 1); }

    /// <summary>What a damped trend is multiplied by at each step, 0 to 1; fitted within 0.8 to 0.98, as by R's ets, when null, the default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set out of range.</exception>
    public double? Phi { get; init => field = Within(value, 0, 1); }

    private static double? Within(double? value, double least, double most) =>
        value is null || (value >= least && value <= most) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected {least} to {most}, or null to fit it, got {value}.");
}
