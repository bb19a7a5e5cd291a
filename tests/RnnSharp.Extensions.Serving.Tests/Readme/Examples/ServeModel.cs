using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using RnnSharp.Serving;

namespace ReadmeExamples;

/// <summary>The example of the package's README.</summary>
internal static class ServeModel
{
    public static async Task<(string Session, StepResult Result, float[] Output)> Run()
    {
        // <readme>
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Services.AddRnnSharp(options =>
        {
            options.ModelPath = "model.safetensors";
            options.SessionFolder = "sessions";
            options.ReloadInterval = TimeSpan.FromSeconds(5);
            options.MaxBatchSize = 64;
        });
        builder.Services.AddHealthChecks().AddRnnSharp();
        using IHost host = builder.Build();
        await host.StartAsync();

        var server = host.Services.GetRequiredService<ModelServer<float>>();
        string session = await server.CreateSessionAsync();
        float[] input = [0.5f, 1.25f], output = new float[server.OutputSize];
        StepResult result = await server.StepAsync(session, input, output);
        await server.SaveSessionAsync(session);

        await host.StopAsync();
        // </readme>
        return (session, result, output);
    }
}
