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

    public ServerMetrics(IMeterFactory? factory, string? server)
    {
        _ownsMeter = factory is null;
        var options = new MeterOptions(ModelServerMeter.Name) { Tags = server is null ? null : [new(ModelServerMeter.ServerTag, server)] };
        _meter = factory?.Create(options) ?? new Meter(options);
        _steps = _meter.CreateCounter<long>(ModelServerMeter.Steps, "{step}", "Time steps computed.");
        _rejected = _meter.CreateCounter<long>(ModelServerMeter.Rejected, "{call}", "Calls refused because a limit was reached.");
        _cancelled = _meter.CreateCounter<long>(ModelServerMeter.Cancelled, "{call}", "Calls cancelled before they began.");
        _failed = _meter.CreateCounter<long>(ModelServerMeter.Failed, "{call}", "Calls of steps that failed.");
        _expired = _meter.CreateCounter<long>(ModelServerMeter.Expired, "{session}", "Idle sessions that have left memory.");
        _reloads = _meter.CreateCounter<long>(ModelServerMeter.Reloads, "{reload}", "Reloads of the model; the tag outcome is done or refused.");
        _batch = _meter.CreateHistogram<int>(ModelServerMeter.BatchSize, "{session}", "Sessions in one call of the model.");
        _call = _meter.CreateHistogram<double>(ModelServerMeter.CallDuration, "s", "From a call of steps to its result, waiting included.");
        _model = _meter.CreateHistogram<double>(ModelServerMeter.ModelDuration, "s", "One call of the model, for a whole batch.");
    }

    public bool TimesModel => _model.Enabled;

    public bool TimesCalls => _call.Enabled;

    public void Observe(Func<int> sessions, Func<int> queueLength)
    {
        _meter.CreateObservableGauge(ModelServerMeter.Sessions, sessions, "{session}", "Sessions in memory.");
        _meter.CreateObservableGauge(ModelServerMeter.QueueLength, queueLength, "{call}", "Calls that wait.");
    }

    public void Batch(int size)
    {
        Add(_steps, size);
        Record(_batch, size);
    }

    public void Model(double seconds) => Record(_model, seconds);

    public void Call(double seconds) => Record(_call, seconds);

    public void Rejected() => Add(_rejected, 1);

    public void Cancelled() => Add(_cancelled, 1);

    public void Failed() => Add(_failed, 1);

    public void Expired() => Add(_expired, 1);

    public void Reloaded(bool done) => Add(_reloads, 1, new KeyValuePair<string, object?>("outcome", done ? "done" : "refused"));

    public void Dispose()
    {
        if (_ownsMeter) _meter.Dispose();
    }

    private static void Add(Counter<long> counter, long value, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        try
        {
            counter.Add(value, tags);
        }
        catch (Exception)
        {
            // A listener has thrown: that must not stop the server.
        }
    }

    private static void Record<TValue>(Histogram<TValue> histogram, TValue value)
        where TValue : struct
    {
        try
        {
            histogram.Record(value);
        }
        catch (Exception)
        {
            // As above.
        }
    }
}
