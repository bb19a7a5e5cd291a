using System.Diagnostics;
using System.Globalization;
using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>
/// Values at equal steps of time, oldest first, in one column or several that are forecast together, with what else is known: times, names
/// and covariates. A missing value is NaN. A series never changes.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed partial class TimeSeries
{
    private TimeAxis _axis;

    /// <summary>Creates a series.</summary>
    /// <param name="values">[step][column], copied; at least one step. NaN is a missing value.</param>
    /// <param name="columns">The number of columns, at least 1.</param>
    /// <exception cref="ArgumentException">There is no step, the values are not whole steps, or one is infinite.</exception>
    public TimeSeries(ReadOnlySpan<double> values, int columns = 1)
    {
        Check.Positive(columns);
        if (values.Length == 0 || values.Length % columns != 0) throw Check.Shape(nameof(values), $"at least one step of {columns} {(columns == 1 ? "column" : "columns")}", $"{values.Length} values");
        for (int i = 0; i < values.Length; i++)
        {
            if (double.IsInfinity(values[i])) throw Infinite(nameof(values), values[i], i / columns, i % columns);
        }

        Values = values.ToArray();
        Columns = columns;
        Length = values.Length / columns;
    }

    private TimeSeries(ReadOnlyMemory<double> values, int columns, TimeSeries like)
    {
        Values = values;
        Columns = columns;
        Length = values.Length / columns;
        Id = like.Id;
        _axis = like._axis;
    }

    /// <summary>The number of steps, at least 1.</summary>
    public int Length { get; }

    /// <summary>The number of columns, at least 1.</summary>
    public int Columns { get; }

    /// <summary>All values, [step][column].</summary>
    public ReadOnlyMemory<double> Values { get; }

    /// <summary>The time of the first value; null if not known.</summary>
    public DateTime? Start { get => _axis.Start; init => _axis = _axis with { Anchor = value }; }

    /// <summary>The time between two values; null if not known.</summary>
    public TimeStep? Step { get => _axis.Step; init => _axis = _axis with { Step = value }; }

    /// <summary>A name that tells the series from others; null by default.</summary>
    public string? Id { get; init; }

    /// <summary>The names of the columns; null by default.</summary>
    /// <exception cref="ArgumentException">Set to a list that has not one name for each column, or to one with a null.</exception>
    public IReadOnlyList<string>? Names
    {
        get;
        init
        {
            if (value is null) return;
            if (value.Count != Columns) throw Check.Shape(nameof(value), $"{Columns} names, one for each column", $"{value.Count}");
            for (int i = 0; i < value.Count; i++)
            {
                if (value[i] is null) throw new ArgumentException($"Name {i} is null.", nameof(value));
            }

            field = [.. value];
        }
    }

    /// <summary>What has been measured beside the values, such as the weather, and is not known ahead: of the same length as the series. Null by default.</summary>
    /// <exception cref="ArgumentException">Set to a series of another length, or to one with covariates of its own.</exception>
    public TimeSeries? PastCovariates
    {
        get;
        init
        {
            if (value is not null && (value.Length != Length || value.HasCovariates)) throw Check.Shape(nameof(value), $"{Length} steps, as in the series, without covariates of their own", value.ToString());
            field = value;
        }
    }

    /// <summary>What is known ahead, such as the calendar, prices or plans: from the first step of the series on, and for a forecast up to its last step. Null by default.</summary>
    /// <exception cref="ArgumentException">Set to a series that is shorter, or to one with covariates of its own.</exception>
    public TimeSeries? FutureCovariates
    {
        get;
        init
        {
            if (value is not null && (value.Length < Length || value.HasCovariates)) throw Check.Shape(nameof(value), $"at least {Length} steps, as in the series, without covariates of their own", value.ToString());
            field = value;
        }
    }

    /// <summary>Whether <see cref="Start"/> and <see cref="Step"/> tell the time of each value.</summary>
    public bool HasTimes => _axis.IsKnown;

    /// <summary>Whether a value is missing; covariates do not count.</summary>
    public bool HasMissing => Elementwise.AnyNaN(Values.Span);

    internal TimeAxis Axis => _axis;

    private bool HasCovariates => PastCovariates is not null || FutureCovariates is not null;

    /// <summary>A value.</summary>
    /// <param name="step">0 to <see cref="Length"/> - 1.</param>
    /// <param name="column">0 to <see cref="Columns"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step or column is out of range.</exception>
    public double this[int step, int column = 0] => Values.Span[CheckStep(step) * Columns + CheckColumn(column)];

    /// <summary>A monthly series, with a season of 12 steps.</summary>
    /// <param name="values">[step][column], copied. NaN is a missing value.</param>
    /// <param name="start">The time of the first value.</param>
    /// <param name="columns">The number of columns, at least 1.</param>
    /// <exception cref="ArgumentException">There is no step, the values are not whole steps, or one is infinite.</exception>
    public static TimeSeries Monthly(ReadOnlySpan<double> values, DateTime start, int columns = 1) => new(values, columns) { Start = start, Step = TimeStep.Month };

    /// <summary>A series of the columns of a table.</summary>
    /// <param name="values">[step, column], copied. NaN is a missing value.</param>
    /// <exception cref="ArgumentException">The array is null or empty, or a value is infinite.</exception>
    public static TimeSeries FromTable(double[,] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Length == 0) throw Check.Shape(nameof(values), "at least one value in [step, column]", $"{values.GetLength(0)} x {values.GetLength(1)}");
        return new TimeSeries([.. values.Cast<double>()], values.GetLength(1));
    }

    /// <summary>A series of several columns, such as series of one length that are forecast together.</summary>
    /// <param name="columns">[column][step], copied. NaN is a missing value.</param>
    /// <exception cref="ArgumentException">There is no column, one is null or empty, their lengths differ, or a value is infinite.</exception>
    public static TimeSeries FromColumns(IReadOnlyList<double[]> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        if (columns.Count == 0) throw Check.Shape(nameof(columns), "at least one column", "none");
        for (int c = 0; c < columns.Count; c++)
        {
            if (columns[c] is null) throw new ArgumentException($"Column {c} is null.", nameof(columns));
            if (columns[c].Length == 0 || columns[c].Length != columns[0].Length) throw Check.Shape(nameof(columns), $"{Math.Max(columns[0].Length, 1)} steps in column {c}", $"{columns[c].Length}");
            foreach (double value in columns[c])
            {
                if (double.IsInfinity(value)) throw Infinite(nameof(columns), value, Array.IndexOf(columns[c], value), c);
            }
        }

        var values = new double[Check.ArrayLength((long)columns.Count * columns[0].Length, nameof(columns))];
        for (int c = 0; c < columns.Count; c++)
        {
            for (int t = 0; t < columns[c].Length; t++) values[t * columns.Count + c] = columns[c][t];
        }

        return new TimeSeries(values, columns.Count);
    }

    /// <summary>The time of a step, also of one before or after the series.</summary>
    /// <param name="step">Any number; 0 is the first value's.</param>
    /// <exception cref="InvalidOperationException">The series has no times.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The time is not in the years 1 to 9999.</exception>
    public DateTime TimeAt(int step) => _axis.At(step);

    /// <summary>The values of a step.</summary>
    /// <param name="step">0 to <see cref="Length"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step is out of range.</exception>
    public ReadOnlySpan<double> Row(int step) => Values.Span.Slice(CheckStep(step) * Columns, Columns);

    /// <summary>A copy of the values of a column.</summary>
    /// <param name="column">0 to <see cref="Columns"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is out of range.</exception>
    public double[] Column(int column)
    {
        CheckColumn(column);
        var values = new double[Length];
        for (int t = 0; t < Length; t++) values[t] = Values.Span[t * Columns + column];
        return values;
    }

    /// <summary>A series of some of the columns, with the same times and covariates.</summary>
    /// <param name="columns">At least one, each 0 to <see cref="Columns"/> - 1.</param>
    /// <exception cref="ArgumentException">The list is null or empty, or a column is out of range.</exception>
    public TimeSeries Select(params int[] columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        if (columns.Length == 0) throw Check.Shape(nameof(columns), "at least one column", "none");
        foreach (int column in columns) CheckColumn(column, nameof(columns));
        var values = new double[Check.ArrayLength((long)Length * columns.Length, nameof(columns))];
        for (int t = 0; t < Length; t++)
        {
            for (int c = 0; c < columns.Length; c++) values[t * columns.Length + c] = Values.Span[t * Columns + columns[c]];
        }

        return new TimeSeries(values, columns.Length, this)
        {
            Names = Names is { } names ? [.. columns.Select(column => names[column])] : null,
            PastCovariates = PastCovariates,
            FutureCovariates = FutureCovariates,
        };
    }

    /// <summary>A part of the series, which shares its memory. Covariates of the past are those of the part; those known ahead go on after its end.</summary>
    /// <param name="first">The first step, 0 to <see cref="Length"/> - 1.</param>
    /// <param name="length">The number of steps, at least 1.</param>
    /// <param name="ahead">The number of steps after the part for which covariates stay known, 0 or more; all that there are when null.</param>
    /// <exception cref="ArgumentOutOfRangeException">The part is not in the series, or <paramref name="ahead"/> is negative.</exception>
    public TimeSeries Slice(int first, int length, int? ahead = null)
    {
        CheckStep(first, nameof(first));
        if (length < 1 || length > Length - first) throw new ArgumentOutOfRangeException(nameof(length), length, $"Expected 1 to {Length - first} steps from step {first} of {Length} on, got {length}.");
        if (ahead is { } steps) Check.NotNegative(steps, nameof(ahead));
        return Part(first, length) is var part && !HasCovariates ? part : new TimeSeries(part.Values, Columns, part)
        {
            Names = Names,
            PastCovariates = PastCovariates?.Part(first, length),
            FutureCovariates = FutureCovariates?.Part(first, (int)Math.Min(FutureCovariates.Length - first, length + (long)(ahead ?? int.MaxValue))),
        };
    }

    /// <summary>The shape, such as "144 steps of 1 month from 1949-01-01T00:00:00".</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{(Id is null ? "" : $"{Id}: ")}{Length} steps{(Step is null ? "" : $" of {Step}")}{(Start is { } start ? $" from {start:s}" : "")}{(Columns == 1 ? "" : $", {Columns} columns")}{(HasCovariates ? ", with covariates" : "")}");

    /// <summary>The series with other covariates that are known ahead.</summary>
    internal TimeSeries WithFuture(TimeSeries covariates) => new(Values, Columns, this) { Names = Names, PastCovariates = PastCovariates, FutureCovariates = covariates };

    private static ArgumentException Infinite(string name, double value, int step, int column) => Check.Shape(name, "finite values, or NaN for a missing one", $"{value} at step {step}, column {column}");

    /// <summary>A part without covariates.</summary>
    private TimeSeries Part(int first, int length) => new(Values.Slice(first * Columns, length * Columns), Columns, this) { _axis = _axis.From(first), Names = Names };

    private int CheckStep(int step, string name = "step") =>
        (uint)step < (uint)Length ? step : throw new ArgumentOutOfRangeException(name, step, $"Expected 0 to {Length - 1}, got {step}.");

    private int CheckColumn(int column, string name = "column") =>
        (uint)column < (uint)Columns ? column : throw new ArgumentOutOfRangeException(name, column, $"Expected 0 to {Columns - 1}, got {column}.");
}
