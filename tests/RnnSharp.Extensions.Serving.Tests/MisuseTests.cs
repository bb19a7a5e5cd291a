using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using Xunit;

namespace RnnSharp.Serving.Tests;

/// <summary>Callers that break the rules harm nobody else.</summary>
public sealed class MisuseTests
{
    [Fact]
    public async Task Tokens_that_change_during_the_call_fail_their_own_call_only()
    {
        using Counters counters = new Counters().Listen();
        var model = new LstmLayer<float>(3, 2, seed: 1);
        await using var server = new ModelServer<float>(model, meterFactory: counters.Meters);
        await server.CreateSessionAsync("good");
        await server.CreateSessionAsync("bad");
        HeldServer held = await HeldServer.Hold(server);
        var output = new float[2];
        int[] changing = [2];
        Task<StepResult> good = server.StepAsync("good", new[] { 1 }, output).AsTask();
        Task<StepResult> bad = server.StepAsync("bad", changing, new float[2]).AsTask();
        changing[0] = 3;
        await held.Release();
        await good;
        await FluentActions.Awaiting(() => bad).Should().ThrowAsync<InvalidOperationException>().WithMessage("*0 to 2, got 3*");
        output.Should().Equal(model.CreateStepper().Step(new[] { 1 }).ToArray());
        (await server.GetSessionAsync("bad")).Steps.Should().Be(0);
        counters.All(ModelServerMeter.BatchSize).Should().Equal(1, 2);
    }

    [Fact]
    public async Task A_result_that_is_taken_too_early_or_twice_is_refused_and_harms_no_other_call()
    {
        LayerStack<float> model = Serving.Model();
        await using var server = new ModelServer<float>(model);
        await server.CreateSessionAsync("a");
        await server.CreateSessionAsync("b");
        HeldServer held = await HeldServer.Hold(server);
        var output = new float[Serving.Outputs];
        ValueTask<StepResult> call = server.StepAsync("a", Serving.Input(1, 0), output);
        FluentActions.Invoking(() => call.GetAwaiter().GetResult()).Should().Throw<InvalidOperationException>().WithMessage("*has not ended*");
        await held.Release();
        (await server.StepsAsync("b", 2, 0, 50)).Should().BeEquivalentTo(Serving.Serial(model, 2, 50), options => options.WithStrictOrdering());
        await call;
        output.Should().Equal(Serving.Serial(model, 1, 1)[0]);
        await FluentActions.Awaiting(async () => await call).Should().ThrowAsync<InvalidOperationException>();
        (await server.StepsAsync("b", 2, 50, 60)).Should().BeEquivalentTo(Serving.Serial(model, 2, 60)[50..], options => options.WithStrictOrdering());
    }

    [Fact]
    public async Task A_cancelled_call_that_is_awaited_twice_harms_no_other_call()
    {
        LayerStack<float> model = Serving.Model();
        await using var server = new ModelServer<float>(model);
        await server.CreateSessionAsync("a");
        await server.CreateSessionAsync("b");
        HeldServer held = await HeldServer.Hold(server);
        using var cancellation = new CancellationTokenSource();
        ValueTask<StepResult> call = server.StepAsync("a", Serving.Input(1, 0), new float[Serving.Outputs], cancellation: cancellation.Token);
        await cancellation.CancelAsync();
        await FluentActions.Awaiting(async () => await call).Should().ThrowAsync<OperationCanceledException>();
        await FluentActions.Awaiting(async () => await call).Should().ThrowAsync<InvalidOperationException>().WithMessage("*awaited already*");
        Task<float[]> other = server.StepAsync("b", Serving.Input(2, 0));
        await held.Release();
        (await other).Should().Equal(Serving.Serial(model, 2, 1)[0]);
    }
}
