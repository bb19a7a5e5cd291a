using System.Globalization;
using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>
/// A way of scaling, before it is fitted. <see cref="Fit(TimeSeries)"/> computes the numbers of each column from training values alone, and
/// returns them as an <see cref="IScaler"/>.
/// <code>
/// IScaler scaler = Scaling.Log().Then(Scaling.Standard).Fit(training);
/// </code>
/// </summary>
public sealed class Scaling
{
    private readonly Part[] _parts;

    private Scaling(params Part[] parts) => _parts = parts;

    private enum Kind
    {
        None,
        Standard,
        MinMax,
        Robust,
        Automatic,
        Power,
        AnyPower,
    }

    /// <summary>No scaling.</summary>
    public static Scaling None { get; } = new(new Part(Kind.None));

    /// <summary>(x - mean) / standard deviation, that of the population. A constant column becomes 0.</summary>
    public static Scaling Standard { get; } = new(new Part(Kind.Standard));

    /// <summary>(x - min) / (max - min): training values are from 0 to 1. A constant column becomes 0.</summary>
    public static Scaling MinMax { get; } = new(new Part(Kind.MinMax));

    /// <summary>(x - median) / (upper quartile - lower quartile), which outliers hardly change. If the quartiles are equal, the standard deviation stands in.</summary>
    public static Scaling Robust { get; } = new(new Part(Kind.Robust));

    /// <summary>
    /// The logarithm and then <see cref="Standard"/> if all values are positive and their logarithms are likelier to be normal than the values
    /// themselves, by the likelihood of Box and Cox, in most columns: skewed values, such as those whose fluctuations grow with the level. Else
    /// <see cref="Standard"/>. The default of forecasters, which look at the sign of every value that they are given. The logarithm then refuses
    /// later values that are not positive.
    /// </summary>
    public static Scaling Automatic { get; } = new(new Part(Kind.Automatic));

    /// <summary>ln(x + shift).</summary>
    /// <param name="shift">A finite number that makes all values positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">The shift is not finite.</exception>
    public static Scaling Log(double shift = 0) => BoxCox(0, shift);

    /// <summary>The power transformation of Box and Cox (1964), ((x + shift)^λ - 1) / λ; see <see cref="PowerScaler"/>.</summary>
    /// <param name="lambda">λ, -5 to 5; for each column its likeliest from -2 to 2 when null.</param>
    /// <param name="shift">A finite number that makes all values positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static Scaling BoxCox(double? lambda = null, double shift = 0)
    {
        if (lambda is { } given && given is not (>= -5 and <= 5)) throw new ArgumentOutOfRangeException(nameof(lambda), lambda, $"Expected -5 to 5, got {lambda}.");
        if (!double.IsFinite(shift)) throw new ArgumentOutOfRangeException(nameof(shift), shift, $"Expected a finite number, got {shift}.");
        return new Scaling(new Part(lambda is null ? Kind.AnyPower : Kind.Power, lambda ?? 0, shift));
    }

    /// <summary>This scaling, followed by another that is fitted to its results.</summary>
    /// <param name="next">The scaling that comes after.</param>
    /// <exception cref="ArgumentNullException">The scaling is null.</exception>
    public Scaling Then(Scaling next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return new Scaling([.. _parts, .. next._parts]);
    }

    /// <summary>Fits the scaling to the columns of a series.</summary>
    /// <param name="series">The training part. Missing values are left out.</param>
    /// <exception cref="ArgumentException">The series is null, a column has no value, or a value is not positive although the scaling takes logarithms or powers.</exception>
    public IScaler Fit(TimeSeries series)
    {
        ArgumentNullException.ThrowIfNull(series);
        return Fit(series, series);
    }

    /// <summary>Fits the scaling to values.</summary>
    /// <param name="values">[step][column], the training part; finite, or NaN where a value is missing.</param>
    /// <param name="columns">The number of columns, at least 1.</param>
    /// <exception cref="ArgumentException">The values are not whole steps, a column has none, one is infinite, or not positive although the scaling takes logarithms or powers.</exception>
    public IScaler Fit(ReadOnlySpan<double> values, int columns = 1) => Fit(values, values, columns);

    /// <summary>Fits the scaling to a training part of values all of which it then has to scale: the automatic one takes logarithms only if all are positive.</summary>
    internal IScaler Fit(TimeSeries training, TimeSeries all) => Fit(training.Values.Span, all.Values.Span, training.Columns);

    private IScaler Fit(ReadOnlySpan<double> values, ReadOnlySpan<double> all, int columns)
    {
        Check.Positive(columns);
        if (values.Length == 0 || values.Length % columns != 0) throw Check.Shape(nameof(values), $"at least one step of {columns} {(columns == 1 ? "column" : "columns")}", $"{values.Length} values");
        var sorted = new List<double>[columns];
        for (int c = 0; c < columns; c++) sorted[c] = [];
        for (int i = 0; i < values.Length; i++)
        {
            if (double.IsInfinity(values[i])) throw Check.Shape(nameof(values), "finite values, or NaN for a missing one", $"{values[i]} at step {i / columns}, column {i % columns}");
            if (!double.IsNaN(values[i])) sorted[i % columns].Add(values[i]);
        }

        for (int c = 0; c < columns; c++)
        {
            if (sorted[c].Count == 0) throw Check.Shape(nameof(values), $"a value that is not missing in column {c}", "none");
            sorted[c].Sort();
        }

        return FitSorted([.. sorted.Select(column => column.ToArray())], all.ToArray());
    }

