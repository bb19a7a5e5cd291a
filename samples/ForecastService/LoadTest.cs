using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using RnnSharp;
using RnnSharp.Serialization;
using Samples;
using Spectre.Console;

namespace ForecastService;

/// <summary>What a load test runs.</summary>
/// <param name="Sessions">Sessions, each with points of its own.</param>
/// <param name="Connections">Connections that push points at the same time.</param>
/// <param name="Seconds">How long.</param>
/// <param name="Seed">The seed of the model and the points.</param>
internal sealed record LoadOptions(int Sessions, int Connections, int Seconds, int Seed);

/// <summary>
/// Tests the service as its clients see it: every answer has the bits that the model gives alone; models are exchanged under load; wrong requests
/// are refused with a reason; memory does not grow; and a killed and restarted service continues each session from where it was saved.
/// </summary>
internal static class LoadTest
{
    // In seconds. A stream that did not end would hold the service for the 30 of the host's timeout.
    private const double LongestStop = 20;

    public static async Task<int> RunAsync(LoadOptions options, CancellationToken cancellation)
    {
        string folder = Directory.CreateTempSubdirectory("forecast-load-").FullName;
        try
        {
            string path = Service.ModelPath(folder);
            Training.Run(path, options.Seed, quick: true);
            LoadedModel<float>[] files = [ModelFile.LoadStreaming<float>(path), OtherModel(path)];
            PumpModel[] models = [.. files.Select(file => PumpModel.Of(file.Model, file.Metadata))];
            ConcurrentDictionary<int, int> versions = new();
            LoadSession[] sessions = [.. Enumerable.Range(0, options.Sessions).Select(number => new LoadSession(number, options.Seed, models, versions))];
            Table table = Sample.Table("load test", "");
            await RunAsync(new LoadRun(options, folder, files, sessions), versions, table, cancellation).ConfigureAwait(false);
            AnsiConsole.Write(table);
            return 0;
        }
        catch (Exception exception) when (exception is LoadFailedException or HttpRequestException || (exception is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            await Console.Error.WriteLineAsync($"The load test has failed: {exception.Message}.").ConfigureAwait(false);
            return 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task RunAsync(LoadRun run, ConcurrentDictionary<int, int> versions, Table table, CancellationToken cancellation)
    {
        using (ServiceProcess service = await ServiceProcess.StartAsync(run.Folder, cancellation).ConfigureAwait(false)) await LoadAndKillAsync(run, service, table, cancellation).ConfigureAwait(false);

        await RestartAsync(run, versions, table, cancellation).ConfigureAwait(false);
    }

    private static async Task RestartAsync(LoadRun run, ConcurrentDictionary<int, int> versions, Table table, CancellationToken cancellation)
    {
        // What the restarted service calls version 1 is the model in the file.
        versions.Clear();
        using (ServiceProcess service = await ServiceProcess.StartAsync(run.Folder, cancellation).ConfigureAwait(false))
        {
            await ContinueAsync(run, service, table, cancellation).ConfigureAwait(false);
            if (OperatingSystem.IsWindows()) return;
            table.AddRow("seconds to stop with a stream open", Text(await StopAsync(service, cancellation).ConfigureAwait(false), "F1"));
        }

        using (ServiceProcess service = await ServiceProcess.StartAsync(run.Folder, cancellation).ConfigureAwait(false))
        {
            using var client = new LoadClient(service.Address, run.Options.Connections);
            long again = await ContinueAsync(run, client, cancellation).ConfigureAwait(false);
            if (again > 0) throw new LoadFailedException($"the service was stopped and has not saved {again} points");
            table.AddRow("sessions continued after a stop, without a lost point", $"{run.Sessions.Length:N0}");
        }
    }

    private static async Task LoadAndKillAsync(LoadRun run, ServiceProcess service, Table table, CancellationToken cancellation)
    {
        using var client = new LoadClient(service.Address, run.Options.Connections);
        await client.ForEachAsync(run.Sessions, session => session.CreateAsync(client.Http), cancellation).ConfigureAwait(false);
        int refusals = await Refusals.CheckAsync(client.Http, run.Sessions[0].Id, run.Folder, cancellation).ConfigureAwait(false);
        LoadFigures figures = await run.PushAsync(client, service, TimeSpan.FromSeconds(run.Options.Seconds), cancellation).ConfigureAwait(false);
        table.AddRow("sessions, connections", $"{run.Sessions.Length:N0}, {run.Options.Connections}");
        table.AddRow("seconds", Text(figures.Calls.Sum(call => call.Seconds), "F0"));
        table.AddRow("calls", $"{figures.Calls.Sum(call => call.Milliseconds.Length):N0}");
        table.AddRow("points, each with the bits of its session alone", $"{figures.Calls.Sum(call => call.Points):N0}");
        table.AddRow("calls that failed", "0");
        table.AddRow("reloads under load", $"{figures.Reloads}");
        table.AddRow("memory, second and last quarter", $"{Text(figures.MemoryBefore, "F0")} MB, {Text(figures.MemoryAfter, "F0")} MB");
        table.AddRow("wrong requests refused with a reason", $"{refusals}");

        LatencyRows(figures.Calls, table);

        // Under load again: every session is saved at a moment of its own, and then the service is killed.
        Task load = run.PushUntilAsync(LoadCall.SomePoints, client, isSaving: true, service, cancellation);
        while (run.Sessions.Any(session => session.SavedPoints < 0) && !load.IsCompleted) await Task.Delay(20, cancellation).ConfigureAwait(false);
        await Task.WhenAny(load, Task.Delay(200, cancellation)).ConfigureAwait(false);
        service.Kill();
        await load.ConfigureAwait(false);
    }

    private static void LatencyRows(CallFigures[] calls, Table table)
    {
        double single = calls[0].PointsPerSecond;
        foreach (CallFigures call in calls)
        {
            string name = call.Call switch
            {
                LoadCall.OnePoint => "1 point per call",
                LoadCall.SomePoints => "1 to 4 points per call",
                _ => "1 point for each session of the connection per call",
            };
            table.AddRow($"{name}: calls, points per second", $"{Text(call.CallsPerSecond, "N0")}, {Text(call.PointsPerSecond, "N0")} (×{Text(call.PointsPerSecond / single, "F1")})");
            table.AddRow("  latency, p50 and p99", $"{Text(call.Latency(0.5), "F1")} ms, {Text(call.Latency(0.99), "F1")} ms");
        }
    }

    private static async Task ContinueAsync(LoadRun run, ServiceProcess service, Table table, CancellationToken cancellation)
    {
        using var client = new LoadClient(service.Address, run.Options.Connections);
        long again = await ContinueAsync(run, client, cancellation).ConfigureAwait(false);
        LoadFigures figures = await run.PushAsync(client, service, TimeSpan.FromSeconds(Math.Clamp(run.Options.Seconds / 10.0, 1, 10)), cancellation).ConfigureAwait(false);
        table.AddRow("sessions continued after a kill", $"{run.Sessions.Length:N0}");
        table.AddRow("calls with the same bits after the restart", $"{figures.Calls.Sum(call => call.Milliseconds.Length):N0}");
        table.AddRow("points that came after the last save", $"{again:N0}");
    }

    /// <summary>Goes back to where the service has each session.</summary>
    /// <returns>The points to push again.</returns>
    private static async Task<long> ContinueAsync(LoadRun run, LoadClient client, CancellationToken cancellation)
    {
        long again = 0;
        await client.ForEachAsync(run.Sessions, async session => Interlocked.Add(ref again, await session.ContinueAsync(client.Http).ConfigureAwait(false)), cancellation).ConfigureAwait(false);
        return again;
    }

    /// <summary>Stops the service while the stream of the page is open, which must neither delay nor fail it.</summary>
    /// <returns>The seconds that it takes.</returns>
    private static async Task<double> StopAsync(ServiceProcess service, CancellationToken cancellation)
    {
        using var http = new HttpClient { BaseAddress = service.Address };
        using Stream stream = await http.GetStreamAsync(new Uri("demo", UriKind.Relative), cancellation).ConfigureAwait(false);
        await stream.ReadExactlyAsync(new byte[100], cancellation).ConfigureAwait(false);
        long start = Stopwatch.GetTimestamp();
        await service.StopAsync(cancellation).ConfigureAwait(false);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return seconds < LongestStop ? seconds : throw new LoadFailedException(string.Create(CultureInfo.InvariantCulture, $"the service has taken {seconds:F0} seconds to stop"));
    }

    /// <summary>A model with the same layers whose weights differ a little, as if training had gone on.</summary>
    private static LoadedModel<float> OtherModel(string path)
    {
        LoadedModel<float> other = ModelFile.LoadStreaming<float>(path);
        foreach (Parameter<float> parameter in other.Model.Parameters) parameter.Set([.. parameter.Values.ToArray().Select(value => value * 1.001f)]);
        return other;
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
