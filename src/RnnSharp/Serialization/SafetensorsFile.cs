namespace RnnSharp.Serialization;

/// <summary>
/// Opens safetensors files as tensors (https://github.com/huggingface/safetensors#format). To load a model that
/// <see cref="ModelFile.Save{T}(ILayer{T}, string, ModelSaveOptions)"/> wrote, use <see cref="ModelFile"/> itself.
/// </summary>
public static class SafetensorsFile
{
    /// <summary>Opens a file. It stays open until the source is disposed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">Limits for the header; the defaults when null.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="InvalidDataException">It is not a safetensors file, is damaged, or exceeds the limits. The message starts with the path.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static TensorSource Open(string path, ModelLimits? limits = null) => OpenedFile.Read<TensorSource>(path, stream => new SafetensorsReader(stream, limits ?? new ModelLimits(), ownsStream: true));

    /// <summary>Opens what a stream has from its position to its end. A stream that cannot seek is read into memory.</summary>
    /// <param name="stream">A safetensors file, and nothing after it. The source reads it until it is disposed, and leaves it open, at an unspecified position.</param>
    /// <param name="limits">Limits for the header; the defaults when null.</param>
    /// <exception cref="ArgumentException">The stream is not readable.</exception>
    /// <exception cref="InvalidDataException">As for a path.</exception>
    public static TensorSource Open(Stream stream, ModelLimits? limits = null)
    {
        OpenedFile.RequireReadable(stream);
        return new SafetensorsReader(stream, limits ?? new ModelLimits());
    }
}
