using System.Runtime.CompilerServices;
using MathNet.Numerics.Distributions;
using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>
/// Errors of forecasts over steps, lower being better but for <see cref="Coverage"/>. Steps whose actual value is missing (NaN) do not count;
/// without any other step, an error is NaN.
/// </summary>
public static class ForecastMetrics
{
    /// <summary>The mean absolute error, in the unit of the values.</summary>
    /// <param name="actual">The actual values; NaN where one is missing.</param>
    /// <param name="forecast">The forecast values, of the same length.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Mae(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast) => Mean(actual, forecast, static (a, f) => Math.Abs(a - f));

    /// <summary>The square root of the mean squared error, in the unit of the values.</summary>
    /// <param name="actual">The actual values; NaN where one is missing.</param>
    /// <param name="forecast">The forecast values, of the same length.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Rmse(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast) => Math.Sqrt(Mean(actual, forecast, static (a, f) => (a - f) * (a - f)));

    /// <summary>The mean absolute percentage error: 100 times the mean of |a - f| / |a|. An actual 0 makes it infinite, unless it is forecast exactly.</summary>
    /// <param name="actual">The actual values; NaN where one is missing.</param>
    /// <param name="forecast">The forecast values, of the same length.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Mape(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast) => 100 * Mean(actual, forecast, RelativeError);

    /// <summary>The symmetric mean absolute percentage error of the M4 competition: 100 times the mean of 2 |a - f| / (|a| + |f|), 0 to 200. A step with both 0 counts as 0.</summary>
    /// <param name="actual">The actual values; NaN where one is missing.</param>
    /// <param name="forecast">The forecast values, of the same length.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Smape(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast) => 100 * Mean(actual, forecast, SymmetricError);

    /// <summary>
    /// The mean absolute scaled error (Hyndman and Koehler 2006): the mean absolute error divided by <see cref="NaiveError"/> of the
    /// training part. Below 1 the forecast is better than the seasonal naive method was in the training part at one season ahead.
    /// </summary>
    /// <param name="actual">The actual values; NaN where one is missing.</param>
    /// <param name="forecast">The forecast values, of the same length.</param>
    /// <param name="training">The values before, of one column.</param>
    /// <param name="season">The steps of a season, at least 1; 1 without a season.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the training part is not longer than a season.</exception>
    public static double Mase(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast, ReadOnlySpan<double> training, int season = 1)
    {
        CheckSeason(training, season);
        return Mae(actual, forecast) / NaiveError(training, season);
    }

    /// <summary>The mean absolute error of the seasonal naive method within a series: the mean of |y(t) - y(t - season)|. NaN if no two values of a season's distance are known.</summary>
    /// <param name="values">The series, longer than a season.</param>
    /// <param name="season">The steps of a season, at least 1.</param>
    /// <exception cref="ArgumentException">The season is below 1, or the series is not longer than it.</exception>
    public static double NaiveError(ReadOnlySpan<double> values, int season = 1)
    {
        CheckSeason(values, season);
        double sum = 0;
        int count = 0;
        for (int t = season; t < values.Length; t++)
        {
            double error = Math.Abs(values[t] - values[t - season]);
            if (double.IsNaN(error)) continue;
            sum += error;
            count++;
        }

        return count == 0 ? double.NaN : sum / count;
    }

    /// <summary>The mean pinball loss of a quantile (Koenker and Bassett 1978): level · (a - q) above the quantile, (1 - level) · (q - a) below.</summary>
    /// <param name="actual">The actual values; NaN where one is missing.</param>
    /// <param name="quantile">The quantile that was forecast, of the same length.</param>
    /// <param name="level">Its level, above 0 and below 1.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the level is out of range.</exception>
    public static double Pinball(ReadOnlySpan<double> actual, ReadOnlySpan<double> quantile, double level)
    {
        CheckProbability(level);
        SameLength(actual, quantile);
        return Mean(actual, quantile, (a, q) => PinballLoss(a, q, level));
    }

