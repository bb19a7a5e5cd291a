using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <content>Series that go on.</content>
public sealed partial class TimeSeries
{
    /// <summary>A monthly series, with a season of 12 steps.</summary>
    /// <param name="values">[step][column], copied. NaN is a missing value.</param>
    /// <param name="start">The time of the first value.</param>
    /// <param name="columns">The number of columns, at least 1.</param>
    /// <exception cref="ArgumentException">There is no step, the values are not whole steps, or one is infinite.</exception>
    public static TimeSeries Monthly(ReadOnlySpan<double> values, DateTime start, int columns = 1) => new(values, columns) { Start = start, Step = TimeStep.Month };

    /// <summary>The series with further steps after its end. Covariates that are known ahead must reach as far; covariates of the past must come with the steps.</summary>
    /// <param name="next">The steps, with the columns of the series; its times are not read. Covariates that it knows ahead come after those of this series' own length.</param>
    /// <exception cref="ArgumentException">The series is null, or has other columns or covariates.</exception>
    public TimeSeries Append(TimeSeries next)
    {
        ArgumentNullException.ThrowIfNull(next);
        if (next.Columns != Columns) throw Check.Shape(nameof(next), $"{Columns} columns, as before", $"{next.Columns}");
        if ((next.PastCovariates?.Columns ?? 0) != (PastCovariates?.Columns ?? 0)) throw Check.Shape(nameof(next), $"{PastCovariates?.Columns ?? 0} columns of past covariates, as before", $"{next.PastCovariates?.Columns ?? 0}");
        TimeSeries? future = FutureCovariates;
        if (next.FutureCovariates is { } known)
        {
            if (future is null || known.Columns != future.Columns) throw Check.Shape(nameof(next), $"{future?.Columns ?? 0} columns of covariates known ahead, as before", $"{known.Columns}");
            future = future.Part(0, Length).Followed(known);
        }

        if (future is not null && future.Length < (long)Length + next.Length) throw Check.Shape(nameof(next), $"covariates known ahead up to step {(long)Length + next.Length}", $"up to {future.Length}");
        TimeSeries all = Followed(next);
        return new TimeSeries(all.Values, Columns, this) { Names = Names, PastCovariates = PastCovariates?.Followed(next.PastCovariates!), FutureCovariates = future };
    }

    /// <summary>A series whose times are counted from a start before it.</summary>
    internal static TimeSeries Of(ReadOnlyMemory<double> values, int columns, TimeAxis axis, string? id) => new TimeSeries(values.Span, columns) { Id = id, _axis = axis };

    private TimeSeries Followed(TimeSeries next)
    {
        var values = new double[Check.ArrayLength((long)Values.Length + next.Values.Length, nameof(next))];
        Values.CopyTo(values);
        next.Values.CopyTo(values.AsMemory(Values.Length));
        return new TimeSeries(values, Columns, this) { Names = Names };
    }
}
