using System.Globalization;
using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>
/// Forecasts series with recurrent networks: scaling, windows, training with early stopping, an ensemble, intervals, and a file that holds it all.
/// <code>
/// var forecaster = Forecaster.Fit(TimeSeries.Monthly(values, new(1949, 1, 1)), new() { Horizon = 12 });
/// Forecast forecast = forecaster.Predict();
/// ForecastInterval interval = forecast.Interval(0.8);
/// forecaster.Save("air.safetensors");
/// </code>
/// A forecaster of several series has one network for all, and a scaler for each. Predictions may run on several threads at once, but not
/// during <see cref="Update(TimeSeries, int)"/>.
/// </summary>
public sealed partial class Forecaster : IForecastModel
{
    private readonly ForecastNetwork _network;
    private readonly SeriesScales[] _scales;
    private readonly TimeSeries[] _histories;
    private readonly ForecastCalibration? _calibration;

    private Forecaster(ForecasterOptions options, ForecastNetwork network, SeriesScales[] scales, TimeSeries[] histories, ForecastCalibration? calibration) =>
        (Options, _network, _scales, _histories, _calibration) = (options, network, scales, histories, calibration);

    /// <summary>The settings.</summary>
    public ForecasterOptions Options { get; }

    /// <summary>The networks, the mean of whose outputs is the forecast: stacks of the library's layers, such as can be saved or exported one by one.</summary>
    public IReadOnlyList<ILayer<float>> Networks => _network.Model is ForecastEnsemble<float> ensemble ? [.. ensemble.Parts.Select(part => part.Layer)] : [_network.Model];

    /// <summary>The end of each series, as much as a forecast reads.</summary>
    public IReadOnlyList<TimeSeries> Histories => _histories;

    /// <summary>The fitted scaler of each series.</summary>
    public IReadOnlyList<IScaler> Scalers => [.. _scales.Select(one => one.Values)];

    /// <summary>The steps of history that a forecast reads.</summary>
    public int HistoryLength => _network.Shape.Needed;

    /// <summary>Fits a forecaster to a series.</summary>
    /// <param name="series">
    /// The series. Missing values are allowed: each is read as the last known one at its place in the seasons that are compared, or else as the
    /// value before it, and none is a target.
    /// </param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <param name="cancellation">Stops the fit.</param>
    /// <exception cref="ArgumentException">
    /// The series is null, too short for the lookback, the horizon and the held-out steps, has too few values among those to calibrate intervals,
    /// or its values do not suit the scaling; or the options have intervals that would not widen (<see cref="ForecasterOptions.Calibrate"/>), or
    /// fewer steps of lookback than are forecast at once for covariates known ahead.
    /// </exception>
    /// <exception cref="OperationCanceledException">The fit was cancelled.</exception>
    public static Forecaster Fit(TimeSeries series, ForecasterOptions? options = null, CancellationToken cancellation = default) => Fit([Check.NotNull(series)], options, cancellation);

    /// <summary>Fits a forecaster to several series: one network for all, with a scaler for each.</summary>
    /// <param name="series">At least one; all of the same columns, covariates and step of time, and with different Ids, if they have any. Missing values are allowed.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <param name="cancellation">Stops the fit.</param>
    /// <exception cref="ArgumentException">There is no series, one is unlike the first, or one or the options are refused as for a single series.</exception>
    /// <exception cref="OperationCanceledException">The fit was cancelled.</exception>
    public static Forecaster Fit(IReadOnlyList<TimeSeries> series, ForecasterOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(series);
        if (series.Count == 0) throw Check.Shape(nameof(series), "at least one series", "none");
        options ??= new ForecasterOptions();
        for (int s = 0; s < series.Count; s++)
        {
            if (series[s] is null) throw new ArgumentException($"Series {s} is null.", nameof(series));
            CheckColumns(series[s], series[0].Columns, series[0].PastCovariates?.Columns ?? 0, series[0].FutureCovariates?.Columns ?? 0, nameof(series));
            if (series[s].Step != series[0].Step) throw Check.Shape(nameof(series), $"series of one step of time, {series[0].Step?.ToString() ?? "none"} as in the first", $"{series[s].Step?.ToString() ?? "none"} in series {s}");
            if (series[s].Id is { } id && series.Take(s).Any(one => string.Equals(one.Id, id, StringComparison.Ordinal))) throw Check.Shape(nameof(series), "series with different Ids", $"two named {id}");
        }

        ForecastShape shape = ForecastShape.Of(series, options);
        ForecasterChecks.Validate(series, shape, options);
        (ForecastNetwork network, SeriesScales[] scales, ForecastCalibration? calibration) = ForecasterTraining.Run(series, shape, options, cancellation);
        return new Forecaster(options, network, scales, [.. series.Select(one => Tail(one, shape.Needed, shape.Lag))], calibration);
    }

