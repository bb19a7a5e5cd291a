using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>
/// The folds of a <see cref="BackTest"/>. A fold is an origin in the series: what comes before is history, and the steps after it are forecast.
/// All steps of a forecast are within the series.
/// </summary>
public sealed record BackTestOptions : ScoreOptions
{
    /// <summary>The number of steps of each forecast, at least 1; 1 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int Horizon { get; init => field = Check.Positive(value, nameof(value)); } = 1;

    /// <summary>
    /// The length of the first history, at least 1. When null, the default, the folds are as late as <see cref="Folds"/> allows, and without that
    /// number begin in the middle of the series.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int? FirstOrigin { get; init => field = value is { } origin ? Check.Positive(origin, nameof(value)) : null; }

    /// <summary>The steps from one origin to the next, at least 1; 1 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int Stride { get; init => field = Check.Positive(value, nameof(value)); } = 1;

    /// <summary>The most folds, at least 1; as many as there are when null, the default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int? Folds { get; init => field = value is { } folds ? Check.Positive(folds, nameof(value)) : null; }

    /// <summary>The length of every history, which then slides along the series; null, the default, for all steps before the origin.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int? Window { get; init => field = value is { } steps ? Check.Positive(steps, nameof(value)) : null; }

    /// <summary>The folds from one fit to the next: 1, the default, fits in each fold, 0 in the first only. Between them, the last model forecasts from the newer history.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a negative number.</exception>
    public int RefitEvery { get; init => field = Check.NotNegative(value, nameof(value)); } = 1;

    /// <summary>Fills the gaps of each history, from that history alone; null, the default, leaves them to the methods. Missing values after the origin do not count.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to no member of the enumeration.</exception>
    public GapFilling? Filling
    {
        get;
        init => field = value is null or (>= GapFilling.Previous and <= GapFilling.Seasonal) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected Previous, Linear or Seasonal, got {value}.");
    }

    /// <summary>Whether the result keeps the forecast of each fold; true by default.</summary>
    public bool KeepForecasts { get; init; } = true;

    /// <summary>The origins in a series: the lengths of what comes before.</summary>
    internal int[] Origins(TimeSeries series)
    {
        int last = series.Length - Horizon, first = FirstOrigin ?? (Folds is { } most ? (int)Math.Max(last - (most - 1L) * Stride, (last - 1) % Stride + 1) : Math.Max(1, series.Length / 2));
        if (Window is { } window && first < window)
        {
            if (FirstOrigin is not null) throw Check.Shape("options", $"a FirstOrigin of at least the Window, {window}", $"{first}");
            first += (int)Math.Min(((long)window - first + Stride - 1) / Stride * Stride, int.MaxValue - first);
        }

        if (last < 1 || first > last) throw Check.Shape("series", $"at least {(long)Math.Max(first, 1) + Horizon} steps: a history of {Math.Max(first, 1)} and a horizon of {Horizon}", series.ToString());
        long folds = Math.Min((last - first) / Stride + 1L, Folds ?? long.MaxValue);
        var origins = new int[folds];
        for (int f = 0; f < origins.Length; f++) origins[f] = first + f * Stride;
        return origins;
    }
}
