using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>
/// Exponential smoothing with a level and, if asked for, a trend and a season: simple, Holt's, damped, and Holt-Winters' methods. The
/// parameters minimize the squared errors one step ahead.
/// </summary>
/// <remarks>
/// <para>
/// With l the level, b the trend, s the season of m steps and φ = 1 unless the trend is damped:
/// ŷ = l + φ b + s; l' = α (y - s) + (1 - α) (l + φ b); b' = β (l' - l) + (1 - β) φ b; s' = γ (y - l') + (1 - γ) s, with y / s and y / l' and a
/// factor s for a multiplicative season: the formulas of R's HoltWinters, extended by φ (Hyndman and Athanasopoulos, Forecasting:
/// Principles and Practice, chapter 8).
/// </para>
/// <para>
/// The first states: without season or trend, the first value. With a trend alone, a line through the first 10 values (R's ets). With a
/// season, those of R's HoltWinters: classical decomposition of the first two seasons, and a line through its trend.
/// </para>
/// <para>
/// The variance of the h-th step is σ² (1 + Σ ψ(j)²) over j below h, ψ(j) = α (1 + β (φ + … + φʲ)) + γ (1 - α) [m divides j]; with a
/// multiplicative season each ψ(j) is multiplied by the factor of step h over that of step h - j (Yar and Chatfield 1990, as in R's predict.HoltWinters).
/// </para>
/// </remarks>
public sealed class ExponentialSmoothing : ColumnMethod
{
    private readonly ExponentialSmoothingOptions _options;

    /// <summary>Creates the method.</summary>
    /// <param name="options">Trend, season and parameters; simple exponential smoothing when null.</param>
    /// <exception cref="ArgumentException">A parameter is set that the kind does not have.</exception>
    public ExponentialSmoothing(ExponentialSmoothingOptions? options = null)
    {
        _options = options ?? new ExponentialSmoothingOptions();
        if (_options.Beta is not null && _options.Trend == SmoothingTrend.None) throw Check.Shape(nameof(options), "a trend for Beta", "none");
        if (_options.Phi is not null && _options.Trend != SmoothingTrend.Damped) throw Check.Shape(nameof(options), "a damped trend for Phi", $"{_options.Trend}");
        if (_options.Gamma is not null && _options.Season == SmoothingSeason.None) throw Check.Shape(nameof(options), "a season for Gamma", "none");
        if (_options.SeasonLength is not null && _options.Season == SmoothingSeason.None) throw Check.Shape(nameof(options), "a season for SeasonLength", "none");
    }

    /// <summary>The kind, such as "Holt-Winters (multiplicative)".</summary>
    public override string Name => (_options.Trend, _options.Season) switch
    {
        (SmoothingTrend.None, SmoothingSeason.None) => "Simple smoothing",
        (SmoothingTrend.Additive, SmoothingSeason.None) => "Holt",
        (SmoothingTrend.Damped, SmoothingSeason.None) => "Damped Holt",
        (SmoothingTrend.None, var season) => $"Seasonal smoothing ({Lower(season)})",
        (SmoothingTrend.Additive, var season) => $"Holt-Winters ({Lower(season)})",
        var (_, season) => $"Damped Holt-Winters ({Lower(season)})",
    };

    private protected override int Shortest(TimeSeries history, int horizon)
    {
        if (_options.Season == SmoothingSeason.None) return _options.Trend == SmoothingTrend.None ? 2 : 3;
        int season = SeasonOf(_options.SeasonLength, history);
        if (season < 2) throw Check.Shape(nameof(history), "a step with a season, or SeasonLength in the options", history.ToString());
        return 2 * season;
    }

    private protected override ColumnFit FitColumn(TimeSeries history, int column, int horizon) =>
        SmoothingFit.Fit(history.Column(column), _options, _options.Season == SmoothingSeason.None ? 1 : SeasonOf(_options.SeasonLength, history));

    private static string Lower(SmoothingSeason season) => season == SmoothingSeason.Additive ? "additive" : "multiplicative";
}