    /// <summary>Forecasts the steps after the end of a series.</summary>
    /// <param name="series">The number of the series, 0 for the first.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such series.</exception>
    /// <exception cref="ArgumentException">The covariates that are known ahead end before the horizon.</exception>
    public Forecast Predict(int series = 0) => Predict(_histories[CheckSeries(series)], _scales[series], Options.Horizon, default);

    /// <summary>
    /// Forecasts the steps that follow a history: one of the fit, which is known by its <see cref="TimeSeries.Id"/>, or another, to which
    /// scalers are then fitted. A forecaster of one series uses that series' scaler unless both have an Id and the Ids differ.
    /// </summary>
    /// <param name="history">At least <see cref="HistoryLength"/> steps; missing values are allowed.</param>
    /// <param name="horizon">1 to <see cref="ForecasterOptions.Horizon"/>.</param>
    /// <param name="cancellation">Stops the forecast.</param>
    /// <exception cref="ArgumentException">The history is null, too short, or has other columns or covariates, a value does not suit the scaler of the fit, or the horizon is out of range.</exception>
    /// <exception cref="OperationCanceledException">The forecast was cancelled.</exception>
    public Forecast Forecast(TimeSeries history, int horizon, CancellationToken cancellation = default)
    {
        ForecastShape shape = _network.Shape;
        ArgumentNullException.ThrowIfNull(history);
        CheckColumns(history, shape.Columns, shape.Past, shape.Future, nameof(history));
        HorizonChecks.RequireHorizon(horizon, Options.Horizon);
        if (history.Length < shape.Needed) throw Check.Shape(nameof(history), $"at least {shape.Needed} steps", $"{history.Length}");
        int known = _scales.Length == 1 && (history.Id is null || _scales[0].Id is null) ? 0 : Array.FindIndex(_scales, one => one.Id is not null && string.Equals(one.Id, history.Id, StringComparison.Ordinal));
        SeriesScales scales = known >= 0 ? _scales[known] : SeriesScales.Fit(history, history.Length, shape, Options.Scaling);
        return Predict(Tail(history, shape.Needed, shape.Lag), scales, horizon, cancellation);
    }

    /// <summary>
    /// Appends new values to a series, without training: the next forecast starts after them. The scaler stays: where
    /// <see cref="Scaling.Automatic"/> chose the logarithm, a value that is not positive is refused.
    /// </summary>
    /// <param name="values">[step][column]; NaN where a value is missing.</param>
    /// <param name="series">The number of the series, 0 for the first.</param>
    /// <exception cref="ArgumentException">The values are not whole steps, one is infinite or does not suit the scaler, there is no such series, or it has covariates that do not reach as far.</exception>
    public void Update(ReadOnlySpan<double> values, int series = 0)
    {
        CheckSeries(series);
        if (values.IsEmpty) return;
        Update(new TimeSeries(values, _network.Shape.Columns), series);
    }

    /// <summary>Appends new steps with their covariates to a series, without training: the next forecast starts after them.</summary>
    /// <param name="next">The steps that follow the series.</param>
    /// <param name="series">The number of the series, 0 for the first.</param>
    /// <exception cref="ArgumentException">The steps are null, have other columns or covariates, or a value does not suit the scaler; or there is no such series.</exception>
    public void Update(TimeSeries next, int series = 0)
    {
        CheckSeries(series);
        ArgumentNullException.ThrowIfNull(next);
        TimeSeries tail = Tail(_histories[series].Append(next), _network.Shape.Needed, _network.Shape.Lag);
        _ = new ScaledSeries(tail, _scales[series], _network.Shape); // a value that the scaler refuses changes nothing
        _histories[series] = tail;
    }

