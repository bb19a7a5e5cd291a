using RnnSharp.Training;

namespace RnnSharp.Results;

/// <summary>Ends training when a metric of the validation has reached a value.</summary>
internal sealed class StopAt(string metric, double value) : ITrainerCallback<float>
{
    // A resumed run may have reached the value already.
    public void OnStart(Trainer<float> trainer)
    {
        if (trainer.History.Records.LastOrDefault() is { } last) OnRecord(trainer, last);
    }

    public void OnRecord(Trainer<float> trainer, TrainingRecord record)
    {
        if (record.Metrics[metric] >= value) trainer.Stop();
    }
}
