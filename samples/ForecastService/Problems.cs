using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using RnnSharp.Serving;

namespace ForecastService;

/// <summary>Turns exceptions into problem details (RFC 9457) that say what is wrong.</summary>
internal sealed class Problems(IProblemDetailsService problems) : IExceptionHandler
{
    /// <summary>What the framework itself refuses without a word.</summary>
    public static string? Reason(int status) => status switch
    {
        StatusCodes.Status404NotFound => "No such address; see /openapi/v1.json.",
        StatusCodes.Status405MethodNotAllowed => "The address takes other methods; see /openapi/v1.json.",
        StatusCodes.Status413PayloadTooLarge => $"Expected a body of at most {Service.LargestBody} bytes.",
        StatusCodes.Status415UnsupportedMediaType => "Expected the content type application/json, or application/octet-stream for the state of a session.",
        _ => null,
    };

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested) return true;
        (int status, string? reason) = Of(exception);
        httpContext.Response.StatusCode = status;
        if (status == StatusCodes.Status503ServiceUnavailable) httpContext.Response.Headers.RetryAfter = "1";
        return await problems.TryWriteAsync(new() { HttpContext = httpContext, Exception = exception, ProblemDetails = { Status = status, Detail = reason } }).ConfigureAwait(false);
    }

    /// <summary>The status code of an exception, and what is wrong; no reason for an error of the service itself.</summary>
    public static (int Status, string? Reason) Of(Exception exception) => exception switch
    {
        BadHttpRequestException { InnerException: JsonException json } => (StatusCodes.Status400BadRequest, json.Message),
        BadHttpRequestException bad => (bad.StatusCode, bad.Message),
        ArgumentException { ParamName: "sessionId" or "inputs" } argument => (StatusCodes.Status400BadRequest, argument.Message),
        SessionNotFoundException => (StatusCodes.Status404NotFound, exception.Message),
        SessionExistsException => (StatusCodes.Status409Conflict, exception.Message),
        NotFiniteException => (StatusCodes.Status422UnprocessableEntity, exception.Message),
        ServerBusyException => (StatusCodes.Status503ServiceUnavailable, exception.Message),
        ObjectDisposedException => (StatusCodes.Status503ServiceUnavailable, "The service is stopping."),
        InvalidDataException => (StatusCodes.Status409Conflict, "The saved session, or the model file, does not fit the model that is served."),
        _ => (StatusCodes.Status500InternalServerError, null),
    };
}
