using System.Numerics;

namespace RnnSharp.Serialization;

/// <summary>
/// Reads what <c>torch.save(model.state_dict(), path)</c> writes (.pt and .pth; since PyTorch 1.6), and safetensors files, and writes files
/// for PyTorch. A file may be hostile: its pickle is never executed, and whatever it refers to beyond tensors and plain values is refused by name.
/// PyTorch's legacy format and TorchScript archives are refused.
/// </summary>
public static partial class PyTorchFile
{
    private const int SafetensorsPrefix = sizeof(ulong);

    /// <summary>Opens a file of torch.save or a safetensors file, told apart by their first bytes. It stays open until the source is disposed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">The state dictionary to open, and limits; the defaults when null.</param>
    /// <returns>The tensors of the state dictionary. Values that are no tensors are left out.</returns>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="InvalidDataException">It is no such file, is damaged, has something else than tensors and plain values, has several state dictionaries, or exceeds the limits. The message starts with the path.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static TensorSource Open(string path, PyTorchOptions? options = null) => OpenedFile.Read(path, stream => Open(stream, options ?? PyTorchOptions.Default, ownsStream: true));

    /// <summary>Opens what a stream has from its position to its end. A stream that cannot seek is read into memory.</summary>
    /// <param name="stream">A file of torch.save or a safetensors file, and nothing after it. The source reads it until it is disposed, and leaves it open, at an unspecified position.</param>
    /// <param name="options">The state dictionary to open, and limits; the defaults when null.</param>
    /// <returns>The tensors of the state dictionary. Values that are no tensors are left out.</returns>
    /// <exception cref="ArgumentException">The stream is not readable.</exception>
    /// <exception cref="InvalidDataException">As for a path.</exception>
    public static TensorSource Open(Stream stream, PyTorchOptions? options = null)
    {
        OpenedFile.RequireReadable(stream);
        return Open(stream, options ?? PyTorchOptions.Default, ownsStream: false);
    }

    /// <summary>
    /// Copies the tensors of a file into a model. The parameters are written only after everything has been read and validated, so that the
    /// model is unchanged if anything fails.
    /// </summary>
    /// <typeparam name="T">float or double; values of the other type, and of 16 bits, are converted.</typeparam>
    /// <param name="model">A model of layers that the options' formats support.</param>
    /// <param name="path">A file of torch.save or a safetensors file.</param>
    /// <param name="options">A map of names (see <see cref="NameMap"/>), formats and limits; the defaults when null.</param>
    /// <param name="probe">An input and its output, which a copy of the model with the file's values must compute first; none when null.</param>
    /// <param name="key">Where the state dictionary is, as in <see cref="PyTorchOptions.Key"/>; found as there when null.</param>
    /// <exception cref="ArgumentException">No format supports one of the layers, or the path is empty.</exception>
    /// <exception cref="InvalidDataException">As for <see cref="Open(string, PyTorchOptions)"/> and <see cref="ModelFile.LoadInto{T}(ILayer{T}, TensorSource, ModelLoadIntoOptions, ModelProbe{T})"/>. The message starts with the path.</exception>
    /// <exception cref="InvalidOperationException">The call comes from within an update of one of the model's parameters.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static void LoadInto<T>(ILayer<T> model, string path, ModelLoadIntoOptions? options = null, ModelProbe<T>? probe = null, string? key = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        InFile(path, new PyTorchOptions { Key = key, Limits = (options ?? ModelLoadIntoOptions.Default).Limits }, file => ModelFile.LoadInto(model, file, options, probe));
    }

    private static TResult InFile<TResult>(string path, PyTorchOptions? options, Func<TensorSource, TResult> use)
    {
        using TensorSource file = Open(path, options);
        try
        {
            return use(file);
        }
        catch (InvalidDataException exception)
        {
            throw OpenedFile.InFile(path, exception);
        }
    }

    private static TensorSource Open(Stream stream, PyTorchOptions options, bool ownsStream)
    {
        stream = ChunkedCopy.Seekable(stream, options.Limits);
        long origin = stream.Position;
        Span<byte> start = stackalloc byte[SafetensorsPrefix + 1];
        start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        stream.Position = origin;
        if (start.StartsWith("PK"u8)) return PyTorchArchive.Open(stream, options, ownsStream);
        if (start.Length > SafetensorsPrefix && start[SafetensorsPrefix] == '{') return new SafetensorsReader(stream, options.Limits, ownsStream);
        throw new InvalidDataException(start.StartsWith((ReadOnlySpan<byte>)[0x80])
            ? "This is a pickle, as PyTorch's legacy format before version 1.6, which is not read. Load it in PyTorch and save it again: torch.save(state_dict, path)."
            : "Expected a file of torch.save or a safetensors file, got neither.");
    }
}
