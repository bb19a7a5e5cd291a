using System.Globalization;
using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <content>Paths of numbers, [step][column], or [path][step][column] for several.</content>
public sealed partial class Forecast
{
    /// <summary>The quantile of ascending numbers, interpolated linearly between two of them (NumPy's default, type 7 of Hyndman and Fan 1996).</summary>
    internal static double QuantileOfSorted(ReadOnlySpan<double> sorted, double level)
    {
        double at = level * (sorted.Length - 1);
        int below = Math.Min((int)at, sorted.Length - 1), above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }

    private static void CheckLevel(double level)
    {
        if (!(level is > 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(level), level, $"Expected above 0 and below 1, got {level}.");
    }

    /// <summary>A copy of numbers of a caller, which must be finite and whole steps.</summary>
    private static double[] Path(TimeSeries history, ReadOnlySpan<double> values, string name, int length = 0, int paths = 1)
    {
        long row = (long)paths * history.Columns;
        if (length > 0 ? values.Length != length : values.Length == 0 || values.Length % row != 0)
            throw Check.Shape(name, length > 0 ? $"{length} values" : $"at least one step of {history.Columns} columns{(paths > 1 ? $" in {paths} paths" : "")}", $"{values.Length} values");
        for (int i = 0; i < values.Length; i++)
        {
            if (!double.IsFinite(values[i])) throw Check.Shape(name, "finite values", string.Create(CultureInfo.InvariantCulture, $"{values[i]} at {i}"));
        }

        return values.ToArray();
    }

    /// <summary>Puts the values of each position in ascending order over the paths.</summary>
    private static void SortPaths(Span<double> paths, int count)
    {
        var column = new double[paths.Length / count];
        for (int i = 0; i < count; i++)
        {
            for (int p = 0; p < column.Length; p++) column[p] = paths[p * count + i];
            Array.Sort(column);
            for (int p = 0; p < column.Length; p++) paths[p * count + i] = column[p];
        }
    }

    private static double[] Interpolate(ReadOnlySpan<double> paths, IReadOnlyList<double> levels, double level, int count)
    {
        int above = 0;
        while (levels[above] < level) above++;
        int below = levels[above] <= level ? above : above - 1;
        double fraction = above == below ? 0 : (level - levels[below]) / (levels[above] - levels[below]);
        var values = new double[count];
        for (int i = 0; i < count; i++)
        {
            double from = paths[below * count + i];
            values[i] = from + fraction * (paths[above * count + i] - from);
        }

        return values;
    }

    private static double[] SampleQuantiles(ReadOnlySpan<double> paths, int count, double level)
    {
        var values = new double[count];
        var samples = new double[paths.Length / count];
        for (int i = 0; i < count; i++)
        {
            for (int s = 0; s < samples.Length; s++) samples[s] = paths[s * count + i];
            Array.Sort(samples);
            values[i] = QuantileOfSorted(samples, level);
        }

        return values;
    }
}
