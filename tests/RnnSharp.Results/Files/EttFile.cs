using System.Globalization;
using RnnSharp.Data;
using RnnSharp.Forecasting;

namespace RnnSharp.Results.Files;

/// <summary>
/// A file of zhouhaoyi/ETDataset: a header, and for each hour a date and 7 columns. The parts are those of Informer: 12 months to train, 4 to
/// validate and 4 to test, of 30 days each, standardized by the mean and the standard deviation of each column of the training part.
/// </summary>
internal sealed class EttFile
{
    public const int Columns = 7;

    /// <summary>The first step of the months of test.</summary>
    public const int TestStart = 16 * Month;

    private const int Month = 30 * 24;

    private readonly float[] _values;

    private EttFile(float[] values) => _values = values;

    /// <exception cref="InvalidDataException">The file is not of this form, or too short.</exception>
    public static EttFile Read(string path)
    {
        float[] values = ReadValues(path);
        Standardize(values);
        return new EttFile(values);
    }

    /// <summary>The last column, as measured: degrees Celsius.</summary>
    /// <exception cref="InvalidDataException">The file is not of this form, or too short.</exception>
    public static TimeSeries OilTemperature(string path)
    {
        float[] values = ReadValues(path);
        return new TimeSeries([.. Enumerable.Range(0, values.Length / Columns).Select(step => (double)values[step * Columns + Columns - 1])])
        {
            Id = "oil temperature",
            Start = new DateTime(2016, 7, 1),
            Step = TimeStep.Hour,
        };
    }

    private static float[] ReadValues(string path)
    {
        var values = new float[20 * Month * Columns];
        int row = 0;
        foreach (string line in File.ReadLines(path).Skip(1).Take(20 * Month))
        {
            string[] fields = line.Split(',');
            if (fields.Length != Columns + 1) throw new InvalidDataException($"Expected a date and {Columns} numbers in row {row + 1} of {path}, got {fields.Length} fields.");
            for (int c = 0; c < Columns; c++)
            {
                if (!float.TryParse(fields[c + 1], NumberStyles.Float, CultureInfo.InvariantCulture, out values[row * Columns + c]) || !float.IsFinite(values[row * Columns + c]))
                    throw new InvalidDataException($"Expected a number in row {row + 1}, column {c + 1} of {path}, got {fields[c + 1]}.");
            }

            row++;
        }

        if (row < 20 * Month) throw new InvalidDataException($"Expected at least {20 * Month} rows in {path}, got {row}.");
        return values;
    }

    /// <summary>The windows of 12 months to train.</summary>
    public WindowBatches<float> Training(int lookback, int horizon, int batch, int seed) =>
        Windows(0, 12 * Month, lookback, horizon, new() { BatchSize = batch, Seed = (ulong)seed });

    /// <summary>The windows whose horizon is in the next 4 months.</summary>
    public WindowBatches<float> Validation(int lookback, int horizon, int batch) => Windows(12 * Month - lookback, 16 * Month, lookback, horizon, new() { BatchSize = batch, Shuffle = false });

    /// <summary>The windows whose horizon is in the last 4 months.</summary>
    public WindowBatches<float> Test(int lookback, int horizon, int batch) => Windows(16 * Month - lookback, 20 * Month, lookback, horizon, new() { BatchSize = batch, Shuffle = false });

    private static void Standardize(float[] values)
    {
        const int Rows = 12 * Month;
        for (int c = 0; c < Columns; c++)
        {
            double mean = 0, variance = 0;
            for (int t = 0; t < Rows; t++) mean += values[t * Columns + c];
            mean /= Rows;
            for (int t = 0; t < Rows; t++) variance += Math.Pow(values[t * Columns + c] - mean, 2);
            double deviation = Math.Sqrt(variance / Rows);
            if (deviation == 0) throw new InvalidDataException($"Expected a column {c + 1} that varies in the months of training, got one that does not.");
            for (int t = c; t < values.Length; t += Columns) values[t] = (float)((values[t] - mean) / deviation);
        }
    }

    private WindowBatches<float> Windows(int first, int end, int lookback, int horizon, BatchOptions options) =>
        new(Series<float>.FromValues(_values.AsMemory(first * Columns, (end - first) * Columns), Columns), lookback, new() { Horizon = horizon, Target = WindowTarget.FollowingSteps }, options);
}
