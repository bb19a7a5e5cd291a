using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Tests.Serialization;
using Xunit;

namespace RnnSharp.Serving.Tests;

public sealed class StoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("memory")]
    [InlineData("folder")]
    public async Task A_store_saves_replaces_lists_and_deletes(string kind)
    {
        ISessionStore store = string.Equals(kind, "memory", StringComparison.Ordinal) ? new MemorySessionStore() : new FolderSessionStore(_folder.FullName);
        string[] ids = ["../../etc/passwd", "a/b\\c", "CON", "con", "é\0", new string('x', 100)];
        foreach (string id in ids) await store.SaveAsync(id, new byte[] { 1, 2, (byte)id.Length });
        foreach (string id in ids) (await store.LoadAsync(id)).Should().Equal(1, 2, (byte)id.Length);
        (await store.ListAsync()).Should().BeEquivalentTo(ids);
        await store.SaveAsync("con", new byte[] { 7 });
        (await store.LoadAsync("con")).Should().Equal(7);
        (await store.LoadAsync("CON")).Should().Equal(1, 2, 3);
        (await store.DeleteAsync("con")).Should().BeTrue();
        (await store.DeleteAsync("con")).Should().BeFalse();
        (await store.LoadAsync("con")).Should().BeNull();
        await FluentActions.Awaiting(() => store.SaveAsync("", default)).Should().ThrowAsync<ArgumentException>();
        await FluentActions.Awaiting(() => store.LoadAsync(new string('x', 101))).Should().ThrowAsync<ArgumentException>();
    }

    [Fact]
    public async Task A_folder_has_files_of_hexadecimal_names_only_and_ignores_others()
    {
        _folder.Write("61.partial", "left by a killed process"u8);
        _folder.Write("notes.session", "no hexadecimal name"u8);
        var store = new FolderSessionStore(_folder.FullName, maxBytes: 100);
        await store.SaveAsync("../a", new byte[] { 1 });
        _folder.Names.Should().Equal("2e2e2f61.session", "notes.session");
        (await store.ListAsync()).Should().Equal("../a");
        await FluentActions.Awaiting(() => store.SaveAsync("../a", new byte[101])).Should().ThrowAsync<ArgumentException>().WithMessage("*at most 100 bytes, got 101*");
        (await store.LoadAsync("../a")).Should().Equal(1);
        _folder.Write("2e2e2f61.session", new byte[101]);
        await FluentActions.Awaiting(() => store.LoadAsync("../a")).Should().ThrowAsync<InvalidDataException>().WithMessage("*100 bytes*101*");
    }

    [Fact]
    public async Task Sessions_that_have_not_been_saved_for_long_are_deleted()
    {
        var store = new FolderSessionStore(_folder.FullName);
        foreach (string id in new[] { "old", "new" }) await store.SaveAsync(id, new byte[] { 1 });
        string other = Path.Combine(_folder.FullName, "other.session"); // no name of a session
        await File.WriteAllTextAsync(other, "");
        DateTime monthAgo = DateTime.UtcNow - TimeSpan.FromDays(31);
        File.SetLastWriteTimeUtc(other, monthAgo);
        File.SetLastWriteTimeUtc(Path.Combine(_folder.FullName, $"{Convert.ToHexStringLower("old"u8)}.session"), monthAgo);

        (await store.DeleteUnusedAsync(TimeSpan.FromDays(30))).Should().Be(1);
        (await store.ListAsync()).Should().Equal("new");
        File.Exists(other).Should().BeTrue();
        (await store.DeleteUnusedAsync(TimeSpan.FromDays(30))).Should().Be(0);
        await FluentActions.Awaiting(() => store.DeleteUnusedAsync(TimeSpan.FromTicks(-1))).Should().ThrowAsync<ArgumentOutOfRangeException>();
    }

    [Fact]
    public async Task A_restarted_server_continues_every_session()
    {
        LayerStack<float> model = Serving.Model();
        string[] ids = [.. Enumerable.Range(0, 30).Select(session => $"session {session}")];
        var options = new ModelServerOptions { SessionFolder = _folder.FullName };
        await using (var server = new ModelServer<float>(model, options))
        {
            await Task.WhenAll(ids.Select(async (id, session) =>
            {
                await server.CreateSessionAsync(id);
                await server.StepsAsync(id, session, 0, 5 + session);
            }));
        }

        await using var restarted = new ModelServer<float>(model, options);
        restarted.SessionCount.Should().Be(0);
        await Task.WhenAll(ids.Select(async (id, session) =>
            (await restarted.StepsAsync(id, session, 5 + session, 10 + session)).Should().BeEquivalentTo(Serving.Serial(model, session, 10 + session)[^5..], with => with.WithStrictOrdering())));
        await FluentActions.Awaiting(() => restarted.CreateSessionAsync(ids[0])).Should().ThrowAsync<SessionExistsException>();
        await FluentActions.Awaiting(() => restarted.StepAsync("unknown", Serving.Input(0, 0))).Should().ThrowAsync<SessionNotFoundException>();
        restarted.SessionCount.Should().Be(30);
        await restarted.CloseSessionAsync(ids[1]);
        (await restarted.Store!.ListAsync()).Should().HaveCount(29);
    }

    [Fact]
    public async Task A_saved_session_continues_from_where_it_was_saved_after_a_kill()
    {
        LayerStack<float> model = Serving.Model();
        var options = new ModelServerOptions { SessionFolder = _folder.FullName };
        var killed = new ModelServer<float>(model, options);
        await killed.CreateSessionAsync("a");
        await killed.StepsAsync("a", 1, 0, 4);
        Task save = killed.SaveSessionAsync("a");
        await killed.StepsAsync("a", 1, 4, 6);
        await save;

        // As if the process had been killed: nothing is saved at the end.
        await FluentActions.Awaiting(() => killed.StopAsync(new CancellationToken(canceled: true))).Should().ThrowAsync<OperationCanceledException>();
        await using var restarted = new ModelServer<float>(model, options);
        SessionInfo<float> info = await restarted.GetSessionAsync("a");
        info.Steps.Should().Be(4);
        info.LastOutput.Should().Equal(Serving.Serial(model, 1, 4)[3]);
        (await restarted.StepAsync("a", Serving.Input(1, 4), new float[Serving.Outputs])).FirstStep.Should().Be(4);
        (await restarted.StepAsync("a", Serving.Input(1, 5))).Should().Equal(Serving.Serial(model, 1, 6)[5]);
    }

    [Fact]
    public async Task A_damaged_file_fails_its_session_until_it_is_closed_or_restored()
    {
        var options = new ModelServerOptions { SessionFolder = _folder.FullName };
        await using (var server = new ModelServer<float>(Serving.Model(), options)) await server.CreateSessionAsync("a");
        File.WriteAllBytes(_folder[_folder.Names[0]], [1, 2, 3]);
        await using var restarted = new ModelServer<float>(Serving.Model(), options);
        await FluentActions.Awaiting(() => restarted.StepAsync("a", Serving.Input(0, 0))).Should().ThrowAsync<InvalidDataException>();
        await FluentActions.Awaiting(() => restarted.CreateSessionAsync("a")).Should().ThrowAsync<InvalidDataException>();
        await restarted.CloseSessionAsync("a");
        await restarted.CreateSessionAsync("a");
    }

    [Fact]
    public async Task A_store_that_fails_is_reported_and_the_session_stays()
    {
        var store = new FailingStore();
        LayerStack<float> model = Serving.Model();
        var server = new ModelServer<float>(model, store: store);
        await server.CreateSessionAsync("a");
        await server.StepsAsync("a", 1, 0, 2);
        store.Fails = true;
        await FluentActions.Awaiting(() => server.SaveSessionAsync("a")).Should().ThrowAsync<IOException>();
        await FluentActions.Awaiting(() => server.CloseSessionAsync("a")).Should().ThrowAsync<IOException>();
        await FluentActions.Awaiting(() => server.StepAsync("b", Serving.Input(0, 0))).Should().ThrowAsync<IOException>();
        server.SaveFault.Should().Be("full");
        (await server.StepAsync("a", Serving.Input(1, 2))).Should().Equal(Serving.Serial(model, 1, 3)[2]);
        store.Fails = false;
        await server.SaveSessionAsync("a");
        server.SaveFault.Should().BeNull();
        store.Fails = true;
        await server.DisposeAsync();
    }

    private sealed class FailingStore : ISessionStore
    {
        private readonly MemorySessionStore _store = new();

        public bool Fails { get; set; }

        public Task SaveAsync(string id, ReadOnlyMemory<byte> session, CancellationToken cancellation = default) => Fails ? throw new IOException("full") : _store.SaveAsync(id, session, cancellation);

        public Task<byte[]?> LoadAsync(string id, CancellationToken cancellation = default) => Fails ? throw new IOException("gone") : _store.LoadAsync(id, cancellation);

        public Task<bool> DeleteAsync(string id, CancellationToken cancellation = default) => Fails ? throw new IOException("locked") : _store.DeleteAsync(id, cancellation);

        public Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellation = default) => _store.ListAsync(cancellation);
    }
}
