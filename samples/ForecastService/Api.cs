using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using RnnSharp.Serving;

namespace ForecastService;

/// <summary>The endpoints.</summary>
internal static class Api
{
    /// <summary>The most points of a session in one request.</summary>
    public const int MostPoints = 1000;

    /// <summary>The most sessions in one request.</summary>
    public const int MostSessions = 100;

    public static void Map(WebApplication app)
    {
        RouteGroupBuilder sessions = app.MapGroup("/sessions").WithTags("Sessions");
        sessions.MapPost("", CreateAsync).WithSummary("Creates a session, which has seen no points.").Fails(400, 409, 413, 415, 503);
        sessions.MapGet("{id}", StatusAsync).WithSummary("Tells how many points a session has seen, and its forecast.").Fails(400, 404, 409, 503);
        sessions.MapPost("{id}/points", PushAsync).WithSummary("Pushes points, and returns their scores and the forecast of those to come. All are taken or none.").Fails(400, 404, 409, 413, 415, 422, 503);
        sessions.MapPost("{id}/save", SaveAsync).WithSummary("Saves a session to the disk. Sessions that have changed are also saved every 10 seconds and when the service stops.").Fails(400, 404, 409, 503);
        sessions.MapGet("{id}/state", ExportAsync).WithSummary("Downloads a session.").Produces(200, contentType: "application/octet-stream").Fails(400, 404, 409, 503);
        sessions.MapPut("{id}/state", RestoreAsync).WithSummary("Creates or overwrites a session with one that was downloaded.").Accepts<byte[]>("application/octet-stream").Fails(400, 413, 503);
        sessions.MapDelete("{id}", CloseAsync).WithSummary("Ends a session and deletes it from the disk.").Fails(400, 404, 503);
        app.MapPost("/points", PushManyAsync).WithTags("Sessions").WithSummary("Pushes points of up to 100 sessions at once, and returns a result for each session. Of each, all points are taken or none.").Fails(400, 413, 415);
        app.MapGet("/model", Model).WithTags("Model").WithSummary("Describes the model, and how it compares with baselines.");
        app.MapPost("/model/reload", ReloadAsync).WithTags("Model").WithSummary("Loads the model file. It is also loaded when it changes. One that is missing, or does not fit, is refused.").Fails(409, 503);
    }

    private static async Task<Created<SessionStatus>> CreateAsync(NewSession? session, Forecasts forecasts, CancellationToken cancellation)
    {
        string? id = session?.Id;
        if (id is not null) CheckId(id);
        if (id is null) id = await forecasts.Server.CreateSessionAsync(cancellation).ConfigureAwait(false);
        else await forecasts.Server.CreateSessionAsync(id, cancellation).ConfigureAwait(false);
        return TypedResults.Created($"/sessions/{Uri.EscapeDataString(id)}", new SessionStatus(id, 0, [], []));
    }

    private static async Task<Ok<SessionStatus>> StatusAsync(string id, Forecasts forecasts, CancellationToken cancellation) =>
        TypedResults.Ok(await forecasts.StatusAsync(id, cancellation).ConfigureAwait(false));

    private static async Task<Ok<PointsResult>> PushAsync(string id, Points points, Forecasts forecasts, CancellationToken cancellation)
    {
        CheckCount(points.Values, MostPoints, "values");
        CheckHorizon(points.Horizon);
        return TypedResults.Ok(await forecasts.PushAsync(id, points.Values, points.Horizon, cancellation).ConfigureAwait(false));
    }

