using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using RnnSharp.Layers;
using Xunit;

namespace RnnSharp.Serving.Tests;

/// <summary>What happens to a session while it is being saved without a call.</summary>
public sealed class BackgroundSaveTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly SlowStore _store = new();
    private readonly LayerStack<float> _model = Serving.Model();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_save_or_close_behind_a_step_and_a_background_save_runs_once(bool closes)
    {
        await using ModelServer<float> server = Server();
        await server.CreateSessionAsync("a");
        await HoldBackgroundSave(server);
        int writes = 0;
        using ManualResetEventSlim begun = new(), queued = new();
        var memory = new WatchedMemory(2 * Serving.Outputs, () =>
        {
            if (++writes == 1)
            {
                begun.Set();
                queued.Wait();
            }
            else
            {
                // Long enough that the end of the save waits for the loop, which is in here.
                _store.Release();
                Thread.Sleep(200);
            }
        });
        Task<StepResult> step = server.StepAsync("a", (float[])[.. Serving.Input(1, 0), .. Serving.Input(1, 1)], memory.Memory).AsTask();
        begun.Wait();
        Task call = closes ? server.CloseSessionAsync("a") : server.SaveSessionAsync("a");
        queued.Set();
        await step;
        await call;

        await server.CreateSessionAsync("b");
        await server.StepAsync("b", Serving.Input(0, 0));
        if (closes)
        {
            (await _store.ListAsync()).Should().BeEmpty();
            await FluentActions.Awaiting(() => server.StepAsync("a", Serving.Input(1, 2))).Should().ThrowAsync<SessionNotFoundException>();
        }
        else
        {
            _store.Saves.Should().Be(2);
            (await server.StepAsync("a", Serving.Input(1, 2))).Should().Equal(Serving.Serial(_model, 1, 3)[2]);
        }

        server.IsRunning.Should().BeTrue();
    }

    [Fact]
    public async Task Steps_copies_and_restores_do_not_wait_for_a_background_save()
    {
        ModelServer<float> server = Server();
        await server.CreateSessionAsync("a");
        await server.StepsAsync("a", 1, 0, 3);
        byte[] bytes = await server.ExportSessionAsync("a");
        await HoldBackgroundSave(server);
        await server.StepsAsync("a", 1, 3, 5);
        (await server.GetSessionAsync("a")).Steps.Should().Be(5);
        (await server.ExportSessionAsync("a")).Should().NotEqual(bytes);
        await server.RestoreSessionAsync("a", bytes);
        await server.StepsAsync("a", 1, 3, 4);
        byte[] last = await server.ExportSessionAsync("a");
        _store.Release();
        await server.DisposeAsync();
        (await _store.LoadAsync("a")).Should().Equal(last, "it has changed since the background save");
    }

    [Fact]
    public async Task A_save_and_a_close_wait_for_a_background_save()
    {
        ModelServer<float> server = Server();
        await server.CreateSessionAsync("a");
        await HoldBackgroundSave(server);
        await server.StepsAsync("a", 1, 0, 2);
        byte[] bytes = await server.ExportSessionAsync("a");
        Task save = server.SaveSessionAsync("a"), close = server.CloseSessionAsync("a");
        Task<float[]> after = server.StepAsync("a", Serving.Input(1, 2));
        await server.CreateSessionAsync("b"); // the loop has come past them
        (save.IsCompleted, close.IsCompleted).Should().Be((false, false));
        _store.Saves.Should().Be(1);
        _store.Release();
        await save;
        await close;
        await FluentActions.Awaiting(() => after).Should().ThrowAsync<SessionNotFoundException>();
        _store.Saves.Should().Be(2);
        (await _store.ListAsync()).Should().BeEmpty();
        await server.RestoreSessionAsync("a", bytes);
        (await server.StepAsync("a", Serving.Input(1, 2))).Should().Equal(Serving.Serial(_model, 1, 3)[2]);
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_few_sessions_are_saved_at_a_time_and_calls_have_places_of_their_own()
    {
        ModelServer<float> server = Server();
        string[] ids = [.. Enumerable.Range(0, 20).Select(session => $"{session}")];
        foreach (string id in ids) await server.CreateSessionAsync(id);
        _store.Hold();
        _time.Advance(Second);
        await Serving.Until(() => _store.Saves >= 4);
        await server.CreateSessionAsync("x");
        _store.Saves.Should().Be(4);
        Task save = server.SaveSessionAsync("x");
        await Serving.Until(() => _store.Saves >= 5);
        foreach (string id in ids) await server.StepsAsync(id, 0, 0, 1);
        _time.Advance(Second);
        await server.StepsAsync("0", 0, 1, 2);
        _store.Saves.Should().Be(5);
        _store.Release();
        await save;
        _store.MostAtOnce.Should().Be(5);
        await server.DisposeAsync();
        (await _store.ListAsync()).Should().BeEquivalentTo([.. ids, "x"]);
    }

    private ModelServer<float> Server() => new(_model, new() { SaveInterval = Second, IdleTimeout = null }, _store, _time);

    private async Task HoldBackgroundSave(ModelServer<float> server)
    {
        _store.Hold();
        _time.Advance(Second);
        await Serving.Until(() => _store.Saves == 1 || !server.IsRunning);
    }
}
