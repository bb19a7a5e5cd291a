using System.Globalization;
using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>What a fit asks of options and series, checked before any work.</summary>
internal static class ForecasterChecks
{
    public static void Validate(IReadOnlyList<TimeSeries> series, ForecastShape shape, ForecasterOptions options)
    {
        CheckOptions(shape, options);
        int[] firsts = [.. series.Select(one => one.Length - options.HeldOut(one.Length, shape.Block, series.Count))];
        CheckLengths(series, firsts, shape, options);
        for (int c = 0; c < shape.Columns; c++) CheckValues([.. series.Select(one => one.Column(c))], firsts, c, options);
    }

    private static void CheckOptions(ForecastShape shape, ForecasterOptions options)
    {
        if (options.Seasons > 0 && shape.Season == 1) throw Check.Shape(nameof(options), "a Season, of the options or the series' step of time, for Seasons", "none");
        if (options.AnchorSteps > shape.Lookback) throw Check.Shape(nameof(options), $"at most {shape.Lookback} AnchorSteps, the lookback", $"{options.AnchorSteps}");
        if (shape.Future > 0 && shape.Lookback < shape.Block)
            throw Check.Shape(nameof(options), $"a Lookback of at least {shape.Block}, the steps forecast at once, so that the covariates known ahead are read for each", $"{shape.Lookback}");
        if (shape.Block < options.Horizon && options.Head != ForecastHead.Point && !options.Calibrates)
            throw Check.Shape(nameof(options), $"{(options.Head == ForecastHead.NegativeBinomial ? "the Direct strategy" : "the Direct strategy or Calibrate")} for a {options.Head} head, whose intervals do not widen over the horizon otherwise", $"{options.Strategy}");
    }

    private static void CheckLengths(IReadOnlyList<TimeSeries> series, int[] firsts, ForecastShape shape, ForecasterOptions options)
    {
        int needed = checked(shape.Needed + shape.Block + 1), shortest = 0;
        for (int s = 1; s < firsts.Length; s++)
        {
            if (firsts[s] < firsts[shortest]) shortest = s;
        }

        if (firsts[shortest] >= needed) return;
        int held = options.HeldOut(0, shape.Block, series.Count);
        long least = Math.Max((long)Math.Ceiling(needed / (1 - options.ValidationShare)), (long)needed + held);
        string seasons = shape.Lag > 0 ? $", {shape.Seasons} seasons of {shape.Season}" : "", blocks = shape.Block < options.Horizon ? $", {shape.Block} at once" : "";
        string expected = string.Create(CultureInfo.InvariantCulture, $"at least {least} steps, for a Horizon of {options.Horizon}{blocks}, a lookback of {shape.Lookback}{seasons}, and a ValidationShare of {options.ValidationShare}, but no fewer than {held} held out{(options.Calibrates ? " to validate and Calibrate" : "")}");
        throw Check.Shape(nameof(series), expected, $"{series[shortest].Length}");
    }

    private static void CheckValues(double[][] values, int[] firsts, int column, ForecasterOptions options)
    {
        int held = 0;
        for (int s = 0; s < values.Length; s++)
        {
            if (!values[s].AsSpan(0, firsts[s]).ContainsAnyExcept(double.NaN)) throw Check.Shape("series", $"values in the training part of column {column}", "none");
            foreach (double value in values[s].AsSpan(firsts[s])) held += double.IsNaN(value) ? 0 : 1;
        }

        if (options.Calibrates && held < ForecastCalibration.FewestErrors)
            throw Check.Shape("series", $"at least {ForecastCalibration.FewestErrors} values among the held-out steps of column {column} for intervals, or options without Calibrate", $"{held}");
    }
}
