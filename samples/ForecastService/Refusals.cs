using System.Net;
using System.Text;
using Microsoft.AspNetCore.Mvc;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;

namespace ForecastService;

/// <summary>Sends requests that the service must refuse, each with a status of its own and a reason.</summary>
internal static class Refusals
{
    /// <summary>Checks them on a new session, which they must not change.</summary>
    /// <returns>How many there are.</returns>
    public static async Task<int> CheckAsync(HttpClient http, string id, string folder, CancellationToken cancellation)
    {
        string session = $"sessions/{Uri.EscapeDataString(id)}", points = $"{session}/points", state = $"{session}/state", unknown = "sessions/unknown";
        string many = $"{{\"values\":[{string.Join(',', Enumerable.Repeat("1", Api.MostPoints + 1))}]}}", large = $"{{\"values\":[{new string(' ', Service.LargestBody)}1]}}";
        string crowd = OfSessions([.. Enumerable.Range(0, Api.MostSessions + 1).Select(number => Push($"{number}", "1"))]);
        using HttpResponseMessage export = await http.GetAsync(new Uri(state, UriKind.Relative), cancellation).ConfigureAwait(false);
        byte[] saved = await export.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
        byte[] damaged = [.. saved];
        damaged[damaged.Length / 2] ^= 1;
        (HttpMethod Method, string Address, HttpContent? Body, HttpStatusCode Status)[] requests =
        [
            .. new[] { "", "null", "{", "[1]", "{}", "{\"values\":null}", "{\"values\":1}", "{\"values\":[]}", "{\"values\":[1,]}", "{\"values\":[1,null]}", "{\"values\":[\"x\"]}", "{\"values\":[1e99]}", "{\"values\":[NaN]}", "{\"values\":[1],\"horizon\":17}", "{\"values\":[1],\"horizon\":-1}", many }
                .Select(body => (HttpMethod.Post, points, (HttpContent?)Json(body), HttpStatusCode.BadRequest)),
            (HttpMethod.Post, points, Json(large), HttpStatusCode.RequestEntityTooLarge),
            (HttpMethod.Post, points, new StringContent("values=1", Encoding.UTF8, "text/plain"), HttpStatusCode.UnsupportedMediaType),
            .. new[] { "", "null", "{}", "{\"sessions\":null}", "{\"sessions\":[]}", "{\"sessions\":[null]}", OfSessions("{\"values\":[1]}"), OfSessions($"{{\"id\":\"{id}\"}}"), OfSessions(Push(id, "")), OfSessions(Push(id, "1"), Push(id, "2")), OfSessions(Push(id, "1")).Replace("]}]}", "]}],\"horizon\":17}", StringComparison.Ordinal), crowd }
                .Select(body => (HttpMethod.Post, "points", (HttpContent?)Json(body), HttpStatusCode.BadRequest)),
            (HttpMethod.Post, "points", Json(large), HttpStatusCode.RequestEntityTooLarge),
            (HttpMethod.Post, $"{unknown}/points", Json("{\"values\":[1]}"), HttpStatusCode.NotFound),
            (HttpMethod.Post, $"{unknown}/save", null, HttpStatusCode.NotFound),
            (HttpMethod.Get, $"{unknown}/state", null, HttpStatusCode.NotFound),
            (HttpMethod.Get, unknown, null, HttpStatusCode.NotFound),
            (HttpMethod.Get, "sessions/..%2f..%2fmodel", null, HttpStatusCode.NotFound),
            (HttpMethod.Get, $"sessions/{new string('x', 101)}", null, HttpStatusCode.BadRequest),
            (HttpMethod.Delete, unknown, null, HttpStatusCode.NotFound),
            (HttpMethod.Patch, session, null, HttpStatusCode.MethodNotAllowed),
            (HttpMethod.Post, "sessions", Json($"{{\"id\":\"{id}\"}}"), HttpStatusCode.Conflict),
            (HttpMethod.Post, "sessions", Json("{\"id\":\"\"}"), HttpStatusCode.BadRequest),
            (HttpMethod.Post, "sessions", Json("{\"id\":1}"), HttpStatusCode.BadRequest),
            .. new[] { ".", "..", "a/b", "../model", "\\u0000" }.Select(name => (HttpMethod.Post, "sessions", (HttpContent?)Json($"{{\"id\":\"{name}\"}}"), HttpStatusCode.BadRequest)),
            (HttpMethod.Put, state, Bytes(damaged), HttpStatusCode.BadRequest),
            (HttpMethod.Put, state, Bytes(saved[..^1]), HttpStatusCode.BadRequest),
            (HttpMethod.Put, state, Bytes([]), HttpStatusCode.BadRequest),
            (HttpMethod.Put, state, Bytes(new byte[Service.LargestBody + 1]), HttpStatusCode.RequestEntityTooLarge),
            .. new[] { "-1", "0", "0.09", "1001", "NaN" }.Select(rate => (HttpMethod.Get, $"demo?rate={rate}", (HttpContent?)null, HttpStatusCode.BadRequest)),
            (HttpMethod.Get, "demo?points=x", null, HttpStatusCode.BadRequest),
            (HttpMethod.Get, "nowhere", null, HttpStatusCode.NotFound),
        ];
        foreach ((HttpMethod method, string address, HttpContent? body, HttpStatusCode status) in requests)
        {
            using var request = new HttpRequestMessage(method, new Uri(address, UriKind.Relative)) { Content = body };
            await CheckAsync(http, request, status, cancellation).ConfigureAwait(false);
        }

        int reloads = await CheckReloadAsync(http, folder, cancellation).ConfigureAwait(false);
        await CheckTakenAsync(http, id, cancellation).ConfigureAwait(false);
        SessionStatus? after = await http.GetFromJsonAsync(new Uri(session, UriKind.Relative), ApiJson.Default.SessionStatus, cancellation).ConfigureAwait(false);
        return after is { Points: 0 } ? requests.Length + reloads : throw new LoadFailedException("a refused request has changed its session");
    }