    /// <summary>The mean continuous ranked probability score of normal distributions, in closed form (Gneiting and Raftery 2007, equation 21).</summary>
    /// <param name="actual">The actual values; NaN where one is missing.</param>
    /// <param name="means">The means, of the same length.</param>
    /// <param name="deviations">The standard deviations, of the same length, 0 or more. With 0 the score is the absolute error.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a deviation is negative.</exception>
    public static double CrpsOfGaussian(ReadOnlySpan<double> actual, ReadOnlySpan<double> means, ReadOnlySpan<double> deviations)
    {
        SameLength(actual, means);
        SameLength(actual, deviations);
        foreach (double deviation in deviations)
        {
            if (deviation < 0) throw Check.Shape(nameof(deviations), "0 or more", $"{deviation}");
        }

        var scores = new double[actual.Length];
        for (int i = 0; i < scores.Length; i++) scores[i] = GaussianScore(actual[i], means[i], deviations[i]);
        return Mean(actual, scores, static (_, score) => score);
    }

    /// <summary>
    /// The mean continuous ranked probability score of sample paths, that of the distribution that gives each sample the same weight:
    /// E|X - a| - E|X - X'| / 2 (Gneiting and Raftery 2007, equation 20).
    /// </summary>
    /// <param name="actual">The actual values; NaN where one is missing.</param>
    /// <param name="samples">[sample][step], the steps being those of <paramref name="actual"/>; at least one sample.</param>
    /// <exception cref="ArgumentException">The samples are not whole paths.</exception>
    public static double CrpsOfSamples(ReadOnlySpan<double> actual, ReadOnlySpan<double> samples)
    {
        int count = PathsOf(actual, samples);
        double[] scores = new double[actual.Length], column = new double[count];
        for (int i = 0; i < scores.Length; i++)
        {
            for (int s = 0; s < count; s++) column[s] = samples[s * actual.Length + i];
            scores[i] = SampleScore(actual[i], column);
        }

        return Mean(actual, scores, static (_, score) => score);
    }

    /// <summary>
    /// The mean continuous ranked probability score as far as quantiles tell it: twice the integral of the pinball loss over the levels (Laio and
    /// Tamea 2007), where each loss stands for the levels up to the middles between its own and its neighbors, and up to 0 and 1 at the ends. It tends
    /// to the exact score as the levels become dense.
    /// </summary>
    /// <param name="actual">The actual values; NaN where one is missing.</param>
    /// <param name="quantiles">[level][step], the steps being those of <paramref name="actual"/>.</param>
    /// <param name="levels">Ascending, each above 0 and below 1; at least one.</param>
    /// <exception cref="ArgumentException">A level is out of range or out of order, or the quantiles are not a path for each level.</exception>
    public static double CrpsOfQuantiles(ReadOnlySpan<double> actual, ReadOnlySpan<double> quantiles, ReadOnlySpan<double> levels)
    {
        int count = PathsOf(actual, quantiles);
        if (count != levels.Length) throw Check.Shape(nameof(levels), $"{count} levels, one for each path", $"{levels.Length}");
        for (int p = 0; p < count; p++)
        {
            if (CheckProbability(levels[p], nameof(levels)) <= (p == 0 ? 0 : levels[p - 1])) throw Check.Shape(nameof(levels), "ascending levels", $"{levels[p]} after {levels[p - 1]}");
        }

        double[] weights = LevelWeights(levels);
        double sum = 0;
        for (int p = 0; p < count; p++) sum += weights[p] * Pinball(actual, quantiles.Slice(p * actual.Length, actual.Length), levels[p]);
        return 2 * sum;
    }