    /// <summary>Creates the scaler that <see cref="IScaler.ToNumbers"/> described.</summary>
    /// <param name="numbers">The named numbers.</param>
    /// <exception cref="ArgumentNullException">The numbers are null.</exception>
    /// <exception cref="InvalidDataException">They are not those of a scaler.</exception>
    public static IScaler Restore(IReadOnlyDictionary<string, double> numbers)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        return ScalerNumbers.Read(numbers);
    }

    /// <summary>The scalings in their order, such as "Power(0, 0), Standard".</summary>
    public override string ToString() => string.Join(", ", _parts);

    /// <summary>The numbers of the text of <see cref="ToString"/>: kind, λ and shift of each part.</summary>
    internal double[] ToNumbers() => [.. _parts.SelectMany(part => new[] { (double)part.Kind, part.Lambda, part.Shift })];

    /// <summary>Creates a scaling of what <see cref="ToNumbers"/> returned, or null if it did not.</summary>
    internal static Scaling? FromNumbers(double[] numbers)
    {
        if (numbers.Length is 0 or > 48 || numbers.Length % 3 != 0) return null;
        var parts = new Part[numbers.Length / 3];
        for (int i = 0; i < parts.Length; i++)
        {
            double kind = numbers[3 * i];
            parts[i] = new Part((Kind)kind, numbers[3 * i + 1], numbers[3 * i + 2]);
            if (kind != Math.Floor(kind) || kind is < 0 or > (double)Kind.AnyPower || parts[i].Lambda is not (>= -5 and <= 5) || !double.IsFinite(parts[i].Shift)) return null;
        }

        return new Scaling(parts);
    }

    private static IScaler Fit(Part part, double[][] columns, double[] all) => part.Kind switch
    {
        Kind.None => Affine(columns, _ => (0, 1)),
        Kind.Standard => Affine(columns, StandardNumbers),
        Kind.MinMax => Affine(columns, sorted => (sorted[0], sorted[^1] - sorted[0])),
        Kind.Robust => Affine(columns, RobustNumbers),
        Kind.Automatic => Array.TrueForAll(all, value => !(value <= 0)) && GrowsWithLevel(columns) ? Log().Then(Standard).FitSorted(columns, all) : Affine(columns, StandardNumbers),
        _ => Power(part, columns),
    };

    /// <summary>Fits to sorted columns; what is then scaled is only read for its signs.</summary>
    private IScaler FitSorted(double[][] columns, double[] all)
    {
        var fitted = new List<IScaler>();
        for (int i = 0; i < _parts.Length; i++)
        {
            IScaler one = Fit(_parts[i], columns, all);
            fitted.AddRange(one is ComposedScaler chain ? chain.Scalers : [one]);
            if (i == _parts.Length - 1) break;
            columns = Transformed(one, columns);
            var next = new double[all.Length];
            one.Transform(all, next);
            all = next;
        }

        return fitted.Count == 1 ? fitted[0] : new ComposedScaler([.. fitted]);
    }

    private static PowerScaler Power(Part part, double[][] columns)
    {
        for (int c = 0; c < columns.Length; c++)
        {
            if (columns[c][0] + part.Shift <= 0) throw Check.Shape("values", $"values above {0 - part.Shift} for a logarithm or power", $"{columns[c][0]} in column {c}");
        }

        return new PowerScaler([.. columns.Select(column => part.Kind == Kind.AnyPower ? PowerScaler.LikeliestLambda(column, part.Shift) : part.Lambda)], [.. columns.Select(_ => part.Shift)]);
    }

    /// <summary>The values of each column after a scaler, which keeps their order.</summary>
    private static double[][] Transformed(IScaler scaler, double[][] columns) => [.. columns.Select((column, index) =>
    {
        // A scaler takes whole steps: the other columns are missing.
        var steps = new double[column.Length * scaler.Columns];
        Array.Fill(steps, double.NaN);
        for (int t = 0; t < column.Length; t++) steps[t * scaler.Columns + index] = column[t];
        scaler.Transform(steps, steps);
        return column.Select((_, t) => steps[t * scaler.Columns + index]).ToArray();
    })];

    private static AffineScaler Affine(double[][] columns, Func<double[], (double Center, double Scale)> fit)
    {
        var fitted = Array.ConvertAll(columns, column => fit(column));

        // A constant column keeps its unit, so that its inverse is exact and later values that differ stay finite.
        return new AffineScaler([.. fitted.Select(one => one.Center)], [.. fitted.Select(one => one.Scale > Math.Abs(one.Center) * 1e-14 ? one.Scale : 1)]);
    }

    private static (double Center, double Scale) StandardNumbers(double[] sorted)
    {
        double mean = sorted.Average(), squares = sorted.Sum(value => (value - mean) * (value - mean));
        return (mean, Math.Sqrt(squares / sorted.Length));
    }

    private static (double Center, double Scale) RobustNumbers(double[] sorted)
    {
        double range = Forecast.QuantileOfSorted(sorted, 0.75) - Forecast.QuantileOfSorted(sorted, 0.25);
        return (Forecast.QuantileOfSorted(sorted, 0.5), range > 0 ? range : StandardNumbers(sorted).Scale);
    }

    private static bool GrowsWithLevel(double[][] columns) =>
        2 * columns.Count(column => PowerScaler.PrefersLogarithm(column)) > columns.Length;

    private readonly record struct Part(Kind Kind, double Lambda = 0, double Shift = 0)
    {
        public override string ToString() => Kind is Kind.Power or Kind.AnyPower ? string.Create(CultureInfo.InvariantCulture, $"{Kind}({Lambda}, {Shift})") : $"{Kind}";
    }
}
