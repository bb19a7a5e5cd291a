using FluentAssertions;
using RnnSharp.Layers;
using Xunit;

namespace RnnSharp.Serving.Tests;

public sealed class QueueTests
{
    [Fact]
    public async Task A_full_queue_refuses_calls_at_once_if_asked_to()
    {
        await using var server = new ModelServer<float>(Serving.Model(), new() { QueueCapacity = 2, WhenFull = QueueFullMode.Reject });
        await server.CreateSessionAsync("a");
        await server.CreateSessionAsync("b");
        HeldServer held = await HeldServer.Hold(server);
        Task<float[]> first = server.StepAsync("a", Serving.Input(1, 0)), second = server.StepAsync("b", Serving.Input(2, 0));

        await FluentActions.Awaiting(() => server.StepAsync("a", Serving.Input(1, 1))).Should().ThrowAsync<ServerBusyException>().WithMessage("*queue is full: 2 calls*");
        await FluentActions.Awaiting(() => server.CreateSessionAsync("c")).Should().ThrowAsync<ServerBusyException>();
        await FluentActions.Awaiting(() => server.ExportSessionAsync("a")).Should().ThrowAsync<ServerBusyException>();

        await held.Release();
        await first;
        await second;
        float[][] expected = Serving.Serial(server.Model, 1, 2);
        (await first).Should().Equal(expected[0]);
        (await server.StepAsync("a", Serving.Input(1, 1))).Should().Equal(expected[1], "the refused call has not changed the session");
        await Serving.Until(() => server.SessionCount == 3); // a, b and the holder's: the refused one has left
    }

    [Fact]
    public async Task A_full_queue_lets_calls_wait_by_default()
    {
        await using var server = new ModelServer<float>(Serving.Model(), new() { QueueCapacity = 1 });
        await server.CreateSessionAsync("a");
        HeldServer held = await HeldServer.Hold(server);
        Task<float[]>[] calls = [.. Enumerable.Range(0, 10).Select(step => server.StepAsync("a", Serving.Input(1, step)))];
        calls.Should().OnlyContain(call => !call.IsCompleted);
        await held.Release();
        (await Task.WhenAll(calls)).Should().BeEquivalentTo(Serving.Serial(server.Model, 1, 10), options => options.WithStrictOrdering());
    }

    [Fact]
    public async Task A_session_has_a_limit_of_its_own()
    {
        await using var server = new ModelServer<float>(Serving.Model(), new() { MaxCallsPerSession = 2 });
        await server.CreateSessionAsync("a");
        await server.CreateSessionAsync("b");
        HeldServer held = await HeldServer.Hold(server);
        Task<float[]>[] calls = [server.StepAsync("a", Serving.Input(1, 0)), server.StepAsync("a", Serving.Input(1, 1)), server.StepAsync("b", Serving.Input(2, 0))];
        await FluentActions.Awaiting(() => server.StepAsync("a", Serving.Input(1, 2))).Should().ThrowAsync<ServerBusyException>().WithMessage("*\"a\" already has 2 calls*");
        await held.Release();
        await Task.WhenAll(calls);
        for (int step = 2; step < 20; step++) await server.StepAsync("a", Serving.Input(1, step)); // no completed call counts
    }

    [Fact]
    public async Task The_number_of_sessions_is_limited()
    {
        await using var server = new ModelServer<float>(Serving.Model(), new() { MaxSessions = 2 });
        await server.CreateSessionAsync("a");
        await server.CreateSessionAsync("b");
        await FluentActions.Awaiting(() => server.CreateSessionAsync("c")).Should().ThrowAsync<ServerBusyException>().WithMessage("*2 sessions*");
        await server.CloseSessionAsync("a");
        await server.CreateSessionAsync("c");
    }

