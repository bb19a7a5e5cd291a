using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace RnnSharp.Serving.Tests;

/// <summary>Records how many sessions each call of a server's model has. The server must be created with <see cref="Meters"/>.</summary>
internal sealed class BatchSizes : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<int> _sizes = new();

    public BatchSizes()
    {
        Meters = _services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, Meters)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, _, _) =>
        {
            if (string.Equals(instrument.Name, ModelServerMeter.BatchSize, StringComparison.Ordinal)) _sizes.Enqueue(value);
        });
        _listener.Start();
    }

    public IMeterFactory Meters { get; }

    public int[] Sizes => [.. _sizes];

    public void Dispose()
    {
        _listener.Dispose();
        _services.Dispose();
    }
}
