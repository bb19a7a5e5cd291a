using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using RnnSharp.Layers;
using RnnSharp.Serialization;
using RnnSharp.Tests.Serialization;
using Xunit;

namespace RnnSharp.Serving.Tests;

public sealed class HostTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly LayerStack<float> _model = Serving.Model();

    public HostTests() => ModelFile.Save(_model, ModelPath);

    private string ModelPath => _folder["model.safetensors"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_host_starts_serves_checks_and_saves_at_the_end()
    {
        using (IHost host = Host(options => options.SessionFolder = _folder["sessions"]))
        {
            await host.StartAsync();
            var server = host.Services.GetRequiredService<ModelServer<float>>();
            await server.CreateSessionAsync("a");
            await server.StepsAsync("a", 3, 0, 4);
            HealthReport report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
            report.Status.Should().Be(HealthStatus.Healthy);
            report.Entries["rnnsharp"].Data.Should().Contain("sessions", 1).And.Contain("modelVersion", 1);
            await host.StopAsync();
            (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Status.Should().Be(HealthStatus.Unhealthy);
        }

        using IHost again = Host(options => options.SessionFolder = _folder["sessions"]);
        await again.StartAsync();
        (await again.Services.GetRequiredService<ModelServer<float>>().StepsAsync("a", 3, 4, 6)).Should().BeEquivalentTo(Serving.Serial(_model, 3, 6)[4..], options => options.WithStrictOrdering());
        await again.StopAsync();
    }

    [Fact]
    public async Task A_changed_file_is_reloaded_and_a_wrong_one_makes_the_health_degraded()
    {
        var time = new FakeTimeProvider();
        using IHost host = Host(options => options.ReloadInterval = TimeSpan.FromSeconds(10), services => services.AddSingleton<TimeProvider>(time));
        await host.StartAsync();
        var server = host.Services.GetRequiredService<ModelServer<float>>();
        time.Advance(TimeSpan.FromSeconds(10));
        Save(Serving.Model(5), 1);
        await Tick(() => server.ModelVersion == 2);
        Save(Serving.Model(units: 5), 2);
        await Tick(() => server.ReloadFault is not null);
        HealthReport report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        (report.Status, server.ModelVersion).Should().Be((HealthStatus.Degraded, 2));
        Save(Serving.Model(6), 3);
        await Tick(() => server.ModelVersion == 3);
        (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Status.Should().Be(HealthStatus.Healthy);
        await host.StopAsync();

        void Save(LayerStack<float> model, int hours)
        {
            string other = _folder["other"];
            ModelFile.Save(model, other);
            File.SetLastWriteTimeUtc(other, DateTime.UnixEpoch.AddHours(hours));
            File.Move(other, ModelPath, overwrite: true);
        }

        async Task Tick(Func<bool> condition)
        {
            while (!condition())
            {
                time.Advance(TimeSpan.FromSeconds(10));
                await Task.Delay(1);
            }
        }
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_yet_is_tried_again()
    {
        var time = new FakeTimeProvider();
        using IHost host = Host(options => options.ReloadInterval = TimeSpan.FromSeconds(10), services => services.AddSingleton<TimeProvider>(time));
        await host.StartAsync();
        var server = host.Services.GetRequiredService<ModelServer<float>>();
        ModelFile.Save(Serving.Model(5), ModelPath);
        File.SetLastWriteTimeUtc(ModelPath, DateTime.UnixEpoch.AddHours(1));
        using (new FileStream(ModelPath, FileMode.Open, FileAccess.ReadWrite, FileShare.None)) await Tick(() => server.ReloadFault is not null);
        await Tick(() => server.ModelVersion == 2);
        server.ReloadFault.Should().BeNull();
        await host.StopAsync();

        async Task Tick(Func<bool> condition)
        {
            while (!condition())
            {
                time.Advance(TimeSpan.FromSeconds(10));
                await Task.Delay(1);
            }
        }
    }

    [Fact]
    public async Task A_stopping_host_saves_at_once_and_logs_what_it_had_no_time_to_save()
    {
        var store = new SlowStore();
        var log = new RecordingLog();
        using IHost host = Host(options => { }, services => services.AddSingleton<ISessionStore>(store).AddSingleton<ILoggerProvider>(log));
        await host.StartAsync();
        var server = host.Services.GetRequiredService<ModelServer<float>>();
        await server.CreateSessionAsync("a");
        await server.CreateSessionAsync("b");
        await server.SaveSessionAsync("b");
        store.Hold();
        IHostedLifecycleService service = host.Services.GetServices<IHostedService>().OfType<IHostedLifecycleService>().Single();
        await service.StoppingAsync(CancellationToken.None);
        await Serving.Until(() => store.Saves == 2);
        await service.StopAsync(new CancellationToken(canceled: true));
        log.Messages.Should().ContainSingle(message => message.Contains("had saved 1 sessions", StringComparison.Ordinal));
        store.Release();
    }

    [Fact]
    public async Task Several_servers_have_names()
    {
        MemorySessionStore store = new(), unnamed = new();
        string path = _folder["tokens.safetensors"];
        ModelFile.Save(new LayerStack<double>(new EmbeddingLayer<double>(5, 2, seed: 1)), path);
        using IHost host = Host(options => { }, services =>
        {
            services.AddRnnSharp<double>(options => options.ModelPath = path, "tokens");
            services.AddKeyedSingleton<ISessionStore>("tokens", store);
            services.AddRnnSharp<double>(options => options.ModelPath = path, "others");
            services.AddSingleton<ISessionStore>(unnamed);
            FluentActions.Invoking(() => services.AddRnnSharp<double>(options => { })).Should().Throw<ArgumentException>().WithMessage("*no other server*none*");
            FluentActions.Invoking(() => services.AddRnnSharp<float>(options => { }, "tokens")).Should().Throw<ArgumentException>().WithMessage("*no other server*\"tokens\"*");
            services.AddHealthChecks().AddRnnSharp<double>("tokens");
        });
        IMeterFactory meters = host.Services.GetRequiredService<IMeterFactory>();
        ConcurrentBag<object?> names = [];
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, meters) && string.Equals(instrument.Name, ModelServerMeter.Steps, StringComparison.Ordinal)) names.Add(instrument.Meter.Tags?.SingleOrDefault(tag => string.Equals(tag.Key, ModelServerMeter.ServerTag, StringComparison.Ordinal)).Value);
            },
        };
        listener.Start();
        await host.StartAsync();
        host.Services.GetRequiredKeyedService<ModelServer<double>>("tokens").InputSize.Should().Be(5);
        host.Services.GetRequiredKeyedService<ModelServer<double>>("tokens").Store.Should().BeSameAs(store);
        host.Services.GetRequiredKeyedService<ModelServer<double>>("others").Store.Should().BeNull("two servers must not share a store");
        host.Services.GetRequiredService<ModelServer<float>>().Store.Should().BeSameAs(unnamed);
        names.Should().BeEquivalentTo([null, "tokens", "others"]);
        host.Services.GetRequiredService<ModelServer<float>>().InputSize.Should().Be(Serving.Inputs);
        (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries.Keys.Should().BeEquivalentTo("rnnsharp", "rnnsharp-tokens");
        await host.StopAsync();
    }

    [Fact]
    public async Task The_services_give_store_and_meter()
    {
        var store = new MemorySessionStore();
        using IHost host = Host(options => { }, services => services.AddSingleton<ISessionStore>(store));
        await host.StartAsync();
        var server = host.Services.GetRequiredService<ModelServer<float>>();
        server.Store.Should().BeSameAs(store);
        IMeterFactory meters = host.Services.GetRequiredService<IMeterFactory>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, listener) => { if (ReferenceEquals(instrument.Meter.Scope, meters)) listener.EnableMeasurementEvents(instrument); } };
        long steps = 0;
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => steps += string.Equals(instrument.Name, ModelServerMeter.Steps, StringComparison.Ordinal) ? value : 0);
        listener.Start();
        await server.CreateSessionAsync("a");
        await server.StepsAsync("a", 0, 0, 3);
        steps.Should().Be(3);
        await host.StopAsync();
        (await store.ListAsync()).Should().Equal("a");
    }

    [Fact]
    public async Task Wrong_options_and_files_fail_the_start()
    {
        await Fails<OptionsValidationException>(options => options.ModelPath = null, "*ModelPath*");
        await Fails<OptionsValidationException>(options => options.MaxBatchSize = 0, "*at least 1 as MaxBatchSize, got 0*");
        await Fails<OptionsValidationException>(options => options.IdleTimeout = TimeSpan.Zero, "*IdleTimeout*");
        await Fails<FileNotFoundException>(options => options.ModelPath = _folder["none"], "*none*");
        await Fails<InvalidDataException>(options => options.ModelPath = _folder.Write("damaged", [1, 2, 3]), "*damaged*");

        async Task Fails<TException>(Action<ModelServerOptions> configure, string message)
            where TException : Exception
        {
            using IHost host = Host(configure);
            await FluentActions.Awaiting(() => host.StartAsync()).Should().ThrowAsync<TException>().WithMessage(message);
        }
    }

    private IHost Host(Action<ModelServerOptions> configure, Action<IServiceCollection>? services = null)
    {
        HostApplicationBuilder builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddLogging(logging => logging.ClearProviders());
        builder.Services.AddMetrics();
        builder.Services.AddRnnSharp(options =>
        {
            options.ModelPath = ModelPath;
            configure(options);
        });
        builder.Services.AddHealthChecks().AddRnnSharp();
        services?.Invoke(builder.Services);
        return builder.Build();
    }

    private sealed class RecordingLog : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _messages = new();

        public string[] Messages => [.. _messages];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => _messages.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
