using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using RnnSharp.Serving;

namespace ForecastService;

/// <summary>Turns exceptions into problem details (RFC 9457) that say what is wrong.</summary>
internal sealed class Problems(IProblemDetailsService problems) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested) return true;
        (int status, string? reason) = exception switch
        {
            BadHttpRequestException { InnerException: JsonException json } => (StatusCodes.Status400BadRequest, json.Message),
            BadHttpRequestException bad => (bad.StatusCode, bad.Message),
            ArgumentException argument => (StatusCodes.Status400BadRequest, argument.Message),
            SessionNotFoundException => (StatusCodes.Status404NotFound, exception.Message),
            SessionExistsException => (StatusCodes.Status409Conflict, exception.Message),
            NotFiniteException => (StatusCodes.Status422UnprocessableEntity, exception.Message),
            ServerBusyException => (StatusCodes.Status503ServiceUnavailable, exception.Message),
            ObjectDisposedException => (StatusCodes.Status503ServiceUnavailable, "The service is stopping."),
            InvalidDataException => (StatusCodes.Status409Conflict, "The saved session, or the model file, does not fit the model that is served."),
            _ => (StatusCodes.Status500InternalServerError, null),
        };
        httpContext.Response.StatusCode = status;
        if (status == StatusCodes.Status503ServiceUnavailable) httpContext.Response.Headers.RetryAfter = "1";
        return await problems.TryWriteAsync(new() { HttpContext = httpContext, Exception = exception, ProblemDetails = { Status = status, Detail = reason } }).ConfigureAwait(false);
    }
}