    /// <summary>Points far from all others get finite scores, and are taken, also beside those of sessions that are refused.</summary>
    private static async Task CheckTakenAsync(HttpClient http, string id, CancellationToken cancellation)
    {
        using (HttpResponseMessage created = await http.PostAsync(new Uri("sessions", UriKind.Relative), Json("{\"id\":\"large\"}"), cancellation).ConfigureAwait(false)) await LoadClient.RequireSuccess(created, "a new session").ConfigureAwait(false);
        foreach (string values in new[] { "1,3e38", "-3e38,3e38,1" })
        {
            using HttpResponseMessage response = await http.PostAsync(new Uri("sessions/large/points", UriKind.Relative), Json($"{{\"values\":[{values}]}}"), cancellation).ConfigureAwait(false);
            await LoadClient.RequireSuccess(response, "a push of large points").ConfigureAwait(false);
        }

        using (HttpResponseMessage response = await http.PostAsync(new Uri("points", UriKind.Relative), Json(OfSessions(Push("unknown", "1"), Push("large", "3e38"), Push("", "1"), Push(id, "1e99"))), cancellation).ConfigureAwait(false))
        {
            await LoadClient.RequireSuccess(response, "a push of points of several sessions").ConfigureAwait(false);
            SessionsResult? result = await response.Content.ReadFromJsonAsync(ApiJson.Default.SessionsResult, cancellation).ConfigureAwait(false);
            if (result?.Sessions is not [{ Status: 404, Result: null, Reason.Length: > 0 }, { Status: 200, Result.FirstPoint: 5, Reason: null }, { Status: 400, Result: null, Reason.Length: > 0 }, { Status: 400, Result: null, Reason.Length: > 0 }])
                throw new LoadFailedException($"a push of points of several sessions, three of them invalid, was answered {await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false)}");
        }

        using HttpResponseMessage deleted = await http.DeleteAsync(new Uri("sessions/large", UriKind.Relative), cancellation).ConfigureAwait(false);
        await LoadClient.RequireSuccess(deleted, "the end of a session").ConfigureAwait(false);
    }

    /// <summary>A model that does not fit, or is missing, is refused, and the old one stays.</summary>
    /// <returns>How many there are.</returns>
    private static async Task<int> CheckReloadAsync(HttpClient http, string folder, CancellationToken cancellation)
    {
        string path = Service.ModelPath(folder);
        byte[] present = await File.ReadAllBytesAsync(path, cancellation).ConfigureAwait(false);
        Action[] changes =
        [
            () => ModelFile.Save(new GruLayer<float>(1, 3, seed: 1), path),
            () => ModelFile.Save(ModelFile.Load<float>(new MemoryStream(present)).Model, path), // without metadata
            () => File.Delete(path),
        ];
        foreach (Action change in changes)
        {
            await Task.Run(change, cancellation).ConfigureAwait(false);
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("model/reload", UriKind.Relative));
            await CheckAsync(http, request, HttpStatusCode.Conflict, cancellation).ConfigureAwait(false);
            await ExpectHealth("Degraded").ConfigureAwait(false);
        }

        await File.WriteAllBytesAsync(path, present, cancellation).ConfigureAwait(false);
        using (HttpResponseMessage response = await http.PostAsync(new Uri("model/reload", UriKind.Relative), null, cancellation).ConfigureAwait(false)) await LoadClient.RequireSuccess(response, "a reload").ConfigureAwait(false);
        await ExpectHealth("Healthy").ConfigureAwait(false);
        return changes.Length;

        async Task ExpectHealth(string expected)
        {
            Health? health = await http.GetFromJsonAsync(new Uri("health", UriKind.Relative), ApiJson.Default.Health, cancellation).ConfigureAwait(false);
            if (!string.Equals(health?.Status, expected, StringComparison.Ordinal)) throw new LoadFailedException($"the health is {health?.Status}, not {expected}");
        }
    }

    private static async Task CheckAsync(HttpClient http, HttpRequestMessage request, HttpStatusCode status, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await http.SendAsync(request, cancellation).ConfigureAwait(false);
        string text = await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
        bool isProblem = string.Equals(response.Content.Headers.ContentType?.MediaType, "application/problem+json", StringComparison.Ordinal);
        ProblemDetails? problem = isProblem ? System.Text.Json.JsonSerializer.Deserialize(text, ApiJson.Default.ProblemDetails) : null;
        if (response.StatusCode != status || string.IsNullOrEmpty(problem?.Detail))
            throw new LoadFailedException($"{request.Method} {request.RequestUri} was to be answered {(int)status} with a reason, and was answered {(int)response.StatusCode}: {text}");
    }

    private static string OfSessions(params ReadOnlySpan<string> pushes) => $"{{\"sessions\":[{string.Join(',', pushes)}]}}";

    private static string Push(string id, string values) => $"{{\"id\":\"{id}\",\"values\":[{values}]}}";

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static ByteArrayContent Bytes(byte[] bytes) => new(bytes) { Headers = { ContentType = new("application/octet-stream") } };
}
