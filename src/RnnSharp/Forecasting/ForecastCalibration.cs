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

    /// <summary>The fewest held-out values of a column that tell a width.</summary>
    public const int FewestErrors = 8;

    /// <summary>Measures the errors of a network on the last steps of series; null if there are too few, for heads that have no spread there.</summary>
    public static ForecastCalibration? Measure(ForecastNetwork network, IReadOnlyList<ScaledSeries> series, IReadOnlyList<int> firsts, int horizon, CancellationToken cancellation)
    {
        ForecastShape shape = network.Shape;
        int count = horizon * shape.Columns;
        var errors = new List<double>[count];
        for (int i = 0; i < count; i++) errors[i] = [];
        int[][] origins = [.. series.Select((one, s) => Origins(one, Math.Max(firsts[s], shape.Needed), shape.Columns))];
        int paths = 0, most = Math.Max(1, MostOrigins / Math.Max(1, origins.Count(list => list.Length > 0)));
        for (int s = 0; s < series.Count; s++)
        {
            int stride = Math.Max(1, (origins[s].Length + most - 1) / most);
            for (int i = 0; i < origins[s].Length; i += stride)
            {
                AddErrors(network, series[s], origins[s][i], Math.Min(horizon, series[s].Length - origins[s][i]), errors, cancellation);
                paths++;
            }
        }

        if (errors.Sum(list => list.Count) < FewestErrors) return null;
        var widths = new double[count];
        for (int c = 0; c < shape.Columns; c++) Grow(errors, widths, c, shape.Columns);
        double[] all = [.. errors.SelectMany((list, i) => list.Select(error => Math.Abs(error) / widths[i])).Order()];
        return new ForecastCalibration(widths, [.. shape.Levels.Select(level => Math.Sign(level - 0.5) * Quantile(all, Math.Abs(2 * level - 1), paths))]);
    }

    /// <summary>The steps with a value from the last one back to a first.</summary>
    private static int[] Origins(ScaledSeries series, int first, int columns) =>
        [.. Enumerable.Range(first, series.Length - first).Where(step => Enumerable.Range(0, columns).Any(c => !double.IsNaN(series.Raw(step, c)))).Reverse()];

    private static void AddErrors(ForecastNetwork network, ScaledSeries series, int origin, int steps, List<double>[] errors, CancellationToken cancellation)
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
            double width = count == 0 ? 1 : sum == 0 ? 1e-9 : Math.Sqrt(sum / count);
            for (int k = 0; k < steps; k++, at += columns) widths[at] = width;
        }
    }

    /// <summary>The quantile of errors with the correction (n + 1) / n, so that it also holds for the next one. The errors of a path depend on each other, so n is the number of paths.</summary>
    private static double Quantile(double[] sorted, double coverage, int paths) =>
        Forecast.QuantileOfSorted(sorted, Math.Min(1, coverage * (paths + 1) / paths));
}
