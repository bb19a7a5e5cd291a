using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Data;

/// <summary>Where the windows of a <see cref="WindowBatches{T}"/> are, and which columns they read. Checks all arguments.</summary>
internal sealed class WindowLayout<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private WindowLayout(int[] firstWindows, int[]? starts, int count, int[]? inputColumns, int[]? targetColumns) =>
        (FirstWindows, Starts, Count, InputColumns, TargetColumns) = (firstWindows, starts, count, inputColumns, targetColumns);

    /// <summary>The number of the first window of each series.</summary>
    public int[] FirstWindows { get; }

    /// <summary>The first step of each window in its series; null if they lie a stride apart.</summary>
    public int[]? Starts { get; }

    /// <summary>The number of windows.</summary>
    public int Count { get; }

    public int[]? InputColumns { get; }

    public int[]? TargetColumns { get; }

    /// <summary>The first step of a target after the start of its window, and its number of steps.</summary>
    public static (int Offset, int Steps) TargetOf(WindowOptions windows, int length) => windows.Target switch
    {
        WindowTarget.EachStep => (windows.Horizon, length),
        WindowTarget.LastStep => (length - 1 + windows.Horizon, 1),
        _ => (length, windows.Horizon),
    };

    public static WindowLayout<T> Of(IReadOnlyList<Series<T>> series, int length, WindowOptions windows)
    {
        ArgumentNullException.ThrowIfNull(series);
        Check.Positive(length);
        if (series.Count == 0) throw Check.Shape(nameof(series), "at least one series", "none");
        for (int i = 0; i < series.Count; i++)
        {
            if (series[i] is null) throw new ArgumentException($"Series {i} is null.", nameof(series));
            if (series[i].IsTokens != series[0].IsTokens || series[i].Features != series[0].Features) throw Check.Shape(nameof(series), $"series {i} to be like the first, {series[0]}", $"{series[i]}");
        }

        Series<T> first = series[0];
        if (first.IsTokens && windows.Target == WindowTarget.FollowingFeatures) throw Check.Shape(nameof(windows), "features for FollowingFeatures", $"{first}");
        int[]? inputs = Columns(first, windows.InputColumns, "InputColumns"), targets = Columns(first, windows.TargetColumns, "TargetColumns");
        var firsts = new int[series.Count];
        List<int>? starts = windows.SkipMissing && !first.IsTokens ? [] : null;
        long count = 0, all = 0;
        for (int i = 0; i < firsts.Length; i++)
        {
            firsts[i] = (int)Math.Min(count, int.MaxValue);
            long possible = CountOf(series[i], length, windows);
            all += possible;
            if (starts is not null) AddComplete(starts, series[i], length, windows, inputs, targets, (int)possible);
            count = starts?.Count ?? count + possible;
        }

        if (all == 0) throw Check.Shape(nameof(length), $"a window and a horizon of at most {series.Max(one => one.Steps)} steps together", $"{length} and {windows.Horizon}");
        if (count == 0) throw Check.Shape(nameof(series), windows.KeepPartialTargets ? "a window with a value in its target" : "a window without missing values", windows.KeepPartialTargets ? $"{all} without one" : $"{all} that all have some");
        return new WindowLayout<T>(firsts, starts?.ToArray(), Check.ArrayLength(count, nameof(series)), inputs, targets);
    }

    private static int[]? Columns(Series<T> first, IReadOnlyList<int>? columns, string name)
    {
        if (columns is null) return null;
        if (first.IsTokens) throw Check.Shape("windows", $"features for {name}", $"{first}");
        if (columns.Count == 0) throw Check.Shape("windows", $"at least one of {name}", "none");
        foreach (int column in columns)
        {
            if ((uint)column >= (uint)first.Features) throw Check.Shape("windows", $"{name} of 0 to {first.Features - 1}", $"{column}");
        }

        return [.. columns];
    }

    /// <summary>Adds the starts of the windows that have no missing value, or only some in their target if those may stay.</summary>
    private static void AddComplete(List<int> starts, Series<T> series, int length, WindowOptions windows, int[]? inputs, int[]? targets, int possible)
    {
        (int offset, int steps) = TargetOf(windows, length);
        int[] missingInputs = MissingBefore(series, inputs, all: false), missingTargets = MissingBefore(series, targets, windows.KeepPartialTargets);
        int most = windows.KeepPartialTargets ? steps - 1 : 0;
        for (int window = 0; window < possible; window++)
        {
            int start = window * windows.Stride, target = start + offset;
            if (missingInputs[start + length] == missingInputs[start] && missingTargets[target + steps] - missingTargets[target] <= most) starts.Add(start);
        }
    }

    /// <summary>The number of steps with a missing value, or with nothing else, before each step.</summary>
    private static int[] MissingBefore(Series<T> series, int[]? columns, bool all)
    {
        var before = new int[series.Steps + 1];
        for (int t = 0; t < series.Steps; t++)
        {
            ReadOnlySpan<T> step = series.Values.Span.Slice(t * series.Features, series.Features);
            int missing = 0, count = columns?.Length ?? step.Length;
            for (int i = 0; i < count; i++) missing += T.IsNaN(step[columns?[i] ?? i]) ? 1 : 0;
            before[t + 1] = before[t] + (missing >= (all ? count : 1) ? 1 : 0);
        }

        return before;
    }

    private static long CountOf(Series<T> series, int length, WindowOptions windows) =>
        Math.Max(0, ((long)series.Steps - length - windows.Horizon + windows.Stride) / windows.Stride);
}
