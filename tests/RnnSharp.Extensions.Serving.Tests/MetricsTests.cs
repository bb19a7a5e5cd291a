using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using FluentAssertions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace RnnSharp.Serving.Tests;

[Collection("alone")]
public sealed class MetricsTests
{
    [Fact]
    public async Task Every_instrument_measures()
    {
        ConcurrentDictionary<string, double> sums = new(), counts = new(), last = new();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (string.Equals(instrument.Meter.Name, ModelServerMeter.Name, StringComparison.Ordinal)) listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Measure(tags.Length == 0 ? instrument.Name : $"{instrument.Name} {tags[0].Value}", value));
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => Measure(instrument.Name, value));
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => Measure(instrument.Name, value));
        listener.Start();

        var time = new FakeTimeProvider { AutoAdvanceAmount = TimeSpan.FromMilliseconds(1) };
        await using (var server = new ModelServer<float>(Serving.Model(), new() { QueueCapacity = 4, WhenFull = QueueFullMode.Reject, MaxBatchSize = 3, IdleTimeout = TimeSpan.FromHours(1) }, timeProvider: time))
        {
            string[] ids = ["a", "b", "c", "d"];
            foreach (string id in ids) await server.CreateSessionAsync(id);
            HeldServer held = await HeldServer.Hold(server);
            using var cancellation = new CancellationTokenSource();
            Task<float[]>[] calls = [.. ids.Select((id, i) => server.StepAsync(id, Serving.Input(0, 0), i == 3 ? cancellation.Token : default))];
            await FluentActions.Awaiting(() => server.StepAsync("a", Serving.Input(0, 0))).Should().ThrowAsync<ServerBusyException>();
            await cancellation.CancelAsync();
            listener.RecordObservableInstruments();
            (last[ModelServerMeter.Sessions], last[ModelServerMeter.QueueLength]).Should().Be((5, 5)); // one of them runs
            await held.Release();
            await Task.WhenAll(calls[..3]);
            await FluentActions.Awaiting(() => calls[3]).Should().ThrowAsync<OperationCanceledException>();
            await FluentActions.Awaiting(() => server.StepAsync("a", new WatchedMemory(3, () => { }).Memory, new WatchedMemory(2, () => throw new IOException()).Memory).AsTask()).Should().ThrowAsync<IOException>();
            await server.ReloadAsync(Serving.Model(2));
            await FluentActions.Awaiting(() => server.ReloadAsync(Serving.Model(units: 3))).Should().ThrowAsync<InvalidDataException>();
            time.Advance(TimeSpan.FromHours(2));
            await Serving.Until(() => server.SessionCount == 0);
        }

        sums[ModelServerMeter.Steps].Should().Be(5);
        (counts[ModelServerMeter.BatchSize], sums[ModelServerMeter.BatchSize]).Should().Be((3, 5));
        (counts[ModelServerMeter.CallDuration], counts[ModelServerMeter.ModelDuration]).Should().Be((5, 3));
        sums[ModelServerMeter.CallDuration].Should().BeGreaterThan(0.004);
        sums[ModelServerMeter.ModelDuration].Should().BeGreaterThan(0.002);
        (sums[ModelServerMeter.Rejected], sums[ModelServerMeter.Cancelled], sums[ModelServerMeter.Failed], sums[ModelServerMeter.Expired]).Should().Be((1, 1, 1, 5));
        (sums[$"{ModelServerMeter.Reloads} done"], sums[$"{ModelServerMeter.Reloads} refused"]).Should().Be((1, 1));

        void Measure(string name, double value)
        {
            sums.AddOrUpdate(name, value, (_, sum) => sum + value);
            counts.AddOrUpdate(name, 1, (_, count) => count + 1);
            last[name] = value;
        }
    }

    [Fact]
    public async Task Calls_are_timed_from_their_beginning_or_not_at_all_and_count_when_cancelled_in_front_of_the_queue()
    {
        using var counters = new Counters();
        await using var server = new ModelServer<float>(Serving.Model(), new() { QueueCapacity = 1 }, meterFactory: counters.Meters);
        await server.CreateSessionAsync("a");
        HeldServer held = await HeldServer.Hold(server);
        Task<float[]> before = server.StepAsync("a", Serving.Input(0, 0));
        counters.Listen();
        using var cancellation = new CancellationTokenSource();
        Task<float[]> step = server.StepAsync("a", Serving.Input(0, 1), cancellation.Token);
        Task<byte[]> export = server.ExportSessionAsync("a", cancellation.Token);
        await cancellation.CancelAsync();
        await FluentActions.Awaiting(() => step).Should().ThrowAsync<OperationCanceledException>();
        await FluentActions.Awaiting(() => export).Should().ThrowAsync<OperationCanceledException>();
        await held.Release();
        await before;
        counters.All(ModelServerMeter.CallDuration).Should().BeEmpty("both calls began before anyone listened");
        counters.Sum(ModelServerMeter.Cancelled).Should().Be(2);
    }

    [Fact]
    public async Task A_listener_or_logger_that_throws_does_not_stop_the_server()
    {
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (string.Equals(instrument.Meter.Name, ModelServerMeter.Name, StringComparison.Ordinal)) listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => throw new InvalidOperationException("listener"));
        listener.SetMeasurementEventCallback<int>((_, _, _, _) => throw new InvalidOperationException("listener"));
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => throw new InvalidOperationException("listener"));
        listener.Start();
        await using var server = new ModelServer<float>(Serving.Model(), logger: new ThrowingLogger());
        await server.CreateSessionAsync("a");
        (await server.StepsAsync("a", 1, 0, 3)).Should().BeEquivalentTo(Serving.Serial(server.Model, 1, 3), options => options.WithStrictOrdering());
        await server.ReloadAsync(Serving.Model(2));
        server.IsRunning.Should().BeTrue();
    }

    private sealed class ThrowingLogger : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => throw new InvalidOperationException("logger");
    }
}
