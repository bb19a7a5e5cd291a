using System.Diagnostics.Metrics;
using System.Numerics;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using RnnSharp.Numerics;
using RnnSharp.Serving;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds servers of models to an application's services.</summary>
public static class RnnSharpServiceCollectionExtensions
{
    /// <summary>Adds a server of a model of floats: see <see cref="AddRnnSharp{T}"/>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options, at least <see cref="ModelServerOptions.ModelPath"/>.</param>
    /// <returns>The services.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IServiceCollection AddRnnSharp(this IServiceCollection services, Action<ModelServerOptions> configure) => services.AddRnnSharp<float>(configure);

    /// <summary>
    /// Adds a <see cref="ModelServer{T}"/>. With the host, it loads the model, so that a missing or invalid file or option fails the start;
    /// reloads the model file when that changes, if <see cref="ModelServerOptions.ReloadInterval"/> is set; and stops, which saves the sessions.
    /// An <see cref="ISessionStore"/>, a <see cref="TimeProvider"/> and an <see cref="IMeterFactory"/> are taken from the services if they are there;
    /// a server with a name takes only a store that is a keyed service of that name. Two servers must not share a store or a folder.
    /// </summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options, at least <see cref="ModelServerOptions.ModelPath"/>.</param>
    /// <param name="name">A name under which the server is a keyed service, for an application with several models; null for the only one. It is also the name of the options, and the tag of the server's metrics.</param>
    /// <returns>The services.</returns>
    /// <exception cref="ArgumentException">The services or <paramref name="configure"/> are null; or there is a server of that name, also if of another type, because its options have the same name.</exception>
    public static IServiceCollection AddRnnSharp<T>(this IServiceCollection services, Action<ModelServerOptions> configure, string? name = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        string options = name ?? Options.Options.DefaultName;
        var server = new RegisteredServer(options);
        if (services.Any(service => !service.IsKeyedService && server.Equals(service.ImplementationInstance))) throw Check.Shape(nameof(name), "a name that no other server has", name is null ? "none, as another server" : $"\"{name}\"");
        services.AddSingleton(server);
        services.AddOptions<ModelServerOptions>(options).Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ModelServerOptions>, ModelServerOptionsValidator>());
        if (name is null) services.TryAddSingleton(provider => Create<T>(provider, name));
        else services.TryAddKeyedSingleton(name, (provider, _) => Create<T>(provider, name));
        return services.AddSingleton<IHostedService>(provider => new ModelServerHost<T>(
            () => name is null ? provider.GetRequiredService<ModelServer<T>>() : provider.GetRequiredKeyedService<ModelServer<T>>(name),
            provider.GetRequiredService<IOptionsMonitor<ModelServerOptions>>().Get(options),
            provider.GetService<TimeProvider>() ?? TimeProvider.System,
            (ILogger?)provider.GetService<ILogger<ModelServer<T>>>() ?? NullLogger.Instance));
    }

    private static ModelServer<T> Create<T>(IServiceProvider provider, string? name)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => ModelServer<T>.Load(
            provider.GetRequiredService<IOptionsMonitor<ModelServerOptions>>().Get(name ?? Options.Options.DefaultName),
            name is null ? provider.GetService<ISessionStore>() : provider.GetKeyedService<ISessionStore>(name),
            provider.GetService<TimeProvider>(),
            provider.GetService<ILogger<ModelServer<T>>>(),
            provider.GetService<IMeterFactory>(),
            name);

    /// <summary>Marks a name as taken.</summary>
    private sealed record RegisteredServer(string Name);
}
