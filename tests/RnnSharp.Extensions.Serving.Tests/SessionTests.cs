using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Serialization;
using Xunit;

namespace RnnSharp.Serving.Tests;

public sealed class SessionTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task An_exported_session_continues_with_the_same_bits_elsewhere()
    {
        LayerStack<float> model = Serving.Model();
        float[][] expected = Serving.Serial(model, 5, 20);
        await using var server = new ModelServer<float>(model);
        string id = await server.CreateSessionAsync();
        await server.StepsAsync(id, 5, 0, 10);
        byte[] bytes = await server.ExportSessionAsync(id);

        await using var other = new ModelServer<float>(Serving.Model());
        await other.RestoreSessionAsync("copy", bytes);
        var previous = new float[Serving.Outputs];
        (await other.StepAsync("copy", Serving.Input(5, 10), new float[Serving.Outputs], previous)).FirstStep.Should().Be(10);
        previous.Should().Equal(expected[9]);
        (await other.StepsAsync("copy", 5, 11, 20)).Should().BeEquivalentTo(expected[11..], options => options.WithStrictOrdering());

        await other.RestoreSessionAsync("copy", bytes);
        (await other.StepsAsync("copy", 5, 10, 20)).Should().BeEquivalentTo(expected[10..], options => options.WithStrictOrdering());
        (await server.ExportSessionAsync(id)).Should().Equal(bytes);
    }

    [Fact]
    public async Task Hostile_bytes_are_refused_and_change_nothing()
    {
        await using var server = new ModelServer<float>(Serving.Model());
        await server.CreateSessionAsync("a");
        await server.StepsAsync("a", 1, 0, 3);
        byte[] bytes = await server.ExportSessionAsync("a");
        var random = new Random(1);
        for (int i = 0; i < 2000; i++)
        {
            byte[] damaged = [.. bytes];
            if (i % 3 == 0) damaged = damaged[..random.Next(damaged.Length)];
            else if (i % 3 == 1) damaged[i < 600 ? (i / 3) % damaged.Length : random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            else damaged = [.. damaged, (byte)i];
            await FluentActions.Awaiting(() => server.RestoreSessionAsync(i % 2 == 0 ? "a" : "b", damaged)).Should().ThrowAsync<InvalidDataException>();
        }

        (await server.ExportSessionAsync("a")).Should().Equal(bytes);
        server.SessionCount.Should().Be(1);
    }

    [Fact]
    public async Task A_count_of_steps_that_could_overflow_is_refused()
    {
        await using var server = new ModelServer<float>(Serving.Model());
        await server.CreateSessionAsync("a");
        byte[] bytes = await server.ExportSessionAsync("a");
        await FluentActions.Awaiting(() => server.RestoreSessionAsync("a", With(long.MaxValue / 2 + 1))).Should().ThrowAsync<InvalidDataException>().WithMessage("*steps, got*");
        await FluentActions.Awaiting(() => server.RestoreSessionAsync("a", With(-1))).Should().ThrowAsync<InvalidDataException>().WithMessage("*steps, got*");
        await server.RestoreSessionAsync("a", With(long.MaxValue / 2));
        await server.StepAsync("a", Serving.Input(0, 0));
        (await server.GetSessionAsync("a")).Steps.Should().Be(long.MaxValue / 2 + 1);

        byte[] With(long steps)
        {
            const int StepsAt = 48;
            byte[] changed = [.. bytes];
            BinaryPrimitives.WriteInt64LittleEndian(changed.AsSpan(StepsAt), steps);
            SHA256.HashData(changed.AsSpan(..^SHA256.HashSizeInBytes), changed.AsSpan(^SHA256.HashSizeInBytes..));
            return changed;
        }
    }

    [Fact]
    public async Task Bytes_of_another_model_are_refused()
    {
        await using var server = new ModelServer<float>(new LstmLayer<float>(2, 3, seed: 1));
        await server.CreateSessionAsync("a");
        byte[] bytes = await server.ExportSessionAsync("a");

        // The state has the same leaves, but the units mean something else.
        await using var peepholes = new ModelServer<float>(new LstmLayer<float>(2, 3, seed: 1, new() { Peepholes = true }));
        await using var doubles = new ModelServer<double>(new LstmLayer<double>(2, 3, seed: 1));
        await FluentActions.Awaiting(() => peepholes.RestoreSessionAsync("a", bytes)).Should().ThrowAsync<InvalidDataException>().WithMessage("*other layers*");
        await FluentActions.Awaiting(() => doubles.RestoreSessionAsync("a", bytes)).Should().ThrowAsync<InvalidDataException>().WithMessage("*8 bytes*4*");
    }

    [Fact]
    public async Task Sessions_are_created_closed_and_not_found()
    {
        await using var server = new ModelServer<float>(Serving.Model());
        await server.CreateSessionAsync("a");
        await FluentActions.Awaiting(() => server.CreateSessionAsync("a")).Should().ThrowAsync<SessionExistsException>();
        await server.StepsAsync("a", 1, 0, 3);
        await server.CloseSessionAsync("a");
        server.SessionCount.Should().Be(0);
        await FluentActions.Awaiting(() => server.StepAsync("a", Serving.Input(0, 0))).Should().ThrowAsync<SessionNotFoundException>();
        await FluentActions.Awaiting(() => server.CloseSessionAsync("a")).Should().ThrowAsync<SessionNotFoundException>();
        await FluentActions.Awaiting(() => server.ExportSessionAsync("a")).Should().ThrowAsync<SessionNotFoundException>();
        await FluentActions.Awaiting(() => server.GetSessionAsync("a")).Should().ThrowAsync<SessionNotFoundException>();
        await FluentActions.Awaiting(() => server.SaveSessionAsync("a")).Should().ThrowAsync<InvalidOperationException>().WithMessage("*store*");
        await server.CreateSessionAsync("a");
        (await server.StepsAsync("a", 2, 0, 3)).Should().BeEquivalentTo(Serving.Serial(server.Model, 2, 3), options => options.WithStrictOrdering(), "a session that is created again starts anew");
    }

    [Fact]
    public async Task Calls_behind_the_end_of_their_session_fail()
    {
        await using var server = new ModelServer<float>(Serving.Model());
        await server.CreateSessionAsync("a");
        HeldServer held = await HeldServer.Hold(server);
        Task<float[]> before = server.StepAsync("a", Serving.Input(0, 0));
        Task close = server.CloseSessionAsync("a");
        Task<float[]> after = server.StepAsync("a", Serving.Input(0, 1));
        await held.Release();
        await before;
        await close;
        await FluentActions.Awaiting(() => after).Should().ThrowAsync<SessionNotFoundException>();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_idle_session_expires(bool withStore)
    {
        var time = new FakeTimeProvider();
        LayerStack<float> model = Serving.Model();
        float[][] expected = Serving.Serial(model, 1, 10);
        await using var server = new ModelServer<float>(model, new() { IdleTimeout = 4 * Minute }, withStore ? new MemorySessionStore() : null, time);
        await server.CreateSessionAsync("idle");
        await server.CreateSessionAsync("busy");
        await server.StepsAsync("idle", 1, 0, 5);
        for (int minute = 0; minute < 6; minute++)
        {
            server.SessionCount.Should().Be(minute < 4 ? 2 : 1);
            time.Advance(Minute);
            await server.StepAsync("busy", Serving.Input(2, minute));
            if (minute == 3) await Serving.Until(() => server.SessionCount == 1);
        }

        if (withStore) (await server.StepsAsync("idle", 1, 5, 10)).Should().BeEquivalentTo(expected[5..], options => options.WithStrictOrdering(), "it continues from the store");
        else await FluentActions.Awaiting(() => server.StepAsync("idle", Serving.Input(1, 5))).Should().ThrowAsync<SessionNotFoundException>();
        (await server.StepAsync("busy", Serving.Input(2, 6))).Should().Equal(Serving.Serial(model, 2, 7)[6]);
    }

    [Fact]
    public async Task Sessions_that_leave_memory_all_the_time_continue_with_the_same_bits()
    {
        using var folder = new TemporaryFolder();
        LayerStack<float> model = Serving.Model();
        var time = new FakeTimeProvider();
        using Counters counters = new Counters().Listen();
        await using var server = new ModelServer<float>(model, new() { IdleTimeout = TimeSpan.FromSeconds(1), SaveInterval = TimeSpan.FromSeconds(3), SessionFolder = folder.FullName }, timeProvider: time, meterFactory: counters.Meters);
        using var ended = new CancellationTokenSource();
        Task clock = Task.Run(async () =>
        {
            while (!ended.IsCancellationRequested)
            {
                time.Advance(TimeSpan.FromSeconds(1));
                await Task.Delay(1);
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 8).Select(session => Task.Run(async () =>
        {
            string id = await server.CreateSessionAsync();
            float[][] expected = Serving.Serial(model, session, 60);
            for (int step = 0; step < 60; step++)
            {
                if (step % 6 == session % 6) await Task.Delay(10); // several seconds of the clock
                (await server.StepAsync(id, Serving.Input(session, step))).Should().Equal(expected[step]);
            }
        })));
        await ended.CancelAsync();
        await clock;
        counters.Sum(ModelServerMeter.Expired).Should().BePositive();
    }

    [Fact]
    public async Task A_session_id_is_any_text_of_100_bytes()
    {
        await using var server = new ModelServer<float>(Serving.Model());
        foreach (string id in new[] { "../a", "a/b", "nul", "ä", new string('é', 50), "\0", " " }) await server.CreateSessionAsync(id);
        foreach (string id in new[] { "", new string('a', 101), new string('é', 51), "\ud800", "a\udc00b" })
            await FluentActions.Awaiting(() => server.CreateSessionAsync(id)).Should().ThrowAsync<ArgumentException>();
        await FluentActions.Awaiting(() => server.CreateSessionAsync((string)null!)).Should().ThrowAsync<ArgumentNullException>();
        Encoding.UTF8.GetByteCount(await server.CreateSessionAsync()).Should().Be(32);
    }
}
