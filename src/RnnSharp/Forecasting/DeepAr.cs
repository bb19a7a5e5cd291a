using System.Globalization;
using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>
/// Forecasts series with DeepAR (Salinas, Flunkert, Gasthaus and Januschowski 2020): one recurrent network for all series reads the previous value
/// and what is known of the step, outputs the distribution of the value, and draws paths by reading its own draws. Values are divided by the scale of
/// their series, which is the mean of the absolute values in the conditioning range, plus 1 for counts.
/// <code>
/// var model = DeepAr.Fit(series, new() { Horizon = 28, Distribution = DeepArDistribution.NegativeBinomial });
/// Forecast forecast = model.Predict(0);
/// double[] high = forecast.Quantile(0.9);
/// model.Save("sales.safetensors");
/// </code>
/// Covariates known ahead are read, those of the past are not, for nobody knows them on the way. Predictions may run on several threads at once.
/// </summary>
public sealed partial class DeepAr : IForecastModel
{
    private readonly DeepArShape _shape;
    private readonly TimeSeries[] _histories;

    private DeepAr(DeepArOptions options, ILayer<float> model, DeepArShape shape, TimeSeries[] histories) => (Options, Model, _shape, _histories) = (options, model, shape, histories);

    /// <summary>The settings.</summary>
    public DeepArOptions Options { get; }

    /// <summary>The network, in the library's own layers.</summary>
    public ILayer<float> Model { get; }

    /// <summary>The end of each series, as much as a forecast reads.</summary>
    public IReadOnlyList<TimeSeries> Histories => _histories;

    /// <summary>The steps of history that a forecast needs.</summary>
    public int HistoryLength => _shape.Needed;

    /// <summary>Fits a model to a series.</summary>
    /// <param name="series">The series, of one column; missing values are allowed.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <param name="cancellation">Stops the fit.</param>
    /// <exception cref="ArgumentException">The series is null, too short, of several columns, without the times that calendar features need, has a negative count, or misses a covariate.</exception>
    /// <exception cref="OperationCanceledException">The fit was cancelled.</exception>
    public static DeepAr Fit(TimeSeries series, DeepArOptions? options = null, CancellationToken cancellation = default) => Fit([Check.NotNull(series)], options, cancellation);

    /// <summary>Fits a model to several series: one network for all.</summary>
    /// <param name="series">At least one; each of one column, and all with the same number of covariates known ahead. Missing values are allowed.</param>
    /// <param name="options">The settings; the defaults when null.</param>
    /// <param name="cancellation">Stops the fit.</param>
    /// <exception cref="ArgumentException">There is no series; or one is null, too short, of several columns, without the times that calendar features need, has a negative count, or misses a covariate.</exception>
    /// <exception cref="OperationCanceledException">The fit was cancelled.</exception>
    public static DeepAr Fit(IReadOnlyList<TimeSeries> series, DeepArOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(series);
        TimeSeries[] all = [.. series];
        if (all.Length == 0) throw Check.Shape(nameof(series), "at least one series", "none");
        options ??= new DeepArOptions();
        for (int s = 0; s < all.Length; s++)
        {
            if (all[s] is null) throw new ArgumentException($"Series {s} is null.", nameof(series));
            CheckValues(all[s], options.Distribution, all[0].FutureCovariates?.Columns ?? 0, options.Calendar is { Count: > 0 }, nameof(series));
        }

        var shape = DeepArShape.Of(all, options);
        foreach (TimeSeries one in all) CheckLength(one, shape, options);
        ILayer<float> model = DeepArTraining.Run(all, shape, options, cancellation);
        return new DeepAr(options, model, shape, [.. all.Select(one => Tail(one, shape))]);
    }

    /// <summary>Forecasts the steps after the end of a series.</summary>
    /// <param name="series">The number of the series, 0 for the first.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such series.</exception>
    /// <exception cref="ArgumentException">The covariates that are known ahead end before the horizon.</exception>
    /// <exception cref="InvalidOperationException">The network's outputs are not finite.</exception>
    public Forecast Predict(int series = 0)
    {
        if ((uint)series >= (uint)_histories.Length) throw new ArgumentOutOfRangeException(nameof(series), series, $"Expected 0 to {_histories.Length - 1}, got {series}.");
        return Predict(_histories[series], Options.Horizon, default);
    }

