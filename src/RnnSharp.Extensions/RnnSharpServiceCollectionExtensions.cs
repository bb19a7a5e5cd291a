using System.Diagnostics.Metrics;
using System.Numerics;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
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
    /// An <see cref="ISessionStore"/>, a <see cref="TimeProvider"/> and an <see cref="IMeterFactory"/> are taken from the services if they are there.
    /// </summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options, at least <see cref="ModelServerOptions.ModelPath"/>.</param>
    /// <param name="name">A name under which the server is a keyed service, for an application with several models; null for the only one.</param>
    /// <returns>The services.</returns>
    /// <exception cref="ArgumentNullException">The services or <paramref name="configure"/> are null.</exception>
    public static IServiceCollection AddRnnSharp<T>(this IServiceCollection services, Action<ModelServerOptions> configure, string? name = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        string options = name ?? Options.Options.DefaultName;
        services.AddOptions<ModelServerOptions>(options).Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ModelServerOptions>, ModelServerOptionsValidator>());
        if (name is null) services.TryAddSingleton(provider => Create<T>(provider, options));
        else services.TryAddKeyedSingleton(name, (provider, _) => Create<T>(provider, options));
        return services.AddSingleton<IHostedService>(provider => new ModelServerHost<T>(
            () => name is null ? provider.GetRequiredService<ModelServer<T>>() : provider.GetRequiredKeyedService<ModelServer<T>>(name),
            provider.GetRequiredService<IOptionsMonitor<ModelServerOptions>>().Get(options),
            provider.GetService<TimeProvider>() ?? TimeProvider.System));
    }

    private static ModelServer<T> Create<T>(IServiceProvider provider, string options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => ModelServer<T>.Load(
            provider.GetRequiredService<IOptionsMonitor<ModelServerOptions>>().Get(options),
            provider.GetService<ISessionStore>(),
            provider.GetService<TimeProvider>(),
            provider.GetService<ILogger<ModelServer<T>>>(),
            provider.GetService<IMeterFactory>());
}
