using System.Globalization;
using System.Text;

namespace RnnSharp.Training;

/// <summary>An entry of a <see cref="TrainingHistory"/>: a validation or, without validation data, the end of an epoch.</summary>
/// <param name="Step">The completed parameter updates.</param>
/// <param name="Epoch">The completed epochs.</param>
/// <param name="TrainingLoss">The mean loss over the training batches since the entry before.</param>
/// <param name="ValidationLoss">The mean loss over the validation data; NaN without validation.</param>
/// <param name="LearningRate">The rate of the last step.</param>
/// <param name="GradientNorm">The mean of the gradients' norms before clipping, since the entry before.</param>
/// <param name="Elapsed">The time trained in total.</param>
/// <param name="Metrics">The metrics of the validation by name.</param>
/// <param name="IsBest">Whether the validation loss is the lowest so far.</param>
public sealed record TrainingRecord(
    long Step, long Epoch, double TrainingLoss, double ValidationLoss, double LearningRate, double GradientNorm, TimeSpan Elapsed, IReadOnlyDictionary<string, double> Metrics, bool IsBest);

/// <summary>What training and validation have measured over time.</summary>
public sealed class TrainingHistory : IStateful
{
    private readonly List<TrainingRecord> _records = [];

    /// <summary>The entries, oldest first.</summary>
    public IReadOnlyList<TrainingRecord> Records => _records;

    /// <summary>
    /// The entries as comma-separated values with a header: step, epoch, training_loss, validation_loss, learning_rate, gradient_norm,
    /// seconds and a column for each metric. Numbers are written exactly, with a decimal point; missing ones are empty.
    /// </summary>
    public string ToCsv()
    {
        string[] metrics = MetricNames();
        var csv = new StringBuilder("step,epoch,training_loss,validation_loss,learning_rate,gradient_norm,seconds");
        foreach (string name in metrics) csv.Append(',').Append(Quoted(name));
        csv.Append('\n');
        foreach (TrainingRecord record in _records)
        {
            csv.Append(CultureInfo.InvariantCulture, $"{record.Step},{record.Epoch},{Text(record.TrainingLoss)},{Text(record.ValidationLoss)},{Text(record.LearningRate)},{Text(record.GradientNorm)},{Text(record.Elapsed.TotalSeconds)}");
            foreach (string name in metrics) csv.Append(',').Append(record.Metrics.TryGetValue(name, out double value) ? Text(value) : "");
            csv.Append('\n');
        }

        return csv.ToString();

        static string Text(double value) => double.IsNaN(value) ? "" : value.ToString("R", CultureInfo.InvariantCulture);

        static string Quoted(string text) => text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }

    /// <inheritdoc/>
    public StateDictionary GetState()
    {
        string[] metrics = MetricNames();
        var state = new StateDictionary();
        state.Set("count", (long)_records.Count);
        state.Set<long>("steps", [.. _records.Select(record => record.Step)]);
        state.Set<long>("epochs", [.. _records.Select(record => record.Epoch)]);
        state.Set<long>("ticks", [.. _records.Select(record => record.Elapsed.Ticks)]);
        state.Set<byte>("best", [.. _records.Select(record => (byte)(record.IsBest ? 1 : 0))]);
        Set("training_loss", record => record.TrainingLoss);
        Set("validation_loss", record => record.ValidationLoss);
        Set("learning_rate", record => record.LearningRate);
        Set("gradient_norm", record => record.GradientNorm);
        state.Set("metrics", (long)metrics.Length);
        for (int i = 0; i < metrics.Length; i++)
        {
            string name = metrics[i];
            state.Set($"metric.{i}.name", name);
            Set($"metric.{i}.values", record => record.Metrics.TryGetValue(name, out double value) ? value : double.NaN);
        }

        return state;

        void Set(string name, Func<TrainingRecord, double> value) => state.Set<double>(name, [.. _records.Select(value)]);
    }

    /// <inheritdoc/>
    public void SetState(StateDictionary state)
    {
        ArgumentNullException.ThrowIfNull(state);
        int count = (int)state.GetInt64("count", 0, Array.MaxLength);
        long[] steps = state.GetArray<long>("steps", count), epochs = state.GetArray<long>("epochs", count), ticks = state.GetArray<long>("ticks", count);
        byte[] best = state.GetArray<byte>("best", count);
        double[] training = state.GetArray<double>("training_loss", count), validation = state.GetArray<double>("validation_loss", count);
        double[] rates = state.GetArray<double>("learning_rate", count), norms = state.GetArray<double>("gradient_norm", count);
        int metrics = (int)state.GetInt64("metrics", 0, state.Names.Count);
        string[] names = new string[metrics];
        double[][] values = new double[metrics][];
        for (int i = 0; i < metrics; i++)
        {
            names[i] = state.GetString($"metric.{i}.name");
            values[i] = state.GetArray<double>($"metric.{i}.values", count);
        }

        if (names.Distinct(StringComparer.Ordinal).Count() < metrics) throw new InvalidDataException("Expected each metric once in the history.");
        _records.Clear();
        for (int r = 0; r < count; r++)
        {
            var measured = new Dictionary<string, double>(StringComparer.Ordinal);
            for (int i = 0; i < metrics; i++)
            {
                if (!double.IsNaN(values[i][r])) measured.Add(names[i], values[i][r]);
            }

            _records.Add(new TrainingRecord(steps[r], epochs[r], training[r], validation[r], rates[r], norms[r], new TimeSpan(ticks[r]), measured, best[r] != 0));
        }
    }

    internal void Add(TrainingRecord record) => _records.Add(record);

    private string[] MetricNames() => [.. _records.SelectMany(record => record.Metrics.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