    /// <summary>
    /// Forecasts the steps that follow a history, by sample paths: of a series of the fit that has gone on, or of one that the network has never
    /// seen. The same history gives the same paths, those of different histories are independent.
    /// </summary>
    /// <param name="history">At least <see cref="HistoryLength"/> steps; missing values are allowed.</param>
    /// <param name="horizon">1 to <see cref="DeepArOptions.Horizon"/>.</param>
    /// <param name="cancellation">Stops the forecast.</param>
    /// <exception cref="ArgumentException">The history is null, too short, of several columns or other covariates, or lacks times or known values that the network reads; or the horizon is out of range.</exception>
    /// <exception cref="InvalidOperationException">The network's outputs are not finite.</exception>
    /// <exception cref="OperationCanceledException">The forecast was cancelled.</exception>
    public Forecast Forecast(TimeSeries history, int horizon, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(history);
        CheckValues(history, _shape.Distribution, _shape.Known, _shape.Fields.Count > 0, nameof(history));
        HorizonChecks.RequireHorizon(horizon, Options.Horizon);
        if (history.Length < _shape.Needed) throw Check.Shape(nameof(history), $"at least {_shape.Needed} steps", $"{history.Length}");
        return Predict(Tail(history, _shape), horizon, cancellation);
    }

    /// <summary>The shape, such as "12 steps ahead of 1 series, Gaussian, from 24: LayerStack...".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Options.Horizon} steps ahead of {_histories.Length} series, {_shape.Distribution}, from {_shape.Needed}: {Model}");

    private static void CheckValues(TimeSeries series, DeepArDistribution distribution, int covariates, bool needsTimes, string name)
    {
        if (series.Columns != 1) throw Check.Shape(name, "series of 1 column (those of several as series of their own: TimeSeries.Select)", $"{series.Columns}");
        if ((series.FutureCovariates?.Columns ?? 0) != covariates) throw Check.Shape(name, $"{covariates} covariates known ahead", $"{series.FutureCovariates?.Columns ?? 0}");
        if (series.FutureCovariates is { HasMissing: true }) throw Check.Shape(name, "covariates known ahead without missing values", "NaN");
        if (needsTimes && !series.HasTimes) throw Check.Shape(name, "a series with a start and a step, for calendar features", series.ToString());
        if (distribution != DeepArDistribution.NegativeBinomial) return;
        foreach (double value in series.Values.Span)
        {
            if (value is < 0 or > CountDistribution.LargestCount) throw Check.Shape(name, string.Create(CultureInfo.InvariantCulture, $"counts of 0 to {CountDistribution.LargestCount} for a negative binomial distribution"), string.Create(CultureInfo.InvariantCulture, $"{value}"));
        }
    }

    private static void CheckLength(TimeSeries series, DeepArShape shape, DeepArOptions options)
    {
        int first = DeepArShape.FirstHeldOut(series, options);
        if (first < (long)shape.Needed + options.Horizon)
        {
            long least = (long)Math.Ceiling((shape.Needed + (double)options.Horizon + 1) / (1 - options.ValidationShare));
            throw Check.Shape(nameof(series), $"at least {least} steps, for a context of {shape.Context}, lags up to {shape.Reach - shape.Context}, a horizon of {options.Horizon} and a validation share of {options.ValidationShare}{(shape.ColdStart ? "" : " (fewer with ColdStart)")}", $"{series.Length}");
        }

        if (!series.Values.Span[..first].ContainsAnyExcept(double.NaN)) throw Check.Shape(nameof(series), "values in the training part", "none");
    }

    /// <summary>The end of a series, as much as a forecast reads, with what it reads.</summary>
    private static TimeSeries Tail(TimeSeries series, DeepArShape shape)
    {
        TimeSeries tail = Forecaster.Tail(series, shape.Reach);
        return tail.PastCovariates is null ? tail : tail.With(tail.Names is { } names ? [.. names] : null, past: null, tail.FutureCovariates);
    }

    private Forecast Predict(TimeSeries history, int horizon, CancellationToken cancellation)
    {
        HorizonChecks.RequireCovariates(history, horizon);
        double[] samples = DeepArNetwork.Sample(Model, _shape, new DeepArSeries(history, _shape, horizon), horizon, Options.SamplePaths, Options.Seed, cancellation);
        return RnnSharp.Forecasting.Forecast.OfSamples(history, samples, Options.SamplePaths);
    }
}
