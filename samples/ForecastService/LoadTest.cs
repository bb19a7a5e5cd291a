namespace ForecastService;
internal sealed record LoadOptions(int Sessions, int Connections, int Seconds, int Seed);
internal static class LoadTest { public static Task<int> RunAsync(LoadOptions o, CancellationToken c) => Task.FromResult(0); }
