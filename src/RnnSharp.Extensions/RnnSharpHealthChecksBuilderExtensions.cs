using System.Numerics;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using RnnSharp.Serving;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds health checks of served models.</summary>
public static class RnnSharpHealthChecksBuilderExtensions
{
    /// <summary>Adds a health check of the server of a model of floats: see <see cref="AddRnnSharp{T}"/>.</summary>
    /// <param name="builder">The health checks.</param>
    /// <returns>The health checks.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    public static IHealthChecksBuilder AddRnnSharp(this IHealthChecksBuilder builder) => builder.AddRnnSharp<float>();

    /// <summary>
    /// Adds a health check of a server. It is unhealthy when it has stopped or failed; degraded while its queue is full, the last reload was
    /// refused, or the last attempt to save a session failed; and healthy otherwise.
    /// </summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The name of the server's registration; null for the only one.</param>
    /// <returns>The health checks.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    public static IHealthChecksBuilder AddRnnSharp<T>(this IHealthChecksBuilder builder, string? name = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(
            name is null ? "rnnsharp" : $"rnnsharp-{name}",
            provider => new ModelServerHealthCheck<T>(name is null ? provider.GetRequiredService<ModelServer<T>>() : provider.GetRequiredKeyedService<ModelServer<T>>(name)),
            failureStatus: null,
            tags: null));
    }
}
