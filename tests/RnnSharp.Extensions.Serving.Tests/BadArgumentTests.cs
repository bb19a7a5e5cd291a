using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Serialization;
using Xunit;

namespace RnnSharp.Serving.Tests;

public sealed class BadArgumentTests
{
    [Fact]
    public async Task Steps_that_do_not_fit_are_refused()
    {
        await using var server = new ModelServer<float>(new LstmLayer<float>(3, 2, seed: 1), new() { MaxStepsPerCall = 4 });
        await server.CreateSessionAsync("a");
        byte[] before = await server.ExportSessionAsync("a");
        Refused("sessionId", "*", () => server.StepAsync(null!, new float[3], new float[2]));
        Refused("sessionId", "*", () => server.StepAsync("", new int[1], new float[2]));
        Refused("inputs", "*3 x 1 step*0 values*", () => server.StepAsync("a", Array.Empty<float>(), new float[2]));
        Refused("inputs", "*3 x 1 step*4 values*", () => server.StepAsync("a", new float[4], new float[2]));
        Refused("inputs", "*at most 4 steps*5*", () => server.StepAsync("a", new float[15], new float[10]));
        Refused("inputs", "*finite*", () => server.StepAsync("a", new[] { 1, float.NaN, 0 }, new float[2]));
        Refused("outputs", "*2 x 2 = 4 values*got 3*", () => server.StepAsync("a", new float[6], new float[3]));
        Refused("previousOutput", "*2 values or none*1*", () => server.StepAsync("a", new float[3], new float[2], new float[1]));
        Refused("tokens", "*1 token or more*", () => server.StepAsync("a", Array.Empty<int>(), new float[2]));
        Refused("tokens", "*at most 4 steps*5*", () => server.StepAsync("a", new int[5], new float[10]));
        Refused("tokens", "*0 to 2*got 3*", () => server.StepAsync("a", new[] { 0, 3 }, new float[4]));
        Refused("tokens", "*0 to 2*got -1*", () => server.StepAsync("a", new[] { -1 }, new float[2]));
        Refused("outputs", "*2 x 1 = 2 values*got 4*", () => server.StepAsync("a", new int[1], new float[4]));
        (await server.ExportSessionAsync("a")).Should().Equal(before);
    }

    [Fact]
    public async Task Other_arguments_that_do_not_fit_are_refused()
    {
        LayerStack<float> model = Serving.Model();
        Throws("model", "*", () => new ModelServer<float>(null!));
        Throws("model", "*streams*", () => new ModelServer<float>(Bidirectional.Of(seed => new LstmLayer<float>(2, 3, seed), seed: 1)));
        Throws("options", "*MaxSessions, got 0*", () => new ModelServer<float>(model, new() { MaxSessions = 0 }));
        Throws("options", "*QueueCapacity, got -1*", () => new ModelServer<float>(model, new() { QueueCapacity = -1 }));
        Throws("options", "*at most 1000000 as QueueCapacity, got 2147483647*", () => new ModelServer<float>(model, new() { QueueCapacity = int.MaxValue }));
        Throws("options", "*at most 65536 as MaxBatchSize, got 65537*", () => new ModelServer<float>(model, new() { MaxBatchSize = 65_537 }));
        Throws("options", "*MaxCallsPerSession, got 0*", () => new ModelServer<float>(model, new() { MaxCallsPerSession = 0 }));
        Throws("options", "*MaxStepsPerCall, got 0*", () => new ModelServer<float>(model, new() { MaxStepsPerCall = 0 }));
        Throws("options", "*ReloadInterval*", () => new ModelServer<float>(model, new() { ReloadInterval = TimeSpan.FromDays(31) }));
        Throws("options", "*SaveInterval*", () => new ModelServer<float>(model, new() { SaveInterval = -TimeSpan.FromDays(1) }));
        Throws("options", "*WhenFull, got 7*", () => new ModelServer<float>(model, new() { WhenFull = (QueueFullMode)7 }));
        Throws("options", "*ModelLoading*", () => new ModelServer<float>(model, new() { ModelLoading = null! }));
        Throws("options", "*", () => ModelServer<float>.Load(null!));
        Throws("options", "*ModelPath*", () => ModelServer<float>.Load(new()));
        Throws("folder", "*", () => new FolderSessionStore(""));
        using var folder = new TemporaryFolder();
        Throws("maxBytes", "*at least 1, got 0*", () => new FolderSessionStore(folder.FullName, 0));
        Throws("services", "*", () => ((IServiceCollection)null!).AddRnnSharp(_ => { }));
        Throws("configure", "*", () => new ServiceCollection().AddRnnSharp(null!));
        Throws("builder", "*", () => ((IHealthChecksBuilder)null!).AddRnnSharp());
        await using var server = new ModelServer<float>(model);
        Throws("path", "*ModelPath*", () => server.ReloadAsync());
        Throws("model", "*", () => server.ReloadAsync((ILayer<float>)null!));
    }

    private static void Refused(string argument, string message, Func<ValueTask<StepResult>> call) =>
        FluentActions.Invoking(() => { _ = call(); }).Should().Throw<ArgumentException>().WithMessage(message).Which.ParamName.Should().Be(argument);

    private static void Throws(string argument, string message, Func<object> call) =>
        FluentActions.Invoking(call).Should().Throw<ArgumentException>().WithMessage(message).Which.ParamName.Should().Be(argument);
}
