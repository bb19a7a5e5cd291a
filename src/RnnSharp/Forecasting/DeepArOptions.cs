using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>The settings of a <see cref="DeepAr"/>. What is null is chosen from the data. Network and training default to those of GluonTS.</summary>
public sealed record DeepArOptions
{
    private const int Most = ForecasterOptions.LongestHorizon;

    /// <summary>The number of steps to forecast, 1 to 100,000; 1 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to another number.</exception>
    public int Horizon { get; init => field = ForecasterOptions.UpTo(value, Most); } = 1;

    /// <summary>The steps of the conditioning range, which the network reads before it forecasts, 1 to 100,000; when null the longest of the horizon, the season and 8, as far as the history allows.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to another number.</exception>
    public int? Context { get; init => field = value is { } steps ? ForecasterOptions.UpTo(steps, Most) : null; }

    /// <summary>The steps of a season, 1 to 100,000; those of the series' <see cref="TimeStep.Season"/> when null, or 1 without one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to another number.</exception>
    public int? Season { get; init => field = value is { } season ? ForecasterOptions.UpTo(season, Most) : null; }

    /// <summary>Distances to earlier values that the network reads beside the previous one, ascending, each 2 to 100,000, at most 1,000 of them; when null the season if the history has two, and none if empty.</summary>
    /// <exception cref="ArgumentException">Set to lags that are out of range or not ascending.</exception>
    public IReadOnlyList<int>? Lags { get; init => field = value is null ? null : CheckLags(value); }

    /// <summary>The calendar features that the network reads, at most 100, as sine and cosine; when null <see cref="CalendarFeatures.UsualFields"/> if all series have times, and none if empty.</summary>
    /// <exception cref="ArgumentException">Set to more, or to a value that is no member of the enumeration.</exception>
    public IReadOnlyList<CalendarField>? Calendar { get; init => field = value is null ? null : CheckFields(value); }

    /// <summary>
    /// Whether windows may begin before a series does, where values count as 0 and are not forecast, so that the network learns how series begin
    /// and a history of one step is enough for a forecast. False by default: then a history must have all that a window reads.
    /// </summary>
    public bool ColdStart { get; init; }

    /// <summary>The distribution of a value; normal by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to another value.</exception>
    public DeepArDistribution Distribution { get; init => field = ForecasterOptions.Member(value, DeepArDistribution.NegativeBinomial); }

    /// <summary>The recurrent layers; long short-term memory by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to another value.</exception>
    public ForecastCell Cell { get; init => field = ForecasterOptions.Member(value, ForecastCell.Lstm); } = ForecastCell.Lstm;

    /// <summary>Units of each recurrent layer, 1 to 10,000; 40 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to another number.</exception>
    public int HiddenSize { get; init => field = ForecasterOptions.UpTo(value, 10_000); } = 40;

    /// <summary>Recurrent layers, 1 to 100; 2 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to another number.</exception>
    public int Layers { get; init => field = ForecasterOptions.UpTo(value, 100); } = 2;

    /// <summary>The share of each recurrent layer's outputs that is set to zero in training, 0 or more and below 1; 0.1 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to another number.</exception>
    public double Dropout
    {
        get;
        init => field = value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected 0 or more and below 1, got {value}.");
    } = 0.1;

    /// <summary>The paths that a forecast draws, 1 to 100,000; 100 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to another number.</exception>
    public int SamplePaths { get; init => field = ForecasterOptions.UpTo(value, Most); } = 100;

    /// <summary>Whether training windows of a series are as many as its scale is large, as in the paper, so that series of large values count most; true by default. Otherwise each window is as likely as any other.</summary>
    public bool SampleByScale { get; init; } = true;

    /// <summary>The most epochs, at least 1; 100 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int Epochs { get; init => field = Check.Positive(value, nameof(value)); } = 100;

    /// <summary>Batches of random windows in an epoch, at least 1; when null as many as the windows of the series fill, but 10 to 50.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int? BatchesPerEpoch { get; init => field = value is { } batches ? Check.Positive(batches, nameof(value)) : null; }

    /// <summary>Windows in a batch, at least 1; 32 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int BatchSize { get; init => field = Check.Positive(value, nameof(value)); } = 32;

    /// <summary>The learning rate of Adam, above 0; 0.001 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to 0 or less.</exception>
    public double LearningRate { get; init => field = Check.Positive(value, nameof(value)); } = 1e-3;

    /// <summary>The epochs without a better validation after which training stops, at least 1; 10 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int Patience { get; init => field = Check.Positive(value, nameof(value)); } = 10;

    /// <summary>The share of each series, at its end, that decides how long to train, above 0 and at most ½; 0.2 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to another number.</exception>
    public double ValidationShare { get; init => field = ForecasterOptions.Share(value); } = 0.2;

    /// <summary>Whether a new network is then trained on all steps, for as many epochs as were best; true by default.</summary>
    public bool Refit { get; init; } = true;

    /// <summary>The seed of weights, windows and sample paths; 0 by default. The same seed gives the same forecasts.</summary>
    public int Seed { get; init; }

    private static int[] CheckLags(IReadOnlyList<int> value)
    {
        if (value.Count > 1000) throw Check.Shape(nameof(value), "at most 1000 lags", $"{value.Count}");
        for (int i = 0; i < value.Count; i++)
        {
            if (value[i] is < 2 or > Most || (i > 0 && value[i] <= value[i - 1])) throw Check.Shape(nameof(value), $"ascending lags of 2 to {Most}", $"{value[i]} at {i}");
        }

        return [.. value];
    }

    private static CalendarField[] CheckFields(IReadOnlyList<CalendarField> value)
    {
        if (value.Count > 100) throw Check.Shape(nameof(value), "at most 100 fields", $"{value.Count}");
        foreach (CalendarField field in value) ForecasterOptions.Member(field, CalendarField.MonthOfYear);
        return [.. value];
    }
}
