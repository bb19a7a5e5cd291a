using System.Globalization;
using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <content>Series that go on.</content>
public sealed partial class TimeSeries
{
    /// <summary>The series with further steps after its end. Covariates that are known ahead must reach as far; covariates of the past must come with the steps.</summary>
    /// <param name="next">The steps, with the columns of the series, and with its step of time and the time after its end, if both have times. Covariates that it knows ahead come after those of this series' own length.</param>
    /// <exception cref="ArgumentException">The series is null, has other columns or covariates, or does not begin where this one ends.</exception>
    public TimeSeries Append(TimeSeries next)
    {
        ArgumentNullException.ThrowIfNull(next);
        if (next.Columns != Columns) throw Check.Shape(nameof(next), $"{Columns} columns, as before", $"{next.Columns}");
        if ((next.PastCovariates?.Columns ?? 0) != (PastCovariates?.Columns ?? 0)) throw Check.Shape(nameof(next), $"{PastCovariates?.Columns ?? 0} columns of past covariates, as before", $"{next.PastCovariates?.Columns ?? 0}");
        if (HasTimes && next.HasTimes && (next.Step != Step || next.Start != TimeAt(Length)))
            throw Check.Shape(nameof(next), string.Create(CultureInfo.InvariantCulture, $"steps of {Step} from {TimeAt(Length):s} on"), string.Create(CultureInfo.InvariantCulture, $"steps of {next.Step} from {next.Start:s} on"));
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

    /// <summary>The series with names and covariates.</summary>
    internal TimeSeries With(string[]? names, TimeSeries? past, TimeSeries? future) => new(Values, Columns, this) { Names = names, PastCovariates = past, FutureCovariates = future };

    private TimeSeries Followed(TimeSeries next)
    {
        var values = new double[Check.ArrayLength((long)Values.Length + next.Values.Length, nameof(next))];
        Values.CopyTo(values);
        next.Values.CopyTo(values.AsMemory(Values.Length));
        return new TimeSeries(values, Columns, this) { Names = Names };
    }
}
