using System.Diagnostics;
using System.Globalization;
using RnnSharp.Training;
using Spectre.Console;

namespace RnnSharp.Results;

/// <summary>Prints a line for a validation, at most every ten seconds, and for the last one.</summary>
internal sealed class ProgressLines(IAnsiConsole console, string part) : ITrainerCallback<float>
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly Stopwatch _sinceLine = new();
    private TrainingRecord? _printed;

    public void OnStart(Trainer<float> trainer)
    {
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(part.Length > 0 ? $"{part}: " : "")}training {trainer.Model.Parameters.Sum(parameter => (long)parameter.Count):N0} weights"));
        _printed = trainer.History.Records.LastOrDefault();
    }

    public void OnRecord(Trainer<float> trainer, TrainingRecord record)
    {
        if (!_sinceLine.IsRunning || _sinceLine.Elapsed >= Pause) Print(record);
    }

    public void OnEnd(Trainer<float> trainer, FitResult result)
    {
        if (trainer.History.Records.LastOrDefault() is { } last && !ReferenceEquals(last, _printed)) Print(last);
    }

    private void Print(TrainingRecord record)
    {
        string metrics = string.Concat(record.Metrics.Select(metric => string.Create(CultureInfo.InvariantCulture, $"   {metric.Key} {metric.Value:G5}")));
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {record.Epoch,3}   step {record.Step,7:N0}   training loss {record.TrainingLoss:G5}   validation loss {record.ValidationLoss:G5}{metrics}   {record.Elapsed.TotalSeconds,6:F0} s{(record.IsBest ? "   best" : "")}"));
        _printed = record;
        _sinceLine.Restart();
    }
}
