using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>
/// Tests methods on the past of a series with a rolling origin: at each origin, a method sees the history before it and forecasts the steps
/// after it (Tashman 2000). No method sees a later value; covariates that are known ahead are seen up to the end of the horizon.
/// </summary>
public static class BackTest
{
    /// <summary>Tests a method.</summary>
    /// <param name="method">The method.</param>
    /// <param name="series">The series.</param>
    /// <param name="options">The folds; null for one step ahead over the second half.</param>
    /// <param name="cancellation">Stops the test.</param>
    /// <exception cref="ArgumentException">An argument is null, the series is too short for a fold, or the method refuses a history.</exception>
    /// <exception cref="OperationCanceledException">The test was cancelled.</exception>
    public static BackTestResult Run(IForecastMethod method, TimeSeries series, BackTestOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(method);
        return Run([method], series, options, cancellation);
    }

    /// <summary>Tests several methods on the same folds.</summary>
    /// <param name="methods">At least one, with different names.</param>
    /// <param name="series">The series.</param>
    /// <param name="options">The folds; null for one step ahead over the second half.</param>
    /// <param name="cancellation">Stops the test.</param>
    /// <exception cref="ArgumentException">An argument or method is null, there is none or two have one name, the series is too short for a fold, or a method refuses a history.</exception>
    /// <exception cref="InvalidOperationException">A method returned a forecast of another size.</exception>
    /// <exception cref="OperationCanceledException">The test was cancelled.</exception>
    public static BackTestResult Run(IReadOnlyList<IForecastMethod> methods, TimeSeries series, BackTestOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(methods);
        if (methods.Count == 0) throw Check.Shape(nameof(methods), "at least one method", "none");
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int m = 0; m < methods.Count; m++)
        {
            if (methods[m] is null) throw new ArgumentException($"Method {m} is null.", nameof(methods));
            if (!names.Add(methods[m].Name)) throw Check.Shape(nameof(methods), "methods with different names", $"two named {methods[m].Name}");
        }

        ArgumentNullException.ThrowIfNull(series);
        options ??= new BackTestOptions();
        int[] origins = options.Origins(series);
        var results = new BackTestMethod[methods.Count];
        for (int m = 0; m < results.Length; m++) results[m] = RunMethod(methods[m], series, options, origins, cancellation);
        return new BackTestResult(results, options);
    }

    private static BackTestMethod RunMethod(IForecastMethod method, TimeSeries series, BackTestOptions options, int[] origins, CancellationToken cancellation)
    {
        var folds = new BackTestFold[origins.Length];
        ScoreSums total = default;
        ScoreSums[] steps = new ScoreSums[options.Horizon], columns = new ScoreSums[series.Columns];
        IForecastModel? model = null;
        int fitted = 0;
        for (int f = 0; f < folds.Length; f++)
        {
            cancellation.ThrowIfCancellationRequested();
            int origin = origins[f], first = origin - (options.Window ?? origin);
            TimeSeries history = series.Slice(first, origin - first, options.Horizon);
            if (options.Filling is { } filling) history = history.FillGaps(filling, options.Season);
            if (model is null || (options.RefitEvery > 0 && f % options.RefitEvery == 0))
            {
                model = method.Fit(history, options.Horizon, cancellation);
                fitted = origin;
            }

            Forecast forecast = model.Forecast(history, options.Horizon, cancellation);
            if (forecast.Horizon != options.Horizon || forecast.Columns != series.Columns)
                throw new InvalidOperationException($"Expected a forecast of {options.Horizon} steps of {series.Columns} columns from {method.Name}, got {forecast.Horizon} of {forecast.Columns}.");
            ScoreSums fold = default;
            var reader = new ScoreReader(forecast, history, options);
            ReadOnlySpan<double> actual = series.Values.Span.Slice(origin * series.Columns, options.Horizon * series.Columns);
            for (int i = 0; i < actual.Length; i++)
            {
                ScoreSums value = reader.Read(i, actual[i]);
                fold.Add(value);
                steps[i / series.Columns].Add(value);
                columns[i % series.Columns].Add(value);
            }

            total.Add(fold);
            folds[f] = new BackTestFold(origin, fitted, fold.Result(), options.KeepForecasts ? forecast : null);
        }

        return new BackTestMethod(method.Name, total.Result(), folds, Results(steps), Results(columns));

        static ForecastScore[] Results(ScoreSums[] sums) => [.. sums.Select(sum => sum.Result())];
    }
}