    /// <summary>The fraction of steps whose value is within an interval, its bounds included; best if it equals the interval's probability.</summary>
    /// <param name="actual">The actual values; NaN where one is missing.</param>
    /// <param name="lower">The lower bounds, of the same length.</param>
    /// <param name="upper">The upper bounds, of the same length.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Coverage(ReadOnlySpan<double> actual, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper)
    {
        SameLength(actual, lower);
        SameLength(actual, upper);
        var inside = new double[actual.Length];
        for (int i = 0; i < inside.Length; i++) inside[i] = actual[i] >= lower[i] && actual[i] <= upper[i] ? 1 : 0;
        return Mean(actual, inside, static (_, hit) => hit);
    }

    internal static double RelativeError(double actual, double forecast) => actual == forecast ? 0 : Math.Abs(actual - forecast) / Math.Abs(actual);

    internal static double SymmetricError(double actual, double forecast) => actual == forecast ? 0 : 2 * Math.Abs(actual - forecast) / (Math.Abs(actual) + Math.Abs(forecast));

    internal static double PinballLoss(double actual, double quantile, double level) => Math.Max(level * (actual - quantile), (level - 1) * (actual - quantile));

    internal static double GaussianScore(double actual, double mean, double deviation)
    {
        if (deviation == 0) return Math.Abs(actual - mean);
        double z = (actual - mean) / deviation;
        return deviation * (z * (2 * Normal.CDF(0, 1, z) - 1) + 2 * Normal.PDF(0, 1, z) - 1 / Math.Sqrt(Math.PI));
    }

    /// <summary>The score of samples, which it sorts: with them in order, the mean distance of two is a weighted sum.</summary>
    internal static double SampleScore(double actual, Span<double> samples)
    {
        samples.Sort();
        double distance = 0, spread = 0;
        for (int s = 0; s < samples.Length; s++)
        {
            distance += Math.Abs(samples[s] - actual);
            spread += (2 * s + 1 - samples.Length) * samples[s];
        }

        return (distance - spread / samples.Length) / samples.Length;
    }

    /// <summary>The part of 0 to 1 that each of the ascending levels stands for: half of the way to each neighbor, and all of it to the ends.</summary>
    internal static double[] LevelWeights(ReadOnlySpan<double> levels)
    {
        var weights = new double[levels.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            double below = i == 0 ? 0 : (levels[i - 1] + levels[i]) / 2, above = i == weights.Length - 1 ? 1 : (levels[i] + levels[i + 1]) / 2;
            weights[i] = above - below;
        }

        return weights;
    }

    internal static double CheckProbability(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value is > 0 and < 1 ? value : throw new ArgumentOutOfRangeException(name, value, $"Expected above 0 and below 1, got {value}.");

    private static double Mean(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast, Func<double, double, double> error)
    {
        if (forecast.Length != actual.Length) throw Check.Shape(nameof(forecast), $"{actual.Length} values, as in actual", $"{forecast.Length}");
        double sum = 0;
        int count = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            if (double.IsNaN(actual[i])) continue;
            sum += error(actual[i], forecast[i]);
            count++;
        }

        return count == 0 ? double.NaN : sum / count;
    }

    private static void CheckSeason(ReadOnlySpan<double> values, int season, [CallerArgumentExpression(nameof(values))] string name = "")
    {
        Check.Positive(season);
        if (values.Length <= season) throw Check.Shape(name, $"more than {season} values, the season", $"{values.Length}");
    }

    private static void SameLength(ReadOnlySpan<double> actual, ReadOnlySpan<double> other, [CallerArgumentExpression(nameof(other))] string name = "")
    {
        if (other.Length != actual.Length) throw Check.Shape(name, $"{actual.Length} values, as in actual", $"{other.Length}");
    }

    private static int PathsOf(ReadOnlySpan<double> actual, ReadOnlySpan<double> paths, [CallerArgumentExpression(nameof(paths))] string name = "")
    {
        if (paths.Length == 0 || actual.Length == 0 || paths.Length % actual.Length != 0) throw Check.Shape(name, $"at least one path of {actual.Length} values", $"{paths.Length} values");
        return paths.Length / actual.Length;
    }
}
