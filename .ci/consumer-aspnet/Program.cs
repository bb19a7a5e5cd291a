using System.Net.Http.Json;
using RnnSharp;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using RnnSharp.Serving;

// A service over the package and a client in one process: an answer has the bits of the model alone, and a restarted service continues the session.
var model = new LayerStack<float>(new LstmLayer<float>(1, 16, seed: 1), new DenseLayer<float>(16, 1, seed: 2));
ModelFile.Save(model, "model.safetensors");
Stepper<float> alone = model.CreateStepper();
int points = 0;
for (int start = 0; start < 2; start++)
{
    WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
    builder.WebHost.UseUrls("http://127.0.0.1:0");
    builder.Logging.ClearProviders();
    builder.Services.AddRnnSharp(options =>
    {
        options.ModelPath = "model.safetensors";
        options.SessionFolder = "sessions";
    });
    builder.Services.AddHealthChecks().AddRnnSharp();
    await using WebApplication app = builder.Build();
    app.MapHealthChecks("/health");
    app.MapPost("/sessions/{id}", async (string id, ModelServer<float> server) => await server.CreateSessionAsync(id));
    app.MapPost("/sessions/{id}/points", async (string id, float[] values, ModelServer<float> server, CancellationToken cancellation) =>
    {
        var outputs = new float[values.Length];
        await server.StepAsync(id, values, outputs, cancellation: cancellation);
        return outputs;
    });
    await app.StartAsync();

    using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    if (start == 0) (await client.PostAsync("/sessions/a", null)).EnsureSuccessStatusCode();
    for (int call = 0; call < 10; call++)
    {
        float[] values = [MathF.Sin(points++), MathF.Sin(points++)];
        HttpResponseMessage response = await client.PostAsJsonAsync("/sessions/a/points", values);
        float[]? outputs = await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<float[]>();
        float[] expected = [.. values.Select(value => alone.Step(new[] { value })[0])];
        if (outputs is null || !outputs.SequenceEqual(expected)) throw new InvalidOperationException($"Expected {string.Join(", ", expected)}, got {string.Join(", ", outputs ?? [])}.");
    }

    if (await client.GetStringAsync("/health") is not "Healthy") throw new InvalidOperationException("The service is not healthy.");
    await app.StopAsync();
}

Console.WriteLine($"Served {points} points, half of them after a restart, with the bits of the model alone.");
