namespace RnnSharp.Forecasting;

/// <summary>
/// What the errors on held-out steps say about the width of intervals: conformal prediction with the network's own spread as the scale of an
/// error (Romano et al. 2019), and the growth of errors over the horizon.
/// </summary>
/// <param name="Widths">The typical error over the network's own spread, [step][column], which does not decrease with the step.</param>
/// <param name="Factors">For each level, the part of such errors that it leaves out, as a factor of the width: negative below the middle.</param>
internal sealed record ForecastCalibration(double[] Widths, double[] Factors)
{
    private const int MostOrigins = 60;
    private const int FewestErrors = 8;

    /// <summary>Measures the errors of a network on the last steps of series; null if there are too few.</summary>
    public static ForecastCalibration? Measure(ForecastNetwork network, IReadOnlyList<ScaledSeries> series, IReadOnlyList<int> firsts, int horizon, CancellationToken cancellation)
    {
        ForecastShape shape = network.Shape;
        int count = horizon * shape.Columns;
        var errors = new List<double>[count];
        for (int i = 0; i < count; i++) errors[i] = [];
        for (int s = 0; s < series.Count; s++)
        {
            int first = Math.Max(firsts[s], shape.Needed), origins = series[s].Length - first, most = Math.Max(1, MostOrigins / series.Count);
            int stride = Math.Max(1, (origins + most - 1) / most);
            for (int origin = series[s].Length - 1; origin >= first; origin -= stride) AddErrors(network, series[s], origin, Math.Min(horizon, series[s].Length - origin), count, errors, cancellation);
        }

        if (errors.Sum(list => list.Count) < FewestErrors * shape.Columns) return null;
        var widths = new double[count];
        for (int c = 0; c < shape.Columns; c++) Grow(errors, widths, c, shape.Columns);
        double[] all = [.. errors.SelectMany((list, i) => list.Select(error => Math.Abs(error) / widths[i])).Order()];
        return new ForecastCalibration(widths, [.. shape.Levels.Select(level => Math.Sign(level - 0.5) * Quantile(all, Math.Abs(2 * level - 1)))]);
    }

    private static void AddErrors(ForecastNetwork network, ScaledSeries series, int origin, int steps, int count, List<double>[] errors, CancellationToken cancellation)
    {
        ForecastShape shape = network.Shape;
        ScaledSeries past = series.Before(origin, steps);
        double[] offsets = network.Run(past, steps, cancellation);
        int values = steps * shape.Columns, last = (shape.Levels.Count - 1) * values;
        for (int i = 0; i < values; i++)
        {
            int t = origin + i / shape.Columns, c = i % shape.Columns;
            if (double.IsNaN(series.Raw(t, c))) continue;
            double error = series.At(t, c) - past.At(t, c), spread = error < 0 ? -offsets[i] : offsets[last + i];
            if (spread > 0) errors[i].Add(error / spread);
        }
    }

    /// <summary>The root mean square error of each step of a column, made not to decrease by pooling neighbours (isotonic regression).</summary>
    private static void Grow(List<double>[] errors, double[] widths, int column, int columns)
    {
        var pools = new List<(double Sum, int Count, int Steps)>();
        for (int i = column; i < widths.Length; i += columns)
        {
            (double Sum, int Count, int Steps) pool = (errors[i].Sum(error => error * error), errors[i].Count, 1);
            while (pools.Count > 0 && (pool.Count == 0 || pools[^1].Sum * pool.Count >= pool.Sum * pools[^1].Count))
            {
                pool = (pool.Sum + pools[^1].Sum, pool.Count + pools[^1].Count, pool.Steps + pools[^1].Steps);
                pools.RemoveAt(pools.Count - 1);
            }

            pools.Add(pool);
        }

        int at = column;
        foreach ((double sum, int count, int steps) in pools)
        {
            double width = count == 0 || sum == 0 ? 1e-9 : Math.Sqrt(sum / count);
            for (int k = 0; k < steps; k++, at += columns) widths[at] = width;
        }
    }

    /// <summary>The quantile of n errors with the correction (n + 1) / n, so that it also holds for the next one.</summary>
    private static double Quantile(double[] sorted, double coverage) =>
        Forecast.QuantileOfSorted(sorted, Math.Min(1, coverage * (sorted.Length + 1) / sorted.Length));
}
