using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>The settings of a <see cref="Forecaster"/>. What is null is chosen from the data.</summary>
public sealed record ForecasterOptions
{
    internal const int LongestHorizon = 100_000;

    /// <summary>The number of steps to forecast, 1 to 100,000; 1 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to another number.</exception>
    public int Horizon { get; init => field = UpTo(value, LongestHorizon); } = 1;

    /// <summary>The steps of a season, at least 1; those of the series' <see cref="TimeStep.Season"/> when null, or 1 without one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int? Season { get; init => field = value is { } season ? UpTo(season, LongestHorizon) : null; }

    /// <summary>
    /// The steps that the network sees, at least 1; when null a season and a step, at least 8, as far as the history allows. With covariates
    /// known ahead, at least the steps that are forecast at once, since it sees those of as many steps.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int? Lookback { get; init => field = value is { } steps ? UpTo(steps, LongestHorizon) : null; }

    /// <summary>The recurrent layers; gated recurrent units by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to another value.</exception>
    public ForecastCell Cell { get; init => field = Member(value, ForecastCell.Lstm); }

    /// <summary>Units of each recurrent layer, 1 to 10,000; 16 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to another number.</exception>
    public int HiddenSize { get; init => field = UpTo(value, 10_000); } = 16;

    /// <summary>Recurrent layers, 1 to 100; 1 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to another number.</exception>
    public int Layers { get; init => field = UpTo(value, 100); } = 1;

    /// <summary>How the horizon is reached; all steps at once by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to another value.</exception>
    public ForecastStrategy Strategy { get; init => field = Member(value, ForecastStrategy.Segment); }

    /// <summary>The steps of a segment, for <see cref="ForecastStrategy.Segment"/>; 4 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int SegmentLength { get; init => field = UpTo(value, LongestHorizon); } = 4;

    /// <summary>How values are scaled, fitted to each series; automatic by default.</summary>
    /// <exception cref="ArgumentNullException">Set to null.</exception>
    public Scaling Scaling { get; init => field = Check.NotNull(value); } = Scaling.Automatic;

    /// <summary>
    /// The last seasons at whose same place the mean of the values is taken off, so that the network forecasts the difference to it (a seasonal
    /// difference if 1; Box and Jenkins 1970). 0 for none; when null half of the seasons that the shortest series has, at most 4, and no more than
    /// leave a season to train on.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a negative number, or more than 1,000.</exception>
    public int? Seasons { get; init => field = value is not { } seasons || seasons == 0 ? value : UpTo(seasons, 1000); }

    /// <summary>
    /// The last steps of a window whose mean is the network's zero: it reads and forecasts differences from it, so that a level never seen before
    /// is no obstacle, and before training it repeats that mean. 0 for none; when null a quarter of the season, at least 1.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a negative number.</exception>
    public int? AnchorSteps { get; init => field = value is { } steps ? Check.NotNegative(steps, nameof(value)) : null; }

    /// <summary>What the network outputs; a point by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to another value.</exception>
    public ForecastHead Head { get; init => field = Member(value, ForecastHead.NegativeBinomial); }

    /// <summary>The levels of the forecast's quantiles, ascending with 0.5 among them; 0.025, 0.05, 0.1, 0.25 and 0.5, and as many above, by default.</summary>
    /// <exception cref="ArgumentException">Set to levels that are not ascending from above 0 to below 1, lack 0.5, or are more than 1,000.</exception>
    public IReadOnlyList<double> Levels { get; init => field = CheckLevels(value); } = [0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975];

    /// <summary>
    /// Whether intervals are widened or narrowed so that they cover the held-out steps as their levels say (conformal prediction; Romano et al.
    /// 2019, with the error of each step of the horizon); true by default. It needs 8 values of each column among the held-out steps of all series
    /// together. Without it, a <see cref="ForecastHead.Point"/> has no intervals, and those of other heads are the network's own. These do not
    /// widen over steps that are not forecast at once, so that other strategies than <see cref="ForecastStrategy.Direct"/> are then refused for a
    /// horizon of several blocks. A <see cref="ForecastHead.NegativeBinomial"/> is never calibrated: its intervals are those of its distribution.
    /// </summary>
    public bool Calibrate { get; init; } = true;

    /// <summary>The most epochs, at least 1; 100 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int Epochs { get; init => field = Check.Positive(value, nameof(value)); } = 100;

    /// <summary>The learning rate of AdamW, above 0; 0.003 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to 0 or less.</exception>
    public double LearningRate { get; init => field = Check.Positive(value, nameof(value)); } = 3e-3;

    /// <summary>The weight decay of AdamW, 0 or more; 0.01 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 0.</exception>
    public double WeightDecay { get; init => field = Check.NotNegative(value, nameof(value)); } = 0.01;

    /// <summary>Windows in a batch, at least 1; 32 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int BatchSize { get; init => field = Check.Positive(value, nameof(value)); } = 32;

    /// <summary>
    /// The share of each series, at its end, that decides how long to train and calibrates the intervals, above 0 and at most ½; 0.2 by default. No
    /// fewer steps are held out than are forecast at once, or, with <see cref="Calibrate"/>, than 8 for all series together.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to another number.</exception>
    public double ValidationShare { get; init => field = Share(value); } = 0.2;

    /// <summary>Whether new networks are then trained on all steps, for as many epochs as were best; true by default. Without it, the networks have not seen the held-out steps, but are those that the intervals were calibrated for.</summary>
    public bool Refit { get; init; } = true;

    /// <summary>The epochs without a better validation after which training stops, at least 1; 10 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int Patience { get; init => field = Check.Positive(value, nameof(value)); } = 10;

    /// <summary>Networks of different seeds whose outputs are averaged, 1 to 100; 5 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to another number.</exception>
    public int Members { get; init => field = UpTo(value, 100); } = 5;

    /// <summary>The seed of weights and batches; 0 by default. The same seed gives the same forecaster.</summary>
    public int Seed { get; init; }

    internal static double Share(double value) => value is > 0 and <= 0.5 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected above 0 and at most 0.5, got {value}.");

    /// <summary>Whether intervals are calibrated: those of counts never are.</summary>
    internal bool Calibrates => Calibrate && Head != ForecastHead.NegativeBinomial;

    /// <summary>The held-out steps of one of so many series.</summary>
    internal int HeldOut(int length, int block, int series)
    {
        int fewest = Calibrates ? (ForecastCalibration.FewestErrors + series - 1) / series : 1;
        return Math.Max((int)(length * ValidationShare), Math.Max(block, fewest));
    }

    internal static int UpTo(int value, int most) => Check.Positive(value, nameof(value)) <= most ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected 1 to {most}, got {value}.");

    internal static TEnum Member<TEnum>(TEnum value, TEnum last)
        where TEnum : struct, Enum =>
        value.CompareTo(default(TEnum)) >= 0 && value.CompareTo(last) <= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected one of {string.Join(", ", Enum.GetNames<TEnum>())}, got {value}.");

    private static double[] CheckLevels(IReadOnlyList<double> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Count > 1000 || !value.Contains(0.5)) throw Check.Shape(nameof(value), "at most 1000 levels with 0.5 among them", $"{value.Count} levels{(value.Contains(0.5) ? "" : " without it")}");
        for (int i = 0; i < value.Count; i++)
        {
            if (!(value[i] > (i == 0 ? 0 : value[i - 1]) && value[i] < 1)) throw Check.Shape(nameof(value), "ascending levels above 0 and below 1", $"{value[i]} at {i}");
        }

        return [.. value];
    }
}
