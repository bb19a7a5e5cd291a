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

    /// <summary>The points that have been answered.</summary>
    private long Points => Sessions.Sum(session => session.Points);

    /// <summary>Pushes points from all connections for a while, each kind of call in turn; meanwhile the models are exchanged, and memory is watched.</summary>
    public async Task<LoadFigures> PushAsync(LoadClient client, ServiceProcess service, TimeSpan duration, CancellationToken cancellation)
    {
        LoadCall[] calls = Enum.GetValues<LoadCall>();
        int rounds = calls.Length * (int)Math.Clamp(duration.TotalSeconds / 12, 2, 16);
        TimeSpan half = duration / (2 * rounds);
        List<double> memory = [];
        List<CallFigures> figures = [];
        for (int round = 0; round < rounds; round++)
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            long start = Stopwatch.GetTimestamp(), points = Points;
            Task<double[]> load = PushUntilAsync(calls[round % calls.Length], client, isSaving: false, service, end.Token);
            await Task.WhenAny(load, Task.Delay(half, cancellation)).ConfigureAwait(false);
            if (load.IsCompleted) await load.ConfigureAwait(false); // the load has failed: this throws the reason
            memory.Add(service.Megabytes);
            await ExchangeAsync(client, cancellation).ConfigureAwait(false);
            await Task.WhenAny(load, Task.Delay(half, cancellation)).ConfigureAwait(false);
            await end.CancelAsync().ConfigureAwait(false);
            double[] milliseconds = await load.ConfigureAwait(false);
            figures.Add(new CallFigures(calls[round % calls.Length], milliseconds, Points - points, Stopwatch.GetElapsedTime(start).TotalSeconds));
        }

        double before = Median(memory[(rounds / 4)..(rounds / 2)]), after = Median(memory[(rounds * 3 / 4)..]);

        // The collector may keep some free memory. A session that leaked a kilobyte a call would show as hundreds of megabytes.
        if (after > 1.1 * before + 30) throw new LoadFailedException($"memory grew from {before:F0} to {after:F0} MB");
        return new LoadFigures([.. figures.GroupBy(round => round.Call, (_, all) => CallFigures.Sum([.. all]))], rounds, before, after);
    }

    /// <summary>Pushes points from all connections until the token is cancelled or the service is killed; saves each session once if asked to.</summary>
    /// <returns>The milliseconds of each call.</returns>
    public async Task<double[]> PushUntilAsync(LoadCall call, LoadClient client, bool isSaving, ServiceProcess service, CancellationToken end)
    {
        ConcurrentBag<List<double>> times = [];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(end);
        await Task.WhenAll(Enumerable.Range(0, Options.Connections).Select(connection => Task.Run(() => PushFrom(connection), CancellationToken.None))).ConfigureAwait(false);
        return [.. times.SelectMany(list => list)];

        // A connection has sessions of its own, so that the calls of each are made one after the other.
        async Task PushFrom(int connection)
        {
            LoadSession[] own = [.. Sessions.Where((_, number) => number % Options.Connections == connection)];
            if (own.Length == 0) return; // more connections than sessions
            LoadSession[][] chunks = [.. own.Chunk(call == LoadCall.ManySessions ? Api.MostSessions : 1)];
            List<double> milliseconds = [];
            times.Add(milliseconds);
            try
            {
                for (int next = 0; !stop.IsCancellationRequested; next = (next + 1) % chunks.Length)
                {
                    LoadSession[] chunk = chunks[next];
                    TimeSpan latency = await (call switch
                    {
                        LoadCall.OnePoint => chunk[0].PushOneAsync(client.Http),
                        LoadCall.SomePoints => chunk[0].PushAsync(client.Http),
                        _ => LoadSession.PushAsync(client.Http, chunk),
                    }).ConfigureAwait(false);
                    milliseconds.Add(latency.TotalMilliseconds);
                    if (isSaving && chunk[0].SavedPoints < 0) await chunk[0].SaveAsync(client.Http).ConfigureAwait(false);
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

/// <summary>What a call pushes.</summary>
internal enum LoadCall
{
    /// <summary>A point of a session.</summary>
    OnePoint,

    /// <summary>1 to 4 points of a session.</summary>
    SomePoints,

    /// <summary>A point of each session of the connection.</summary>
    ManySessions,
}

/// <summary>What the calls of one kind measured.</summary>
internal sealed record CallFigures(LoadCall Call, double[] Milliseconds, long Points, double Seconds)
{
    public double CallsPerSecond => Milliseconds.Length / Seconds;

    public double PointsPerSecond => Points / Seconds;

    public static CallFigures Sum(CallFigures[] rounds) =>
        new(rounds[0].Call, [.. rounds.SelectMany(round => round.Milliseconds).Order()], rounds.Sum(round => round.Points), rounds.Sum(round => round.Seconds));

    /// <summary>A quantile of the latency in milliseconds; the times must be in ascending order.</summary>
    public double Latency(double quantile) => Milliseconds[(int)(quantile * (Milliseconds.Length - 1))];
}

/// <summary>What a run measured.</summary>
internal sealed record LoadFigures(CallFigures[] Calls, int Reloads, double MemoryBefore, double MemoryAfter);
