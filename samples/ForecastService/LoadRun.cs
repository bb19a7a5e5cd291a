using System.Collections.Concurrent;
using System.Diagnostics;
using RnnSharp.Serialization;

namespace ForecastService;

/// <summary>A run of the load test: its sessions, and the models that are exchanged.</summary>
internal sealed class LoadRun(LoadOptions options, string folder, LoadedModel<float>[] files, LoadSession[] sessions)
{
    private int _inFile;

    public LoadOptions Options { get; } = options;

    public string Folder { get; } = folder;

    public LoadSession[] Sessions { get; } = sessions;

    /// <summary>Pushes points from all connections for a while; meanwhile the models are exchanged, and memory is watched.</summary>
    public async Task<LoadFigures> PushAsync(LoadClient client, ServiceProcess service, TimeSpan duration, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        long start = Stopwatch.GetTimestamp();
        Task<double[]> load = PushUntilAsync(client, isSaving: false, service, end.Token);
        List<double> memory = [];
        while (Stopwatch.GetElapsedTime(start) < duration && !load.IsCompleted)
        {
            await Task.Delay(duration / 40, cancellation).ConfigureAwait(false);
            memory.Add(service.Megabytes);
            await ExchangeAsync(client, cancellation).ConfigureAwait(false);
        }

        await end.CancelAsync().ConfigureAwait(false);
        double[] milliseconds = await load.ConfigureAwait(false);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Array.Sort(milliseconds);
        double before = Median(memory[(memory.Count / 4)..(memory.Count / 2)]), after = Median(memory[(memory.Count * 3 / 4)..]);

        // The collector may keep some free memory. A session that leaked a kilobyte a call would show as hundreds of megabytes.
        if (after > 1.1 * before + 30) throw new LoadFailedException($"memory grew from {before:F0} to {after:F0} MB");
        return new LoadFigures(seconds, milliseconds.Length, milliseconds[milliseconds.Length / 2], milliseconds[milliseconds.Length * 99 / 100], memory.Count, before, after);
    }

    /// <summary>Pushes points from all connections until the token is cancelled or the service is killed; saves each session once if asked to.</summary>
    /// <returns>The milliseconds of each call.</returns>
    public async Task<double[]> PushUntilAsync(LoadClient client, bool isSaving, ServiceProcess service, CancellationToken end)
    {
        ConcurrentBag<List<double>> times = [];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(end);
        await Task.WhenAll(Enumerable.Range(0, Options.Connections).Select(connection => Task.Run(() => PushFrom(connection), CancellationToken.None))).ConfigureAwait(false);
        return [.. times.SelectMany(list => list)];

        // A connection has sessions of its own, so that the calls of each are made one after the other.
        async Task PushFrom(int connection)
        {
            List<double> milliseconds = [];
            times.Add(milliseconds);
            try
            {
                for (int number = connection; !stop.IsCancellationRequested; number += Options.Connections)
                {
                    if (number >= Sessions.Length) number = connection;
                    if (number >= Sessions.Length) return; // more connections than sessions
                    long start = Stopwatch.GetTimestamp();
                    await Sessions[number].PushAsync(client.Http).ConfigureAwait(false);
                    milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                    if (isSaving && Sessions[number].SavedPoints < 0) await Sessions[number].SaveAsync(client.Http).ConfigureAwait(false);
                }
            }
            catch (Exception exception) when (service.IsKilled && exception is HttpRequestException or IOException or TaskCanceledException)
            {
                // The end that the test has made.
            }
            catch
            {
                await stop.CancelAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <summary>Writes the other model over the file, and has the service load it.</summary>
    private async Task ExchangeAsync(LoadClient client, CancellationToken cancellation)
    {
        _inFile = 1 - _inFile;
        await Task.Run(() => ModelFile.Save(files[_inFile].Model, Service.ModelPath(Folder), new() { Metadata = files[_inFile].Metadata }), cancellation).ConfigureAwait(false);
        using HttpResponseMessage response = await client.Http.PostAsync(new Uri("model/reload", UriKind.Relative), null, cancellation).ConfigureAwait(false);
        await LoadClient.RequireSuccess(response, "a reload").ConfigureAwait(false);
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}

/// <summary>What a run measured.</summary>
internal sealed record LoadFigures(double Seconds, long Calls, double Median, double High, int Reloads, double MemoryBefore, double MemoryAfter);