    [Fact]
    public async Task First_calls_of_the_last_session_that_fits_do_not_refuse_each_other()
    {
        var store = new MemorySessionStore();
        await using (var server = new ModelServer<float>(Serving.Model(), new(), store)) await server.CreateSessionAsync("a");

        for (int round = 0; round < 300; round++)
        {
            await using var server = new ModelServer<float>(Serving.Model(), new() { MaxSessions = 1 }, store);
            using var barrier = new Barrier(4);
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    barrier.SignalAndWait();
                    return server.StepAsync("a", Serving.Input(1, 0));
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default).Unwrap()));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task A_call_that_waits_is_cancelled_and_changes_nothing(int capacity)
    {
        LayerStack<float> model = Serving.Model();
        await using var server = new ModelServer<float>(model, new() { QueueCapacity = capacity });
        await server.CreateSessionAsync("a");
        HeldServer held = await HeldServer.Hold(server);
        using var cancellation = new CancellationTokenSource();
        Task<float[]> first = server.StepAsync("a", Serving.Input(1, 0));
        Task<float[]>[] cancelled = [.. Enumerable.Range(0, 5).Select(step => server.StepAsync("a", Serving.Input(9, step), cancellation.Token))];
        Task<float[]> last = server.StepAsync("a", Serving.Input(1, 1));
        await cancellation.CancelAsync();
        foreach (Task<float[]> call in cancelled) await FluentActions.Awaiting(() => call).Should().ThrowAsync<OperationCanceledException>();
        first.IsCompleted.Should().BeFalse("a cancelled call ends while the server is still held");
        await held.Release();
        float[][] expected = Serving.Serial(model, 1, 2);
        (await first).Should().Equal(expected[0]);
        (await last).Should().Equal(expected[1]);
        await FluentActions.Awaiting(() => server.StepAsync("a", Serving.Input(1, 2), cancellation.Token)).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task A_call_that_has_begun_is_completed()
    {
        LayerStack<float> model = Serving.Model();
        await using var server = new ModelServer<float>(model);
        await server.CreateSessionAsync("a");
        using var cancellation = new CancellationTokenSource();
        int writes = 0;
        var outputs = new WatchedMemory(3 * Serving.Outputs, () =>
        {
            if (++writes == 2) cancellation.Cancel(); // within the second of three steps
        });
        StepResult result = await server.StepAsync("a", Enumerable.Range(0, 3).SelectMany(step => Serving.Input(1, step)).ToArray(), outputs.Memory, cancellation: cancellation.Token);
        result.FirstStep.Should().Be(0);
        writes.Should().Be(3);
        (await server.StepAsync("a", Serving.Input(1, 3))).Should().Equal(Serving.Serial(model, 1, 4)[3]);
    }

    [Fact]
    public async Task Random_cancellation_never_loses_or_repeats_a_step()
    {
        LayerStack<float> model = Serving.Model();
        await using var server = new ModelServer<float>(model, new() { QueueCapacity = 4, MaxBatchSize = 3 });
        await Task.WhenAll(Enumerable.Range(0, 12).Select(session => Task.Run(async () =>
        {
            var random = new Random(session);
            string id = await server.CreateSessionAsync();
            Stepper<float> alone = model.CreateStepper();
            for (int step = 0; step < 300; step++)
            {
                using var cancellation = new CancellationTokenSource();
                Task<float[]> call = server.StepAsync(id, Serving.Input(session, step), cancellation.Token);
                if (random.Next(2) == 0) await cancellation.CancelAsync();
                try
                {
                    float[] output = await call;
                    output.Should().Equal(alone.Step(Serving.Input(session, step)).ToArray());
                }
                catch (OperationCanceledException)
                {
                    // It has not run: the next step would show it otherwise.
                }
            }
        })));
    }

    [Fact]
    public async Task Stopping_ends_the_calls_in_the_queue_and_refuses_others()
    {
        LayerStack<float> model = Serving.Model();
        var server = new ModelServer<float>(model);
        await server.CreateSessionAsync("a");
        HeldServer held = await HeldServer.Hold(server);
        Task<float[]>[] calls = [.. Enumerable.Range(0, 10).Select(step => server.StepAsync("a", Serving.Input(1, step)))];
        Task stop = server.StopAsync();
        await FluentActions.Awaiting(() => server.StepAsync("a", Serving.Input(1, 10))).Should().ThrowAsync<ObjectDisposedException>();
        await held.Release();
        (await Task.WhenAll(calls)).Should().BeEquivalentTo(Serving.Serial(model, 1, 10), options => options.WithStrictOrdering());
        await stop;
        server.IsRunning.Should().BeFalse();
        await FluentActions.Awaiting(() => server.CreateSessionAsync("b")).Should().ThrowAsync<ObjectDisposedException>();
        await FluentActions.Awaiting(() => server.ReloadAsync(model)).Should().ThrowAsync<ObjectDisposedException>();
        await server.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Calls_while_the_server_stops_end(bool isAborted)
    {
        for (int round = 0; round < 200; round++)
        {
            var server = new ModelServer<float>(Serving.Model());
            await server.CreateSessionAsync("a");
            Task[] calls = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(CallAsync))];
            await (isAborted ? server.StopAsync(new CancellationToken(canceled: true)) : server.StopAsync()).ContinueWith(_ => { }, TaskScheduler.Default);
            await Task.WhenAll(calls).WaitAsync(TimeSpan.FromMinutes(1));
            await server.DisposeAsync();

            async Task CallAsync()
            {
                try
                {
                    while (true) await server.StepAsync("a", Serving.Input(1, 0));
                }
                catch (ObjectDisposedException)
                {
                }
            }
        }
    }

    [Fact]
    public async Task Calls_after_the_end_leave_nothing_behind()
    {
        var server = new ModelServer<float>(Serving.Model(), store: new MemorySessionStore());
        await server.StopAsync();
        for (int i = 0; i < 10; i++)
        {
            await FluentActions.Awaiting(() => server.StepAsync($"{i}", Serving.Input(0, 0))).Should().ThrowAsync<ObjectDisposedException>();
            await FluentActions.Awaiting(() => server.CreateSessionAsync()).Should().ThrowAsync<ObjectDisposedException>();
            await FluentActions.Awaiting(() => server.ReloadAsync(Serving.Model())).Should().ThrowAsync<ObjectDisposedException>();
        }

        (server.SessionCount, server.QueueLength, server.Loop.PostedCount).Should().Be((0, 0, 0));
        server.Dispose();
    }

    [Fact]
    public async Task Calls_that_are_refused_leave_nothing_behind()
    {
        await using var server = new ModelServer<float>(Serving.Model(), new() { QueueCapacity = 1, WhenFull = QueueFullMode.Reject });
        await server.CreateSessionAsync("a");
        HeldServer held = await HeldServer.Hold(server);
        Task<float[]> first = server.StepAsync("a", Serving.Input(1, 0));
        for (int i = 0; i < 100; i++) await FluentActions.Awaiting(() => server.StepAsync("a", Serving.Input(1, 1))).Should().ThrowAsync<ServerBusyException>();
        int posted = server.Loop.PostedCount;
        await held.Release();
        await first;
        posted.Should().Be(0);
    }

    [Fact]
    public async Task A_cancelled_stop_fails_the_calls_that_wait()
    {
        var server = new ModelServer<float>(Serving.Model());
        await server.CreateSessionAsync("a");
        HeldServer held = await HeldServer.Hold(server);
        Task<float[]>[] calls = [.. Enumerable.Range(0, 3).Select(step => server.StepAsync("a", Serving.Input(1, step)))];
        await FluentActions.Awaiting(() => server.StopAsync(new CancellationToken(canceled: true))).Should().ThrowAsync<OperationCanceledException>();
        await held.Release();
        foreach (Task<float[]> call in calls) await FluentActions.Awaiting(() => call).Should().ThrowAsync<ObjectDisposedException>();
    }
}