    /// <summary>The shape, such as "12 steps ahead of 1 series, from 25: GRU".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Options.Horizon} steps ahead of {_histories.Length} series, from {_network.Shape.Needed}: {(Networks.Count == 1 ? "" : $"{Networks.Count} x ")}{Networks[0]}");

    /// <summary>The end of a series, of so many steps, and further back as long as values are missing, so that gaps can be filled.</summary>
    internal static TimeSeries Tail(TimeSeries series, int steps, int lag = 0)
    {
        // With gaps, the seasons before, and further back as long as values are missing, so that they are filled as in the whole series.
        int first = Math.Max(0, series.Length - steps - (series.HasMissing ? lag : 0));
        while (first > 0 && LacksValue(series, first)) first--;
        return first == 0 ? series : series.Slice(first, series.Length - first);

        static bool LacksValue(TimeSeries series, int first)
        {
            foreach (double value in series.Row(first))
            {
                if (double.IsNaN(value)) return true;
            }

            return false;
        }
    }

    private static void CheckColumns(TimeSeries series, int columns, int past, int future, string name)
    {
        if (series.Columns != columns) throw Check.Shape(name, $"series of {columns} columns", $"{series.Columns}");
        if ((series.PastCovariates?.Columns ?? 0) != past) throw Check.Shape(name, $"{past} past covariates", $"{series.PastCovariates?.Columns ?? 0}");
        if ((series.FutureCovariates?.Columns ?? 0) != future) throw Check.Shape(name, $"{future} covariates known ahead", $"{series.FutureCovariates?.Columns ?? 0}");
    }

    private int CheckSeries(int series) =>
        (uint)series < (uint)_histories.Length ? series : throw new ArgumentOutOfRangeException(nameof(series), series, $"Expected 0 to {_histories.Length - 1}, got {series}.");

    private Forecast Predict(TimeSeries history, SeriesScales scales, int horizon, CancellationToken cancellation)
    {
        ForecastShape shape = _network.Shape;
        HorizonChecks.RequireCovariates(history, horizon);
        var path = new ScaledSeries(history, scales, shape, horizon);
        double[] offsets = _network.Run(path, horizon, cancellation);
        int count = horizon * shape.Columns, levels = shape.Levels.Count;
        var points = new double[count];
        for (int i = 0; i < count; i++) points[i] = path.At(history.Length + i / shape.Columns, i % shape.Columns);
        bool isRaw = shape.Head == ForecastHead.NegativeBinomial; // the offsets of counts are counts, and so are the points
        if (isRaw) scales.Values.InverseTransform(points, points);
        var quantiles = new double[levels * count];
        for (int l = 0; l < levels; l++)
        {
            for (int i = 0; i < count; i++)
            {
                double own = offsets[l * count + i];
                if (_calibration is { } calibration)
                {
                    // The factor carries the sign; the outermost quantile on its side is the network's own spread.
                    double spread = calibration.Factors[l] < 0 ? -offsets[i] : offsets[(levels - 1) * count + i];
                    own = calibration.Factors[l] * calibration.Widths[i] * spread;
                }

                quantiles[l * count + i] = points[i] + own;
            }
        }

        if (!isRaw)
        {
            scales.Values.InverseTransform(points, points);
            scales.Values.InverseTransform(quantiles, quantiles);
        }

        for (int i = 0; i < quantiles.Length; i++) quantiles[i] = isRaw ? Math.Round(quantiles[i]) : Math.Clamp(quantiles[i], -double.MaxValue, double.MaxValue); // a wide interval of a logarithm
        return shape.Head == ForecastHead.Point && _calibration is null
            ? RnnSharp.Forecasting.Forecast.OfPoints(history, points)
            : RnnSharp.Forecasting.Forecast.OfQuantiles(history, [.. shape.Levels], quantiles, points);
    }
}
