using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Serialization;

/// <content>Models that must stream, and calls that do not block the caller.</content>
public static partial class ModelFile
{
    /// <summary>Loads a model that can run one step at a time, for a <see cref="Stepper{T}"/>.</summary>
    /// <inheritdoc cref="Load{T}(string, ModelLoadOptions)"/>
    /// <exception cref="InvalidDataException">As for Load, or the model does not stream.</exception>
    public static LoadedModel<T> LoadStreaming<T>(string path, ModelLoadOptions? options = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        LoadedModel<T> loaded = Load<T>(path, options);
        return loaded.Model.IsStreaming ? loaded : throw OpenedFile.InFile(path, NotStreaming(loaded.Model));
    }

    /// <summary>Loads a model that can run one step at a time from a stream.</summary>
    /// <inheritdoc cref="Load{T}(Stream, ModelLoadOptions)"/>
    /// <exception cref="InvalidDataException">As for Load, or the model does not stream.</exception>
    public static LoadedModel<T> LoadStreaming<T>(Stream stream, ModelLoadOptions? options = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        LoadedModel<T> loaded = Load<T>(stream, options);
        return loaded.Model.IsStreaming ? loaded : throw NotStreaming(loaded.Model);
    }

    /// <summary>Saves a model on a thread of the pool. The model must not be trained until the task is complete.</summary>
    /// <inheritdoc cref="Save{T}(ILayer{T}, string, ModelSaveOptions)"/>
    public static Task SaveAsync<T>(ILayer<T> model, string path, ModelSaveOptions? options = null, CancellationToken cancellation = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Task.Run(() => Save(model, path, options), cancellation);
    }

    /// <summary>Loads a model on a thread of the pool.</summary>
    /// <inheritdoc cref="Load{T}(string, ModelLoadOptions)"/>
    public static Task<LoadedModel<T>> LoadAsync<T>(string path, ModelLoadOptions? options = null, CancellationToken cancellation = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check.ElementType<T>();
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Task.Run(() => Load<T>(path, options), cancellation);
    }

    private static InvalidDataException NotStreaming<T>(ILayer<T> model)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new($"Expected a model that streams, got {LayerReport<T>.KindOf(model)}, which cannot run one step at a time.");
}
