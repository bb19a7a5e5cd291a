using RnnSharp.Serving;

namespace ForecastService;

/// <summary>What the service does with the points of a session: it steps, and turns the outputs into scores and a forecast.</summary>
internal sealed class Forecasts(ModelServer<float> server)
{
    public ModelServer<float> Server { get; } = server;

    /// <summary>The model that is served now.</summary>
    public PumpModel Model => PumpModel.Of(Server.Model, Server.Metadata);

    /// <summary>Pushes points.</summary>
    /// <exception cref="SessionNotFoundException">There is no such session.</exception>
    public async Task<PointsResult> PushAsync(string id, float[] values, CancellationToken cancellation)
    {
        float[] outputs = new float[values.Length * PumpModel.Outputs], before = new float[PumpModel.Outputs];
        StepResult result = await Server.StepAsync(id, values, outputs, before, cancellation).ConfigureAwait(false);
        return Result(PumpModel.Of(Server.Model, result.Metadata), result.FirstStep, result.ModelVersion, values, outputs, before);
    }

    /// <summary>Turns the outputs of steps into scores and a forecast.</summary>
    public static PointsResult Result(PumpModel model, long firstStep, int version, ReadOnlySpan<float> values, ReadOnlySpan<float> outputs, ReadOnlySpan<float> before)
    {
        var scores = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            if (firstStep + i > 0) scores[i] = PumpModel.Score(values[i], i == 0 ? before : outputs.Slice((i - 1) * PumpModel.Outputs, PumpModel.Outputs));
        }

        return new PointsResult(firstStep, scores, [.. scores.Select(score => score > model.Threshold)], PumpModel.Forecast(outputs[^PumpModel.Outputs..]), PumpModel.Deviations(outputs[^PumpModel.Outputs..]), version);
    }

    /// <summary>What a session has seen, and its forecast.</summary>
    public async Task<SessionStatus> StatusAsync(string id, CancellationToken cancellation)
    {
        SessionInfo<float> info = await Server.GetSessionAsync(id, cancellation).ConfigureAwait(false);
        float[] output = [.. info.LastOutput];
        return info.Steps == 0 ? new SessionStatus(id, 0, [], []) : new SessionStatus(id, info.Steps, PumpModel.Forecast(output), PumpModel.Deviations(output));
    }
}
