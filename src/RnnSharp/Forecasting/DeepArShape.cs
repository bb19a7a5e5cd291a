namespace RnnSharp.Forecasting;

/// <summary>What the network of a <see cref="DeepAr"/> reads at each step.</summary>
/// <param name="Distribution">The distribution that it outputs.</param>
/// <param name="Context">Steps of the conditioning range.</param>
/// <param name="ColdStart">Whether windows may begin before a series.</param>
/// <param name="Lags">Distances to earlier values, ascending, without 1, which is always read.</param>
/// <param name="Fields">Calendar features, of two numbers each.</param>
/// <param name="Covariates">The scaler of the covariates known ahead, fitted to those of all series; null without any.</param>
/// <param name="Center">What is taken off the logarithm of a scale.</param>
/// <param name="Spread">What it is then divided by.</param>
internal sealed record DeepArShape(DeepArDistribution Distribution, int Context, bool ColdStart, IReadOnlyList<int> Lags, IReadOnlyList<CalendarField> Fields, IScaler? Covariates, double Center, double Spread)
{
    /// <summary>Outputs of the network: the parameters of the distribution.</summary>
    public const int Outputs = 2;

    /// <summary>Covariates known ahead.</summary>
    public int Known => Covariates?.Columns ?? 0;

    /// <summary>Features that are known ahead at each step: covariates, calendar, age.</summary>
    public int Ahead => Known + 2 * Fields.Count + 1;

    /// <summary>Features of a step: earlier values, what is known ahead, and the logarithm of the scale.</summary>
    public int Features => 1 + Lags.Count + Ahead + 1;

    /// <summary>The steps before the end of a history that a forecast reads.</summary>
    public int Reach => Context + (Lags.Count == 0 ? 1 : Lags[^1]);

    /// <summary>The fewest steps of a history.</summary>
    public int Needed => ColdStart ? 1 : Reach;

    /// <summary>The features of a target: the value, and for counts the scale.</summary>
    public int TargetFeatures => Distribution == DeepArDistribution.NegativeBinomial ? 2 : 1;

    /// <summary>The scale ν for the mean of the absolute values: 1 more for counts (Salinas et al. 2020); the mean itself for real values (GluonTS), so that the unit of measurement does not matter.</summary>
    public double ScaleOf(double mean) => Distribution == DeepArDistribution.NegativeBinomial ? 1 + mean : mean > 0 ? mean : 1;

    /// <summary>The shape that the options ask for.</summary>
    public static DeepArShape Of(IReadOnlyList<TimeSeries> series, DeepArOptions options)
    {
        TimeSeries first = series[0];
        int season = options.Season ?? first.Step?.Season ?? 1, room = series.Min(one => FirstHeldOut(one, options)) - options.Horizon;
        IReadOnlyList<int> lags = options.Lags ?? (season > 1 && (options.ColdStart || room >= 2L * season) ? [season] : []);
        int longest = Math.Max(options.Horizon, Math.Max(season, 8)), most = Math.Max(1, (room - (lags.Count == 0 ? 1 : lags[^1])) / 2);
        int context = options.Context ?? (options.ColdStart ? longest : Math.Min(longest, most));
        IReadOnlyList<CalendarField> fields = options.Calendar ?? (series.All(one => one.HasTimes) ? CalendarFeatures.UsualFields(first.Step!) : []);
        var shape = new DeepArShape(options.Distribution, context, options.ColdStart, lags, fields, CovariateScaler(series), 0, 1);
        double[] logarithms = [.. series.Select(one => Math.Log(shape.ScaleOf(DeepArSeries.Mean(one.Values.Span))))];
        double center = logarithms.Average();

        // A spread of at least 1: the scales of a single series differ by little, and must not become large numbers.
        return shape with { Center = center, Spread = Math.Max(1, Math.Sqrt(logarithms.Average(value => (value - center) * (value - center)))) };
    }

    /// <summary>The first of the last steps of a series, on which a network is validated.</summary>
    public static int FirstHeldOut(TimeSeries series, DeepArOptions options) => series.Length - Math.Max(1, (int)(series.Length * options.ValidationShare));

    private static IScaler? CovariateScaler(IReadOnlyList<TimeSeries> series) =>
        series[0].FutureCovariates is { } known ? Scaling.Standard.Fit([.. series.SelectMany(one => one.FutureCovariates!.Values.ToArray())], known.Columns) : null;
}
