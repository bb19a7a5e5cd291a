using System.Diagnostics.Metrics;

namespace RnnSharp.Serving;

/// <summary>The instruments of a server.</summary>
internal sealed class ServerMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly bool _ownsMeter;
    private readonly Counter<long> _steps;
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _cancelled;
    private readonly Counter<long> _failed;
    private readonly Counter<long> _expired;
    private readonly Counter<long> _reloads;
    private readonly Histogram<int> _batch;
    private readonly Histogram<double> _call;
    private readonly Histogram<double> _model;

    public ServerMetrics(IMeterFactory? factory, Func<int> sessions, Func<int> queueLength)
    {
        _ownsMeter = factory is null;
        _meter = factory?.Create(ModelServerMeter.Name) ?? new Meter(ModelServerMeter.Name);
        _steps = _meter.CreateCounter<long>(ModelServerMeter.Steps, "{step}", "Time steps computed.");
        _rejected = _meter.CreateCounter<long>(ModelServerMeter.Rejected, "{call}", "Calls refused because a limit was reached.");
        _cancelled = _meter.CreateCounter<long>(ModelServerMeter.Cancelled, "{call}", "Calls cancelled before they began.");
        _failed = _meter.CreateCounter<long>(ModelServerMeter.Failed, "{call}", "Calls of steps that failed.");
        _expired = _meter.CreateCounter<long>(ModelServerMeter.Expired, "{session}", "Idle sessions that have left memory.");
        _reloads = _meter.CreateCounter<long>(ModelServerMeter.Reloads, "{reload}", "Reloads of the model; the tag outcome is done or refused.");
        _batch = _meter.CreateHistogram<int>(ModelServerMeter.BatchSize, "{session}", "Sessions in one call of the model.");
        _call = _meter.CreateHistogram<double>(ModelServerMeter.CallDuration, "s", "From a call of steps to its result, waiting included.");
        _model = _meter.CreateHistogram<double>(ModelServerMeter.ModelDuration, "s", "One call of the model, for a whole batch.");
        _meter.CreateObservableGauge(ModelServerMeter.Sessions, sessions, "{session}", "Sessions in memory.");
        _meter.CreateObservableGauge(ModelServerMeter.QueueLength, queueLength, "{call}", "Calls that wait.");
    }

    public bool TimesModel => _model.Enabled;

    public bool TimesCalls => _call.Enabled;

    public void Batch(int size, double seconds)
    {
        _steps.Add(size);
        _batch.Record(size);
        _model.Record(seconds);
    }

    public void Call(double seconds) => _call.Record(seconds);

    public void Rejected() => _rejected.Add(1);

    public void Cancelled() => _cancelled.Add(1);

    public void Failed() => _failed.Add(1);

    public void Expired() => _expired.Add(1);

    public void Reloaded(bool done) => _reloads.Add(1, new KeyValuePair<string, object?>("outcome", done ? "done" : "refused"));

    public void Dispose()
    {
        if (_ownsMeter) _meter.Dispose();
    }
}
