namespace RnnSharp.Forecasting;

/// <summary>The fitted scalers of a series, and of what the network reads of it.</summary>
/// <param name="Id">The name of the series.</param>
/// <param name="Values">The scaler of the values.</param>
/// <param name="Past">The scaler of the covariates of the past; null without any.</param>
/// <param name="Future">The scaler of the covariates known ahead; null without any.</param>
/// <param name="Units">What a difference of scaled values is divided by, for each column.</param>
internal sealed record SeriesScales(string? Id, IScaler Values, IScaler? Past, IScaler? Future, double[] Units)
{
    /// <summary>Fits scalers to the first steps of a series. All of its values must suit them.</summary>
    public static SeriesScales Fit(TimeSeries series, int steps, ForecastShape shape, Scaling scaling)
    {
        TimeSeries part = series.Slice(0, steps);
        IScaler values = scaling.Fit(part, series);
        IScaler? past = part.PastCovariates is { } measured ? Scaling.Standard.Fit(measured) : null;
        IScaler? future = part.FutureCovariates is { } known ? Scaling.Standard.Fit(known.Slice(0, steps)) : null;
        var scales = new SeriesScales(series.Id, values, past, future, [.. Enumerable.Repeat(1d, shape.Columns)]);

        // The root mean square of what the network reads, so that it is near 1.
        var scaled = new ScaledSeries(part, scales, shape);
        var units = new double[shape.Columns];
        for (int c = 0; c < units.Length; c++)
        {
            double sum = 0;
            int count = 0;
            for (int t = shape.Lag + shape.Anchor; t < steps; t++)
            {
                double difference = scaled.Difference(t, c) - scaled.AnchorAt(t, c);
                sum += difference * difference;
                count++;
            }

            double unit = count == 0 ? 1 : Math.Sqrt(sum / count);
            units[c] = unit > 1e-12 ? unit : 1;
        }

        return scales with { Units = units };
    }
}
