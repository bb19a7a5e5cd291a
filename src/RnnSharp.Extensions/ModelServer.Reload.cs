using RnnSharp.Numerics;
using RnnSharp.Serialization;

namespace RnnSharp.Serving;

/// <content>Replacing the model.</content>
public sealed partial class ModelServer<T>
{
    private readonly SemaphoreSlim _reloading = new(1);

    /// <summary>Loads a model file and serves its model from now on. Calls that have begun end on the old model; all sessions keep their states.</summary>
    /// <param name="path">The file; when null, the options' <see cref="ModelServerOptions.ModelPath"/>.</param>
    /// <param name="cancellation">Cancels the call before the model is replaced.</param>
    /// <exception cref="ArgumentException">There is no path.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or its model does not stream, or has other layers, sizes or options than the present one, or metadata that the options refuse. The present model stays.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read. The present model stays.</exception>
    /// <exception cref="ObjectDisposedException">The server has stopped.</exception>
    public Task ReloadAsync(string? path = null, CancellationToken cancellation = default)
    {
        path ??= _options.ModelPath;
        if (string.IsNullOrEmpty(path)) throw Check.Shape(nameof(path), $"a path, or a {nameof(ModelServerOptions.ModelPath)} in the options", "none");
        return ReplaceAsync(path, () => ModelFile.LoadStreaming<T>(path, _options.ModelLoading) is var loaded ? (loaded.Model, loaded.Metadata) : default, cancellation);
    }

    /// <summary>Serves another model from now on. Calls that have begun end on the old model; all sessions keep their states.</summary>
    /// <param name="model">A model with the same layers, sizes and options as the present one.</param>
    /// <param name="cancellation">Cancels the call before the model is replaced.</param>
    /// <exception cref="ArgumentException">The model is null, or has layers that the options' formats do not support.</exception>
    /// <exception cref="InvalidDataException">The model has other layers, sizes or options than the present one, or the options refuse one without metadata. The present model stays.</exception>
    /// <exception cref="ObjectDisposedException">The server has stopped.</exception>
    public Task ReloadAsync(ILayer<T> model, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        return ReplaceAsync("memory", () => (model, null), cancellation);
    }

    private async Task ReplaceAsync(string from, Func<(ILayer<T> Model, IReadOnlyDictionary<string, string>? Metadata)> load, CancellationToken cancellation)
    {
        await _reloading.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            ServedModel<T> present = _loop.Model;
            ServedModel<T> next = await Task.Run(
                () =>
                {
                    (ILayer<T> model, IReadOnlyDictionary<string, string>? metadata) = load();
                    return new ServedModel<T>(model, metadata, _options.ModelLoading.Formats, present.Version + 1);
                },
                cancellation).ConfigureAwait(false);
            if (!string.Equals(next.Description, present.Description, StringComparison.Ordinal))
                throw new InvalidDataException($"Expected a model with the layers of the present one, {present.Model}, whose sessions it continues, got {next.Model}. Start another server for it.");
            CheckMetadata(next);
            cancellation.ThrowIfCancellationRequested();
            ReloadFault = null;
            await _loop.SwapAsync(next).ConfigureAwait(false);
            _loop.Metrics.Reloaded(done: true);
            ServingLog.Reloaded(_logger, from, next.Version);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or ObjectDisposedException))
        {
            ReloadFault = exception.Message;
            _loop.Metrics.Reloaded(done: false);
            ServingLog.ReloadFailed(_logger, from, exception);
            throw;
        }
        finally
        {
            _reloading.Release();
        }
    }
}
