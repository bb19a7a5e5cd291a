using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.HttpResults;
using RnnSharp;

namespace ForecastService;

/// <summary>The stream that the page shows: a simulated pump, scored point by point. It is no session of the server, so that none is left behind.</summary>
internal static class Demo
{
    private const int MostPoints = 100_000;
    private const double LowestRate = 0.1;
    private const double HighestRate = 1000;

    public static void Map(WebApplication app) => app.MapGet("/demo", Stream).WithTags("Demo")
        .WithSummary("Streams a simulated pump with faults, its forecasts and scores, and those of a linear model, as server-sent events.")
        .ProducesProblem(400);

    private static ServerSentEventsResult<DemoPoint> Stream(Forecasts forecasts, IHostApplicationLifetime lifetime, CancellationToken cancellation, int seed = 1, double rate = 25, int points = MostPoints, double faults = 0.15)
    {
        if (!(rate is >= LowestRate and <= HighestRate)) throw new BadHttpRequestException("Expected a rate of 0.1 to 1000 points per second.");
        if (points is < 1 or > MostPoints) throw new BadHttpRequestException("Expected 1 to 100000 points.");
        if (!(faults is >= 0 and <= 1)) throw new BadHttpRequestException("Expected a fraction of faulty strokes of 0 to 1.");
        return TypedResults.ServerSentEvents(RunAsync(forecasts, lifetime, new Pump((ulong)(uint)seed + 1000, faults), rate, points, cancellation), eventType: "point");
    }

    private static async IAsyncEnumerable<DemoPoint> RunAsync(Forecasts forecasts, IHostApplicationLifetime lifetime, Pump pump, double rate, int points, [EnumeratorCancellation] CancellationToken cancellation)
    {
        // A stopping service waits for its requests, and this one may run for hours.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation, lifetime.ApplicationStopping);
        PumpModel model = forecasts.Model;
        var linear = LinearModel.Of(forecasts.Server.Metadata);
        var baseline = new LinearDetector(linear);
        Stepper<float> network = model.Network.CreateStepper();
        float[] before = new float[PumpModel.Outputs], output = new float[PumpModel.Outputs];
        float? expected = null;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1 / rate));
        for (int time = 0; time < points && !end.IsCancellationRequested; time++)
        {
            PumpPoint point = pump.Next();
            float? baselineExpected = float.IsNaN(baseline.Next) ? null : baseline.Next;
            float baselineScore = PumpModel.Finite(baseline.Score(point.Value) / linear.Threshold);
            network.Step(new[] { point.Value }).CopyTo(output);
            PointsResult result = Forecasts.Result(model, time, forecasts.Server.ModelVersion, [point.Value], output, before);
            output.CopyTo(before, 0);
            yield return new DemoPoint(time, point.Value, point.Fault.ToString().ToLowerInvariant(), point.Stroke, PumpModel.Finite(result.Scores[0] / model.Threshold), baselineScore, expected, baselineExpected, result.Forecast, result.Deviations);
            expected = result.Forecast[0];
            try
            {
                await timer.WaitForNextTickAsync(end.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
            {
                // The stream ends as if it were complete.
            }
        }
    }
}
