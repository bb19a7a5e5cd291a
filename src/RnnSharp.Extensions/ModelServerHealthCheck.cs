using System.Numerics;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace RnnSharp.Serving;

/// <summary>Reports how a server is.</summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="server">The server.</param>
internal sealed class ModelServerHealthCheck<T>(ModelServer<T> server) : IHealthCheck
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var data = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["modelVersion"] = server.ModelVersion,
            ["sessions"] = server.SessionCount,
            ["queueLength"] = server.QueueLength,
        };
        HealthCheckResult result = !server.IsRunning ? new HealthCheckResult(context.Registration.FailureStatus, "The server has stopped.", data: data)
            : server.IsFull ? HealthCheckResult.Degraded("The queue is full.", data: data)
            : server.ReloadFault is not null ? HealthCheckResult.Degraded("The last reload was refused; the earlier model is served.", data: data)
            : server.SaveFault is not null ? HealthCheckResult.Degraded("The last attempt to save a session failed.", data: data)
            : HealthCheckResult.Healthy("The model is served.", data);
        return Task.FromResult(result);
    }
}
