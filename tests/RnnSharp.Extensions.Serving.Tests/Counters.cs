using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace RnnSharp.Serving.Tests;

/// <summary>Records what the instruments of one server measure. The server must be created with <see cref="Meters"/>.</summary>
internal sealed class Counters : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<(string Name, double Value)> _values = new();

    public Counters()
    {
        Meters = _services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, Meters)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => _values.Enqueue((instrument.Name, value)));
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => _values.Enqueue((instrument.Name, value)));
        _listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => _values.Enqueue((instrument.Name, value)));
    }

    public IMeterFactory Meters { get; }

    /// <summary>Begins to record.</summary>
    public Counters Listen()
    {
        _listener.Start();
        return this;
    }

    public double[] All(string name) => [.. _values.Where(value => string.Equals(value.Name, name, StringComparison.Ordinal)).Select(value => value.Value)];

    public double Sum(string name) => All(name).Sum();

    public void Dispose()
    {
        _listener.Dispose();
        _services.Dispose();
    }
}
