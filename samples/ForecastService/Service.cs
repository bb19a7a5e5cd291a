using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using RnnSharp.Serving;
using Samples;

namespace ForecastService;

/// <summary>Builds and runs the service.</summary>
internal static class Service
{
    /// <summary>The most bytes of a request's body.</summary>
    public const int LargestBody = 64 << 10;

    /// <summary>The most sessions in memory.</summary>
    public const int MostSessions = 20_000;

    public static string ModelPath(string folder) => Path.Combine(folder, "model.safetensors");

    public static async Task<int> RunAsync(string folder, int port, int seed, bool quick, CancellationToken cancellation)
    {
        Sample.RequireFolder(folder);
        if (!File.Exists(ModelPath(folder)))
        {
            Console.WriteLine("There is no model yet: training one.");
            Training.Run(ModelPath(folder), seed, quick);
        }

        WebApplication app = Build(folder, port);
        await using (app.ConfigureAwait(false))
        {
            _ = app.Services.GetRequiredService<Forecasts>().Model; // fails if the network is not of this program; reloads keep its sizes
            await app.RunAsync(cancellation).ConfigureAwait(false);
        }

        return 0;
    }

    private static WebApplication Build(string folder, int port)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        builder.WebHost.ConfigureKestrel(options => options.Limits.MaxRequestBodySize = LargestBody);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None); // a start that fails is reported in one line
        builder.Services.AddRnnSharp(options =>
        {
            options.ModelPath = ModelPath(folder);
            options.CheckMetadata = PumpModel.Fault;
            options.ReloadInterval = TimeSpan.FromSeconds(2);
            options.SessionFolder = Path.Combine(folder, "sessions");
            options.SaveInterval = TimeSpan.FromSeconds(10);
            options.MaxStepsPerCall = Api.MostPoints;
            options.MaxSessions = MostSessions;
            options.QueueCapacity = 100 * Api.MostSessions;
            options.WhenFull = QueueFullMode.Reject;
        });
        builder.Services.AddHealthChecks().AddRnnSharp();
        builder.Services.AddSingleton<Forecasts>();
        builder.Services.AddProblemDetails(options => options.CustomizeProblemDetails = context => context.ProblemDetails.Detail ??= Problems.Reason(context.HttpContext.Response.StatusCode));
        builder.Services.AddExceptionHandler<Problems>();
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true); // so that Problems tells what is wrong with a body
        builder.Services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default);
            options.SerializerOptions.RespectNullableAnnotations = true;
            options.SerializerOptions.RespectRequiredConstructorParameters = true;
        });
        builder.Services.AddOpenApi();

        WebApplication app = builder.Build();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseDefaultFiles();
        app.UseStaticFiles();
        app.MapOpenApi();
        app.MapHealthChecks("/health", new()
        {
            ResponseWriter = (context, report) => context.Response.WriteAsJsonAsync(
                new Health(report.Status.ToString(), [.. report.Entries.Select(entry => $"{entry.Key}: {entry.Value.Description}")]), ApiJson.Default.Health),
            ResultStatusCodes = { [HealthStatus.Degraded] = StatusCodes.Status200OK },
        });
        Api.Map(app);
        Demo.Map(app);
        return app;
    }
}
