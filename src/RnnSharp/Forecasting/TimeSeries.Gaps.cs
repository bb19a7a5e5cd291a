using System.Globalization;
using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <content>Gaps: steps without a value.</content>
public sealed partial class TimeSeries
{
    /// <summary>A series of values with their times, such as the rows of a table. Steps without a row are missing values (NaN).</summary>
    /// <param name="times">The times, ascending, each a whole number of steps after the first.</param>
    /// <param name="values">[time][column], copied.</param>
    /// <param name="step">The time from one value to the next.</param>
    /// <param name="columns">The number of columns, at least 1.</param>
    /// <exception cref="ArgumentException">There is no time, a time is not after the one before or lies between two steps, the values are not a row for each time, or one is infinite.</exception>
    public static TimeSeries FromTimes(ReadOnlySpan<DateTime> times, ReadOnlySpan<double> values, TimeStep step, int columns = 1)
    {
        ArgumentNullException.ThrowIfNull(step);
        Check.Positive(columns);
        if (times.Length == 0) throw Check.Shape(nameof(times), "at least one time", "none");
        if (values.Length != (long)times.Length * columns) throw Check.Shape(nameof(values), $"{(long)times.Length * columns} values, {columns} for each time", $"{values.Length}");
        var at = new long[times.Length];
        for (int i = 0; i < times.Length; i++)
        {
            at[i] = step.Count(times[0], times[i]) ?? throw Check.Shape(nameof(times), string.Create(CultureInfo.InvariantCulture, $"whole steps of {step} after {times[0]:s}"), string.Create(CultureInfo.InvariantCulture, $"{times[i]:s} at {i}"));
            if (i > 0 && at[i] <= at[i - 1]) throw Check.Shape(nameof(times), "ascending times", string.Create(CultureInfo.InvariantCulture, $"{times[i]:s} after {times[i - 1]:s}"));
        }

        int length = Check.ArrayLength((at[^1] + 1) * columns, nameof(times)) / columns;
        var all = new double[length * columns];
        Array.Fill(all, double.NaN);
        for (int i = 0; i < times.Length; i++) values.Slice(i * columns, columns).CopyTo(all.AsSpan((int)at[i] * columns));
        return new TimeSeries(all, columns) { Start = times[0], Step = step };
    }

    /// <summary>
    /// Fills missing values; covariates stay as they are. It reads the whole series: to test a method on its past, fill each history by itself,
    /// as <see cref="BackTestOptions.Filling"/> does.
    /// </summary>
    /// <param name="filling">What comes in their place.</param>
    /// <param name="season">The steps of a season for <see cref="GapFilling.Seasonal"/>, at least 1; null for <see cref="TimeStep.Season"/> of the step, or 1 without it.</param>
    /// <returns>A series without missing values; this one if it has none.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The filling is no member of the enumeration, or the season is below 1.</exception>
    /// <exception cref="InvalidOperationException">A column has no value at all.</exception>
    public TimeSeries FillGaps(GapFilling filling, int? season = null)
    {
        if (filling is < GapFilling.Previous or > GapFilling.Seasonal) throw new ArgumentOutOfRangeException(nameof(filling), filling, $"Expected Previous, Linear or Seasonal, got {filling}.");
        int places = Check.Positive(season ?? Step?.Season ?? 1, nameof(season));
        if (!HasMissing) return this;
        double[] values = Values.ToArray();
        for (int c = 0; c < Columns; c++)
        {
            if (filling == GapFilling.Seasonal)
            {
                for (int place = 0; place < Math.Min(places, Length); place++) Fill(values, place * Columns + c, places * Columns, linear: true);
            }

            if (!Fill(values, c, Columns, linear: filling != GapFilling.Previous)) throw new InvalidOperationException($"Expected a value in each column, got none in column {c}.");
        }

        return new TimeSeries(values, Columns, this) { Names = Names, PastCovariates = PastCovariates, FutureCovariates = FutureCovariates };
    }

    /// <summary>Fills the gaps of every stride-th value, and returns whether any was known.</summary>
    internal static bool Fill(double[] values, int first, int stride, bool linear)
    {
        int known = -1;
        for (int i = first; i < values.Length; i += stride)
        {
            if (double.IsNaN(values[i])) continue;
            int start = known < 0 ? first : known + stride;
            for (int gap = start; gap < i; gap += stride)
            {
                values[gap] = known < 0 ? values[i] : !linear ? values[known] : values[known] + (values[i] - values[known]) * ((double)(gap - known) / (i - known));
            }

            known = i;
        }

        if (known < 0) return false;
        for (int gap = known + stride; gap < values.Length; gap += stride) values[gap] = values[known];
        return true;
    }
}
