using RnnSharp.Serving;

namespace ForecastService;

/// <summary>What the service does with the points of a session: it steps, and turns the outputs into scores and a forecast.</summary>
internal sealed partial class Forecasts(ModelServer<float> server, ILogger<Forecasts> logger)
{
    public ModelServer<float> Server { get; } = server;

    /// <summary>The model that is served now.</summary>
    public PumpModel Model => PumpModel.Of(Server.Model, Server.Metadata);

    /// <summary>Pushes points.</summary>
    /// <exception cref="SessionNotFoundException">There is no such session.</exception>
    public ValueTask<PointsResult> PushAsync(string id, float[] values, int horizon, CancellationToken cancellation) => EndAsync(Start(id, values, cancellation), horizon);

    /// <summary>Pushes points of several sessions, each for itself: of each, all are taken or none.</summary>
    public async Task<SessionResult[]> PushAsync(SessionPoints[] sessions, int horizon, CancellationToken cancellation)
    {
        // All of them wait at the same time, so that the server gathers their steps into batches. When the first has ended, most have.
        Pending[] pending = Array.ConvertAll(sessions, session => Start(session.Id, session.Values, cancellation));
        var results = new SessionResult[sessions.Length];
        for (int i = 0; i < sessions.Length; i++) results[i] = await EndAsync(pending[i], sessions[i].Id, horizon).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        return results;
    }

    /// <summary>Turns the outputs of steps into scores and a forecast.</summary>
    public static PointsResult Result(PumpModel model, long firstStep, int version, ReadOnlySpan<float> values, ReadOnlySpan<float> outputs, ReadOnlySpan<float> before, int horizon = PumpModel.Horizon)
    {
        var scores = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            if (firstStep + i > 0) scores[i] = PumpModel.Score(values[i], i == 0 ? before : outputs.Slice((i - 1) * PumpModel.Outputs, PumpModel.Outputs));
        }

        ReadOnlySpan<float> last = outputs[^PumpModel.Outputs..];
        return new PointsResult(firstStep, scores, Array.ConvertAll(scores, score => score > model.Threshold), PumpModel.Forecast(last, horizon), PumpModel.Deviations(last, horizon), version);
    }

    /// <summary>What a session has seen, and its forecast.</summary>
    public async Task<SessionStatus> StatusAsync(string id, CancellationToken cancellation)
    {
        SessionInfo<float> info = await Server.GetSessionAsync(id, cancellation).ConfigureAwait(false);
        float[] output = [.. info.LastOutput];
        return info.Steps == 0 ? new SessionStatus(id, 0, [], []) : new SessionStatus(id, info.Steps, PumpModel.Forecast(output), PumpModel.Deviations(output));
    }

    private Pending Start(string id, float[] values, CancellationToken cancellation)
    {
        float[] outputs = new float[values.Length * PumpModel.Outputs], before = new float[PumpModel.Outputs];
        try
        {
            return new Pending(Server.StepAsync(id, values, outputs, before, cancellation), values, outputs, before);
        }
        catch (Exception exception)
        {
            return new Pending(ValueTask.FromException<StepResult>(exception), values, outputs, before);
        }
    }

    private async ValueTask<PointsResult> EndAsync(Pending pending, int horizon)
    {
        StepResult result = await pending.Steps.ConfigureAwait(false);
        return Result(PumpModel.Of(Server.Model, result.Metadata), result.FirstStep, result.ModelVersion, pending.Values, pending.Outputs, pending.Before, horizon);
    }

    private async ValueTask<SessionResult> EndAsync(Pending pending, string id, int horizon)
    {
        try
        {
            return new SessionResult(id, StatusCodes.Status200OK, await EndAsync(pending, horizon).ConfigureAwait(false), null);
        }
        catch (Exception exception)
        {
            (int status, string? reason) = Problems.Of(exception);
            if (reason is null && exception is not OperationCanceledException) LogFailure(exception, id);
            return new SessionResult(id, status, null, reason ?? "The service has failed.");
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The points of session {Id} could not be processed.")]
    private partial void LogFailure(Exception exception, string id);

    /// <summary>Steps that have been started.</summary>
    /// <param name="Steps">The call.</param>
    /// <param name="Values">A value per step.</param>
    /// <param name="Outputs">Receives <see cref="PumpModel.Outputs"/> values per step, [step][output].</param>
    /// <param name="Before">Receives the <see cref="PumpModel.Outputs"/> values of the step before the first.</param>
    private readonly record struct Pending(ValueTask<StepResult> Steps, float[] Values, float[] Outputs, float[] Before);
}
