using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.HttpResults;
using RnnSharp.Serving;

namespace ForecastService;

/// <summary>The stream that the page shows: a simulated pump, pushed point by point into a session of its own.</summary>
internal static class Demo
{
    private const int MostPoints = 100_000;

    public static void Map(WebApplication app) => app.MapGet("/demo", Stream).WithTags("Demo")
        .WithSummary("Streams a simulated pump with faults, its forecasts and scores, and those of a linear model, as server-sent events.")
        .ProducesProblem(400);

    private static ServerSentEventsResult<DemoPoint> Stream(Forecasts forecasts, CancellationToken cancellation, int seed = 1, double rate = 25, int points = MostPoints, double faults = 0.15)
    {
        if (!(rate is > 0 and <= 10_000)) throw new BadHttpRequestException("Expected a rate of at most 10000 points per second.");
        if (points is < 1 or > MostPoints) throw new BadHttpRequestException("Expected 1 to 100000 points.");
        if (!(faults is >= 0 and <= 1)) throw new BadHttpRequestException("Expected a fraction of faulty strokes of 0 to 1.");
        return TypedResults.ServerSentEvents(RunAsync(forecasts, new Pump((ulong)(uint)seed + 1000, faults), rate, points, cancellation), eventType: "point");
    }

    private static async IAsyncEnumerable<DemoPoint> RunAsync(Forecasts forecasts, Pump pump, double rate, int points, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ModelServer<float> server = forecasts.Server;
        LinearModel linear = LinearModel.Of(server.Metadata);
        var baseline = new LinearDetector(linear);
        string id = await server.CreateSessionAsync(cancellation).ConfigureAwait(false);
        try
        {
            float? expected = null;
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1 / rate));
            for (int time = 0; time < points; time++)
            {
                PumpPoint point = pump.Next();
                float? baselineExpected = float.IsNaN(baseline.Next) ? null : baseline.Next;
                float baselineScore = baseline.Score(point.Value) / linear.Threshold;
                PointsResult result = await forecasts.PushAsync(id, [point.Value], cancellation).ConfigureAwait(false);
                yield return new DemoPoint(time, point.Value, point.Fault.ToString().ToLowerInvariant(), point.Stroke, result.Scores[0] / forecasts.Model.Threshold, baselineScore, expected, baselineExpected, result.Forecast, result.Deviations);
                expected = result.Forecast[0];
                await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            await server.CloseSessionAsync(id, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
