namespace RnnSharp.Forecasting;

/// <summary>The sizes of a forecaster's network: what it reads at each step, and what it outputs.</summary>
/// <param name="Columns">Columns to forecast.</param>
/// <param name="Past">Covariates of the past.</param>
/// <param name="Future">Covariates that are known ahead.</param>
/// <param name="Lookback">Steps that the network reads.</param>
/// <param name="Block">Steps that it outputs.</param>
/// <param name="Season">Steps of a season.</param>
/// <param name="Seasons">Seasons whose mean a value is compared with; 0 for none.</param>
/// <param name="Anchor">Last steps of the window whose mean is its zero; 0 for none.</param>
/// <param name="Head">What it outputs for each value.</param>
/// <param name="Levels">The levels of a head of quantiles.</param>
internal sealed record ForecastShape(int Columns, int Past, int Future, int Lookback, int Block, int Season, int Seasons, int Anchor, ForecastHead Head, IReadOnlyList<double> Levels)
{
    /// <summary>Features of a step: values, covariates of the past, and those known ahead at the step and a block later, so that a lookback of at least a block holds those of each step to forecast.</summary>
    public int Features => Columns + Past + 2 * Future;

    /// <summary>Outputs for each value.</summary>
    public int PerValue => Head switch
    {
        ForecastHead.Point => 1,
        ForecastHead.Quantiles => Levels.Count,
        _ => 2,
    };

    /// <summary>Values of a block.</summary>
    public int BlockValues => Block * Columns;

    public int Outputs => checked(BlockValues * PerValue);

    /// <summary>Steps of history that a forecast reads.</summary>
    public int Needed => Lookback + Lag;

    /// <summary>Steps from a value back to the first that it is compared with.</summary>
    public int Lag => Season * Seasons;

    /// <summary>The shape that the options ask for, for series of these lengths.</summary>
    public static ForecastShape Of(IReadOnlyList<TimeSeries> series, ForecasterOptions options)
    {
        TimeSeries first = series[0];
        int shortest = series.Min(one => one.Length), season = options.Season ?? first.Step?.Season ?? 1;
        bool counts = options.Head == ForecastHead.NegativeBinomial;
        int block = options.Strategy switch
        {
            ForecastStrategy.Direct => options.Horizon,
            ForecastStrategy.Segment => Math.Min(options.SegmentLength, options.Horizon),
            _ => 1,
        };

        // A season, and at least half of what is left before the held-out steps, for windows to train on.
        int training = Math.Min((int)(shortest * (1 - options.ValidationShare)), shortest - options.HeldOut(shortest, block, series.Count)) - block;
        int seasons = counts || season == 1 ? 0 : options.Seasons ?? Math.Clamp(training / season - 1, 0, Math.Min(shortest / season / 2, 4));
        int most = Math.Max(1, (training - season * seasons) / 2);
        int lookback = options.Lookback ?? Math.Max(Math.Min(Math.Max(8, season + 1), most), first.FutureCovariates is null ? 1 : block);
        int anchor = counts ? 0 : Math.Min(options.AnchorSteps ?? Math.Max(1, season / 4), lookback);
        return new ForecastShape(first.Columns, first.PastCovariates?.Columns ?? 0, first.FutureCovariates?.Columns ?? 0, lookback, block, season, seasons, anchor, options.Head, options.Levels);
    }
}
