using RnnSharp.Training;

namespace RnnSharp.Results;

/// <summary>Ends training when a metric of the validation has reached a value.</summary>
internal sealed class StopAt(string metric, double value) : ITrainerCallback<float>
{
    // A run that had been stopped and is continued has nothing left to do.
    public void OnStart(Trainer<float> trainer)
    {
        if (trainer.History.Records.LastOrDefault() is { } last) OnRecord(trainer, last);
    }

    public void OnRecord(Trainer<float> trainer, TrainingRecord record)
    {
        if (record.Metrics[metric] >= value) trainer.Stop();
    }
}
