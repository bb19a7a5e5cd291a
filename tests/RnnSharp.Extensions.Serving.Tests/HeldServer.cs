namespace RnnSharp.Serving.Tests;

/// <summary>Holds the loop of a server within a step of a session of its own, so that every other call waits.</summary>
internal sealed class HeldServer : IAsyncDisposable
{
    private readonly ManualResetEventSlim _held = new();
    private readonly ManualResetEventSlim _released = new();
    private Task _step = Task.CompletedTask;

    public static async Task<HeldServer> Hold(ModelServer<float> server)
    {
        var holder = new HeldServer();
        await server.CreateSessionAsync("holder");
        var memory = new WatchedMemory(server.OutputSize, () =>
        {
            holder._held.Set();
            holder._released.Wait();
        });
        holder._step = server.StepAsync("holder", new float[server.InputSize], memory.Memory).AsTask();
        holder._held.Wait();
        return holder;
    }

    public async Task Release()
    {
        _released.Set();
        await _step;
    }

    public async ValueTask DisposeAsync() => await Release();
}
