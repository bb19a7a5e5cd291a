using System.Numerics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace RnnSharp.Serving;

/// <summary>Starts and stops a server with its application, and reloads a model file that has changed.</summary>
internal sealed class ModelServerHost<T>(Func<ModelServer<T>> server, ModelServerOptions options, TimeProvider time, ILogger logger) : BackgroundService, IHostedLifecycleService
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // The file as it was at the last look, and as it was when it was last loaded.
    private (DateTime Written, long Length) _seen;
    private (DateTime Written, long Length) _loaded;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Looked at before the file is read, so that a change in the meantime is seen.
        _seen = _loaded = Look();
        server();
        return base.StartAsync(cancellationToken);
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Begins to save, because requests that are still running may leave no time for it later.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (server().Store is not null) server().Loop.SaveSoon();
        return Task.CompletedTask;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await server().StopAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            ServingLog.NotSaved(logger, server().Loop.UnsavedCount);
        }
    }

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.ReloadInterval is not { } interval) return;
        using var timer = new PeriodicTimer(interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
                (DateTime Written, long Length) now = Look(), before = _seen;
                _seen = now;

                // A file that has changed since the last look may still be being written.
                if (now == _loaded || now != before || now.Length < 0) continue;
                if (await ReloadAsync(stoppingToken).ConfigureAwait(false)) _loaded = now;
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    /// <returns>Whether the file has been read, even if it was refused: then it is not tried again until it changes.</returns>
    private async Task<bool> ReloadAsync(CancellationToken cancellation)
    {
        try
        {
            await server().ReloadAsync(cancellation: cancellation).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The server has logged it and keeps its model.
            return exception is not (IOException or UnauthorizedAccessException);
        }
    }

    /// <summary>When the file was written, and its length; -1 if it is not there.</summary>
    private (DateTime Written, long Length) Look()
    {
        var file = new FileInfo(options.ModelPath!);
        return file.Exists ? (file.LastWriteTimeUtc, file.Length) : (default, -1);
    }
}
