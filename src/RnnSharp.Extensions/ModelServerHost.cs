using System.Numerics;
using Microsoft.Extensions.Hosting;

namespace RnnSharp.Serving;

/// <summary>Starts and stops a server with its application, and reloads a model file that has changed.</summary>
internal sealed class ModelServerHost<T>(Func<ModelServer<T>> server, ModelServerOptions options, TimeProvider time) : BackgroundService
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private (DateTime Written, long Length) _seen;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Looked at before the file is read, so that a change in the meantime is seen.
        _seen = Look();
        server();
        return base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        await server().StopAsync(cancellationToken).ConfigureAwait(false);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.ReloadInterval is not { } interval) return;
        using var timer = new PeriodicTimer(interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
                (DateTime Written, long Length) now = Look();
                if (now == _seen || now.Length < 0) continue;
                _seen = now;
                await ReloadAsync(stoppingToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task ReloadAsync(CancellationToken cancellation)
    {
        try
        {
            await server().ReloadAsync(cancellation: cancellation).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The server has logged it and keeps its model. The file is tried again when it changes.
        }
    }

    /// <summary>When the file was written, and its length; -1 if it is not there.</summary>
    private (DateTime Written, long Length) Look()
    {
        var file = new FileInfo(options.ModelPath!);
        return file.Exists ? (file.LastWriteTimeUtc, file.Length) : (default, -1);
    }
}
