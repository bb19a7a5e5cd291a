using System.Diagnostics;
using System.Globalization;
using MathNet.Numerics.Distributions;
using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>The steps that follow a history: a path of points, and how sure it is, as its <see cref="Kind"/> tells. A forecast never changes.</summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed partial class Forecast
{
    private readonly TimeAxis _axis;

    private Forecast(TimeSeries history, ForecastKind kind, double[] points)
    {
        Kind = kind;
        Points = points;
        Columns = history.Columns;
        Horizon = points.Length / history.Columns;
        Id = history.Id;
        Names = history.Names;
        _axis = history.Axis.From(history.Length);
    }

    /// <summary>What the forecast knows.</summary>
    public ForecastKind Kind { get; }

    /// <summary>The number of steps, at least 1.</summary>
    public int Horizon { get; }

    /// <summary>The number of columns, those of the history.</summary>
    public int Columns { get; }

    /// <summary>The name of the series.</summary>
    public string? Id { get; }

    /// <summary>The names of the columns.</summary>
    public IReadOnlyList<string>? Names { get; }

    /// <summary>Whether the history has times, and with it the forecast.</summary>
    public bool HasTimes => _axis.IsKnown;

    /// <summary>The path, [step][column]: the mean of normal distributions, the median of quantiles and samples unless their maker gave another.</summary>
    public ReadOnlyMemory<double> Points { get; }

    /// <summary>The standard deviations of normal distributions, [step][column]; empty for other kinds.</summary>
    public ReadOnlyMemory<double> Deviations { get; private init; }

    /// <summary>The levels of the quantiles, ascending; empty for other kinds.</summary>
    public IReadOnlyList<double> Levels { get; private init; } = [];

    /// <summary>The number of sample paths; 0 for other kinds.</summary>
    public int SampleCount => Kind == ForecastKind.Samples ? Paths.Length / Points.Length : 0;

    /// <summary>The paths by level or sample, [path][step][column]: of <see cref="Levels"/>, or the samples; empty for other kinds.</summary>
    public ReadOnlyMemory<double> Paths { get; private init; }

    /// <summary>A value of the path.</summary>
    /// <param name="step">0 to <see cref="Horizon"/> - 1.</param>
    /// <param name="column">0 to <see cref="Columns"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step or column is out of range.</exception>
    public double this[int step, int column = 0] =>
        (uint)step >= (uint)Horizon ? throw new ArgumentOutOfRangeException(nameof(step), step, $"Expected 0 to {Horizon - 1}, got {step}.")
        : (uint)column >= (uint)Columns ? throw new ArgumentOutOfRangeException(nameof(column), column, $"Expected 0 to {Columns - 1}, got {column}.")
        : Points.Span[step * Columns + column];

    /// <summary>A forecast that is only a path.</summary>
    /// <param name="history">What comes before.</param>
    /// <param name="points">[step][column], finite.</param>
    /// <exception cref="ArgumentException">The history is null, or the points are not whole steps of its columns or not finite.</exception>
    public static Forecast OfPoints(TimeSeries history, ReadOnlySpan<double> points) => new(Check.NotNull(history), ForecastKind.Points, Path(history, points, nameof(points)));

    /// <summary>A forecast of normal distributions.</summary>
    /// <param name="history">What comes before.</param>
    /// <param name="means">[step][column], finite.</param>
    /// <param name="deviations">The standard deviations, [step][column], finite and 0 or more.</param>
    /// <exception cref="ArgumentException">The history is null, or the numbers are not whole steps of its columns, differ in their steps, or are out of range.</exception>
    public static Forecast OfGaussian(TimeSeries history, ReadOnlySpan<double> means, ReadOnlySpan<double> deviations)
    {
        ArgumentNullException.ThrowIfNull(history);
        double[] points = Path(history, means, nameof(means)), widths = Path(history, deviations, nameof(deviations), points.Length);
        foreach (double deviation in widths)
        {
            if (deviation < 0) throw Check.Shape(nameof(deviations), "0 or more", $"{deviation}");
        }

        return new Forecast(history, ForecastKind.Gaussian, points) { Deviations = widths };
    }

    /// <summary>
    /// A forecast of quantiles. Where those of one step are not in ascending order, as a network may give them, they are sorted
    /// (Chernozhukov, Fernández-Val and Galichon 2010).
    /// </summary>
    /// <param name="history">What comes before.</param>
    /// <param name="levels">Ascending, each above 0 and below 1; at least one.</param>
    /// <param name="quantiles">[level][step][column], finite.</param>
    /// <param name="points">[step][column], finite; empty for the median, which then must be within the levels.</param>
    /// <exception cref="ArgumentException">The history is null, or the levels or the numbers do not fit, are not finite, or lack a median.</exception>
    public static Forecast OfQuantiles(TimeSeries history, ReadOnlySpan<double> levels, ReadOnlySpan<double> quantiles, ReadOnlySpan<double> points = default)
    {
        ArgumentNullException.ThrowIfNull(history);
        double[] all = levels.ToArray();
        if (all.Length == 0) throw Check.Shape(nameof(levels), "at least one level", "none");
        for (int i = 0; i < all.Length; i++)
        {
            if (!(all[i] > (i == 0 ? 0 : all[i - 1]) && all[i] < 1)) throw Check.Shape(nameof(levels), "ascending levels above 0 and below 1", $"{all[i]} at {i}");
        }

        double[] paths = Path(history, quantiles, nameof(quantiles), paths: all.Length);
        int count = paths.Length / all.Length;
        SortPaths(paths, count);
        if (points.IsEmpty && !(all[0] <= 0.5 && all[^1] >= 0.5)) throw Check.Shape(nameof(levels), "levels around 0.5, or points", $"{all[0]} to {all[^1]}");
        double[] path = points.IsEmpty ? Interpolate(paths, all, 0.5, count) : Path(history, points, nameof(points), count);
        return new Forecast(history, ForecastKind.Quantiles, path) { Levels = all, Paths = paths };
    }

    /// <summary>A forecast of sample paths.</summary>
    /// <param name="history">What comes before.</param>
    /// <param name="samples">[sample][step][column], finite.</param>
    /// <param name="count">The number of samples, at least 1.</param>
    /// <param name="points">[step][column], finite; empty for the median of the samples.</param>
    /// <exception cref="ArgumentException">The history is null, the count is below 1, or the numbers do not fit or are not finite.</exception>
    public static Forecast OfSamples(TimeSeries history, ReadOnlySpan<double> samples, int count, ReadOnlySpan<double> points = default)
    {
        ArgumentNullException.ThrowIfNull(history);
        double[] paths = Path(history, samples, nameof(samples), paths: Check.Positive(count));
        int length = paths.Length / count;
        double[] path = points.IsEmpty ? SampleQuantiles(paths, length, 0.5) : Path(history, points, nameof(points), length);
        return new Forecast(history, ForecastKind.Samples, path) { Paths = paths };
    }

    /// <summary>The time of a step.</summary>
    /// <param name="step">0 is the first after the history.</param>
    /// <exception cref="InvalidOperationException">The history has no times.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The time is not in the years 1 to 9999.</exception>
    public DateTime TimeAt(int step) => _axis.At(step);

    /// <summary>A copy of the path of a column.</summary>
    /// <param name="column">0 to <see cref="Columns"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is out of range.</exception>
    public double[] Column(int column)
    {
        var values = new double[Horizon];
        for (int t = 0; t < Horizon; t++) values[t] = this[t, column];
        return values;
    }

    /// <summary>Whether <see cref="Quantile"/> knows a level: any level of normal distributions and samples, those from the first to the last of quantiles.</summary>
    /// <param name="level">Above 0 and below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The level is out of range.</exception>
    public bool HasLevel(double level)
    {
        CheckLevel(level);
        return Kind switch
        {
            ForecastKind.Points => false,
            ForecastKind.Quantiles => level >= Levels[0] && level <= Levels[^1],
            _ => true,
        };
    }

    /// <summary>
    /// The value that is not exceeded with a probability, for each step. Between two levels of quantiles and between two samples it is
    /// interpolated linearly.
    /// </summary>
    /// <param name="level">The probability, above 0 and below 1.</param>
    /// <returns>[step][column].</returns>
    /// <exception cref="ArgumentOutOfRangeException">The level is out of range, or not within the levels of the forecast's quantiles.</exception>
    /// <exception cref="InvalidOperationException">The forecast has only points.</exception>
    public double[] Quantile(double level)
    {
        CheckLevel(level);
        if (Kind == ForecastKind.Points) throw new InvalidOperationException("Expected a forecast of distributions, quantiles or samples, got one of points, which has no quantiles.");
        if (!HasLevel(level)) throw new ArgumentOutOfRangeException(nameof(level), level, string.Create(CultureInfo.InvariantCulture, $"Expected a level of {Levels[0]} to {Levels[^1]}, which the forecast has, got {level}."));
        switch (Kind)
        {
            case ForecastKind.Gaussian:
                double[] values = Points.ToArray();
                double z = Normal.InvCDF(0, 1, level);
                for (int i = 0; i < values.Length; i++) values[i] += z * Deviations.Span[i];
                return values;
            case ForecastKind.Quantiles:
                return Interpolate(Paths.Span, Levels, level, Points.Length);
            default:
                return SampleQuantiles(Paths.Span, Points.Length, level);
        }
    }

    /// <summary>The mean of each step: that of the samples, or of the normal distributions.</summary>
    /// <returns>[step][column].</returns>
    /// <exception cref="InvalidOperationException">The forecast has only points or quantiles, which do not tell it.</exception>
    public double[] Mean()
    {
        if (Kind == ForecastKind.Gaussian) return Points.ToArray();
        if (Kind != ForecastKind.Samples) throw new InvalidOperationException($"Expected a forecast of distributions or samples, got one of {Kind}, which have no mean.");
        var means = new double[Points.Length];
        for (int i = 0; i < Paths.Length; i++) means[i % means.Length] += Paths.Span[i] / SampleCount;
        return means;
    }

    /// <summary>The interval between two quantiles that leave out equal probabilities below and above.</summary>
    /// <param name="coverage">The probability that a value is in the interval, above 0 and below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The coverage is out of range, or its bounds are not within the levels of the forecast's quantiles.</exception>
    /// <exception cref="InvalidOperationException">The forecast has only points.</exception>
    public ForecastInterval Interval(double coverage)
    {
        if (!(coverage is > 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(coverage), coverage, $"Expected above 0 and below 1, got {coverage}.");
        (double lower, double upper) = Bounds(coverage);
        if (Kind != ForecastKind.Points && !(HasLevel(lower) && HasLevel(upper)))
            throw new ArgumentOutOfRangeException(nameof(coverage), coverage, string.Create(CultureInfo.InvariantCulture, $"Expected an interval within the levels {Levels[0]} to {Levels[^1]}, which the forecast has, got {lower} to {upper}."));
        return new ForecastInterval(coverage, Quantile(lower), Quantile(upper), Columns);
    }

    /// <summary>The kind and size, such as "12 steps, Gaussian, from 1961-01-01T00:00:00".</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{(Id is null ? "" : $"{Id}: ")}{Horizon} steps{(Columns == 1 ? "" : $" of {Columns} columns")}, {Kind}{(HasTimes ? $", from {TimeAt(0):s}" : "")}");

    /// <summary>The levels of an interval, rounded so that those of 80 % are 0.1 and 0.9 exactly.</summary>
    internal static (double Lower, double Upper) Bounds(double coverage)
    {
        double lower = Math.Round((1 - coverage) / 2, 12);
        return lower > 0 ? (lower, 1 - lower) : ((1 - coverage) / 2, (1 + coverage) / 2);
    }
}
