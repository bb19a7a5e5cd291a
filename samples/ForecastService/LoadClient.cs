namespace ForecastService;

/// <summary>A client with a limited number of connections.</summary>
internal sealed class LoadClient : IDisposable
{
    private readonly int _connections;

    public LoadClient(Uri address, int connections)
    {
        _connections = connections;

        // One more, for what happens beside the load.
        Http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = connections + 1 }) { BaseAddress = address, Timeout = TimeSpan.FromMinutes(1) };
    }

    public HttpClient Http { get; }

    public static async Task RequireSuccess(HttpResponseMessage response, string what)
    {
        if (!response.IsSuccessStatusCode) throw new LoadFailedException($"{what} was answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync().ConfigureAwait(false)}");
    }

    public void Dispose() => Http.Dispose();

    /// <summary>Does something for each session, on as many connections at a time as there are.</summary>
    public Task ForEachAsync(LoadSession[] sessions, Func<LoadSession, Task> action, CancellationToken cancellation) => Parallel.ForEachAsync(
        sessions,
        new ParallelOptions { MaxDegreeOfParallelism = _connections, CancellationToken = cancellation },
        async (session, _) => await action(session).ConfigureAwait(false));
}

/// <summary>The service did not do what it should.</summary>
internal sealed class LoadFailedException(string message) : Exception(message);