    private static async Task<Ok<SessionsResult>> PushManyAsync(PointsOfSessions points, Forecasts forecasts, CancellationToken cancellation)
    {
        CheckCount(points.Sessions, MostSessions, "sessions");
        CheckHorizon(points.Horizon);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (SessionPoints? session in points.Sessions)
        {
            if (session is null) throw new BadHttpRequestException("Expected sessions, got null.");
            if (!ids.Add(session.Id)) throw new BadHttpRequestException($"Expected each session once, got {session.Id} twice.");
            CheckCount(session.Values, MostPoints, $"values of {session.Id}");
        }

        return TypedResults.Ok(new SessionsResult(await forecasts.PushAsync(points.Sessions, points.Horizon, cancellation).ConfigureAwait(false)));
    }

    private static async Task<NoContent> SaveAsync(string id, Forecasts forecasts, CancellationToken cancellation)
    {
        await forecasts.Server.SaveSessionAsync(id, cancellation).ConfigureAwait(false);
        return TypedResults.NoContent();
    }

    private static async Task<FileContentHttpResult> ExportAsync(string id, Forecasts forecasts, CancellationToken cancellation) =>
        TypedResults.Bytes(await forecasts.Server.ExportSessionAsync(id, cancellation).ConfigureAwait(false), "application/octet-stream");

    private static async Task<Ok<SessionStatus>> RestoreAsync(string id, HttpRequest request, Forecasts forecasts, CancellationToken cancellation)
    {
        CheckId(id);
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, cancellation).ConfigureAwait(false);
        try
        {
            await forecasts.Server.RestoreSessionAsync(id, body.ToArray(), cancellation).ConfigureAwait(false);
        }
        catch (InvalidDataException exception)
        {
            throw new BadHttpRequestException(exception.Message, exception);
        }

        return TypedResults.Ok(await forecasts.StatusAsync(id, cancellation).ConfigureAwait(false));
    }

    private static async Task<NoContent> CloseAsync(string id, Forecasts forecasts, CancellationToken cancellation)
    {
        await forecasts.Server.CloseSessionAsync(id, cancellation).ConfigureAwait(false);
        return TypedResults.NoContent();
    }

    private static Ok<ModelStatus> Model(Forecasts forecasts)
    {
        ModelServer<float> server = forecasts.Server;
        ComparisonRow[] rows = [.. server.Metadata.Where(entry => entry.Key.StartsWith("figures.", StringComparison.Ordinal)).OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => entry.Value.Split('|')).Where(row => row.Length == 6).Select(row => new ComparisonRow(row[0], row[1], row[2], row[3], row[4], row[5]))];
        return TypedResults.Ok(new ModelStatus(server.Model.ToString() ?? "", server.ModelVersion, forecasts.Model.Threshold, rows, server.SessionCount));
    }

    private static async Task<Ok<ModelStatus>> ReloadAsync(Forecasts forecasts, CancellationToken cancellation)
    {
        try
        {
            await forecasts.Server.ReloadAsync(cancellation: cancellation).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BadHttpRequestException("The model file is missing or cannot be read; the present model stays.", StatusCodes.Status409Conflict, exception);
        }

        return Model(forecasts);
    }

    private static void CheckCount(Array items, int most, string what)
    {
        if (items.Length < 1 || items.Length > most) throw new BadHttpRequestException(string.Create(CultureInfo.InvariantCulture, $"Expected 1 to {most} {what}, got {items.Length}."));
    }

    private static void CheckHorizon(int horizon)
    {
        if (horizon is < 0 or > PumpModel.Horizon) throw new BadHttpRequestException(string.Create(CultureInfo.InvariantCulture, $"Expected a horizon of 0 to {PumpModel.Horizon}, got {horizon}."));
    }

    /// <summary>Refuses an id of which no address can be made.</summary>
    private static void CheckId(string id)
    {
        if (id is "." or ".." || id.AsSpan().IndexOfAny('/', '\0') >= 0) throw new BadHttpRequestException("Expected an id that fits in one segment of a URL: no slash or NUL, and not . or ..");
    }

    private static void Fails(this RouteHandlerBuilder builder, params ReadOnlySpan<int> codes)
    {
        foreach (int code in codes) builder.ProducesProblem(code);
    }
}
