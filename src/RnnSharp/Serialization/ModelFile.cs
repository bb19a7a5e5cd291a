using System.Numerics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using RnnSharp.Numerics;

namespace RnnSharp.Serialization;

/// <summary>
/// Saves models as safetensors files (https://github.com/huggingface/safetensors#format) and loads them. Tensors have PyTorch's names,
/// shapes and meaning, so a module of the same shape can load them with <c>load_state_dict</c>: a single layer has weight_ih_l0,
/// weight_hh_l0, bias_ih_l0 and bias_hh_l0 (recurrent) or weight and bias (dense, layer normalization); the names of a stack's layers are
/// prefixed with their indices, as in an nn.Sequential or nn.ModuleList (0.weight_ih_l0, 1.weight), and those of a residual layer with 0.
/// A bidirectional layer of two recurrent layers has PyTorch's names, with weight_ih_l0_reverse and so on for the backward direction; one of
/// other layers has forward.0.weight_ih_l0, backward.weight and so on. Where PyTorch has two biases that are only ever added and the layer
/// has one, the second is written as zeros, and the two are added when read. Weights that several layers share are stored once, under their
/// first name.
/// <para>The file's metadata describes the model, so <see cref="Load{T}(string, ModelLoadOptions)"/> needs nothing but the file.
/// <see cref="LoadInto{T}(ILayer{T}, string, ModelLoadIntoOptions, ModelProbe{T})"/> copies the tensors of any safetensors file into an existing model.
/// Parameters' Frozen flags are not saved.</para>
/// <para>A file contains a SHA-256 of itself, so a damaged one is rejected. An untrusted file may be hostile: its header is checked against
/// its own length and against <see cref="ModelLimits"/> before anything of a size that it states is allocated, and it contains no type names
/// and no paths.</para>
/// </summary>
public static partial class ModelFile
{
    // From here on, reading once instead of three times is worth a thread.
    private const long LargeBytes = 1 << 22;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// Saves a model. The file is written under another name in the same folder, flushed to the disk and renamed, so that an existing file is
    /// unchanged if anything fails. A replaced file keeps its permissions. The same model and metadata give the same bytes.
    /// </summary>
    /// <typeparam name="T">float (saved as F32) or double (F64).</typeparam>
    /// <param name="model">A model of layers that the options' formats support.</param>
    /// <param name="path">The file, in an existing folder.</param>
    /// <param name="options">Metadata, formats and limits; the defaults when null.</param>
    /// <exception cref="ArgumentException">No format supports one of the layers, a parameter is not finite, the model exceeds the limits, the path is empty, or the metadata has a reserved key or text that is not valid Unicode.</exception>
    /// <exception cref="InvalidOperationException">A parameter changed during the call.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="IOException">The file cannot be written; or <see cref="UnauthorizedAccessException"/>.</exception>
    public static void Save<T>(ILayer<T> model, string path, ModelSaveOptions? options = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Action<Stream> write = Prepare(model, options ?? ModelSaveOptions.Default);
        AtomicFile.Write(path, write);
    }

    /// <summary>Saves a model to a stream, at its position. The stream stays open.</summary>
    /// <typeparam name="T">float (saved as F32) or double (F64).</typeparam>
    /// <param name="model">A model of layers that the options' formats support.</param>
    /// <param name="stream">A writable stream; it need not support seeking.</param>
    /// <param name="options">Metadata, formats and limits; the defaults when null.</param>
    /// <exception cref="ArgumentException">As for a path, or the stream is not writable.</exception>
    /// <exception cref="InvalidOperationException">A parameter changed during the call; what was written is not a valid file.</exception>
    public static void Save<T>(ILayer<T> model, Stream stream, ModelSaveOptions? options = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        OpenedFile.RequireWritable(stream);
        Prepare(model, options ?? ModelSaveOptions.Default)(stream);
    }

    /// <summary>Whether tensors are those of a file that describes its model, so that <see cref="Load{T}(string, ModelLoadOptions)"/>, or <see cref="NumpyFile.LoadModel{T}(string, ModelLoadOptions)"/> for an archive of arrays, creates it.</summary>
    /// <param name="tensors">An open file.</param>
    /// <exception cref="ArgumentNullException"><paramref name="tensors"/> is null.</exception>
    public static bool DescribesModel(TensorSource tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        return tensors.ModelLoader is not null;
    }

    /// <summary>Loads a model that <see cref="Save{T}(ILayer{T}, string, ModelSaveOptions)"/> wrote.</summary>
    /// <typeparam name="T">float or double; values of the other type, and of 16 bits, are converted. Quantized models load as float only.</typeparam>
    /// <param name="path">The file.</param>
    /// <param name="options">Formats and limits; the defaults when null.</param>
    /// <exception cref="ArgumentException">The path is empty, or T is neither float nor double.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, is not one that Save wrote, has a kind of layer that no format supports, exceeds the limits, has a number that is not finite or out of T's range, or holds a quantized model and T is double. The message starts with the path.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static LoadedModel<T> Load<T>(string path, ModelLoadOptions? options = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check.ElementType<T>();
        using FileStream stream = OpenedFile.Open(path);
        try
        {
            return Load<T>(stream, options);
        }
        catch (InvalidDataException exception)
        {
            throw OpenedFile.InFile(path, exception);
        }
    }

    /// <summary>Loads a model from a stream, from its position to its end. A stream that cannot seek is read into memory first.</summary>
    /// <typeparam name="T">float or double; values of the other type, and of 16 bits, are converted. Quantized models load as float only.</typeparam>
    /// <param name="stream">What Save wrote, and nothing after it. It stays open, at an unspecified position.</param>
    /// <param name="options">Formats and limits; the defaults when null.</param>
    /// <exception cref="ArgumentException">The stream is not readable, or T is neither float nor double.</exception>
    /// <exception cref="InvalidDataException">As for a path.</exception>
    public static LoadedModel<T> Load<T>(Stream stream, ModelLoadOptions? options = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check.ElementType<T>();
        OpenedFile.RequireReadable(stream);
        options ??= ModelLoadOptions.Default;
        using var file = new SafetensorsReader(stream, options.Limits);
        if (file.Header.Description is not { } text)
            throw new InvalidDataException($"The file describes no model ({SafetensorsHeader.MetadataName}, {SafetensorsHeader.DescriptionKey}), it contains only tensors. Create the model and use LoadInto.");

        // Values of a large file are put into the new model in the pass that also computes the checksum; the model is discarded if that fails.
        bool isLarge = BitConverter.IsLittleEndian && file.Header.DataLength >= LargeBytes;
        if (!isLarge) file.RequireChecksum();
        try
        {
            ModelDescription description = ModelDescription.Read(text, options.Formats, options.Limits);
            List<TensorMatch> matches = TensorMatches.Find<T>(description.Tensors(), file, options.Limits);
            bool isOnePass = isLarge && TensorMatches.CoverDataInOrder<T>(matches, file);
            if (!isOnePass)
            {
                file.RequireChecksum();
                ModelTensors.Validate<T>(file, matches, options.AllowNonFinite);
            }

            ILayer<T> model = description.CreateLoaded<T>();
            Dictionary<string, Parameter<T>> parameters = ModelTensors.ParametersByName(model);
            Dictionary<string, HeldTensor> held = HeldTensors.ByName(model);
            if ((ModelTensors.FindMismatch(matches.Select(match => match.Tensor), parameters) ?? HeldTensors.FindMismatch(matches.Select(match => match.Tensor), held)) is { } fault) throw new InvalidOperationException(fault);
            if (isOnePass) ReadInOnePass(file, matches, parameters, options);
            else ModelTensors.Read(file, matches, parameters, options.AllowNonFinite, held: held);
            return new LoadedModel<T>(model, file.Header.Metadata);
        }
        catch (InvalidDataException) when (isLarge)
        {
            // Damage explains whatever else is wrong.
            file.RequireChecksum();
            throw;
        }
    }

    private static void ReadInOnePass<T>(SafetensorsReader file, List<TensorMatch> matches, Dictionary<string, Parameter<T>> parameters, ModelLoadOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using IncrementalHash hash = file.BeginChecksum();
        using (var chunks = new HashedChunks<T>(file.Header.DataLength, hash))
        {
            ModelTensors.Read(file, matches, parameters, options.AllowNonFinite, chunks);
            chunks.Finish();
        }

        file.RequireChecksum(hash);
    }

    /// <summary>Validates everything and computes the checksum; the returned action only writes.</summary>
    private static Action<Stream> Prepare<T>(ILayer<T> model, ModelSaveOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        (TensorLayout[] tensors, Dictionary<string, Parameter<T>> parameters) = Describe(model, options, out ModelDescription description);
        RequireMetadata(options);
        ReadOnlyMemory<byte> text = description.Write();
        RequireLoadable(model, text, options);
        Dictionary<string, HeldTensor> held = HeldTensors.ByName(model);
        if (HeldTensors.FindMismatch(tensors, held) is { } fault) throw new ArgumentException(fault, nameof(model));
        long bytes = parameters.Values.Sum(parameter => (long)parameter.Count) * Unsafe.SizeOf<T>() + tensors.Sum(tensor => tensor.HeldAs is null ? 0 : tensor.MemoryBytesIn<T>());
        if (bytes > options.Limits.ParameterBytes) throw Check.Shape(nameof(model), $"parameters of at most {options.Limits.ParameterBytes} bytes (ModelLimits.ParameterBytes)", $"{bytes}");
        long[] versions = Versions();
        SafetensorsWriter writer = SafetensorsWriter.Create<T>(tensors, text.Span, options.Metadata, options.Limits, options.AllowNonFinite ? Fill : FillChecked);
        return stream =>
        {
            writer.WriteTo<T>(stream, Fill);

            // The version of a parameter is odd while it is being written.
            if (versions.Any(version => version % 2 != 0) || !versions.AsSpan().SequenceEqual(Versions())) throw new InvalidOperationException("A parameter of the model changed while the model was being saved.");
        };

        void Fill(TensorLayout tensor, long first, Span<T> values)
        {
            if (tensor.HeldAs is null) ModelTensors.Gather(tensor, parameters, first, values);
            else held[tensor.Blocks[0].Parameter].CopyTo(first, values);
        }

        void FillChecked(TensorLayout tensor, long first, Span<T> values)
        {
            Fill(tensor, first, values);
            int bad = ModelTensors.IndexOfNonFinite<T>(values);
            if (bad >= 0) throw new ArgumentException($"Expected finite numbers, got {values[bad]} in {tensor.Name} at {tensor.Position(first + bad)}. Set AllowNonFinite to save it.", nameof(model));
        }

        long[] Versions() => [.. parameters.Values.Select(parameter => parameter.Version)];
    }

    private static (TensorLayout[] Tensors, Dictionary<string, Parameter<T>> Parameters) Describe<T>(ILayer<T> model, ModelFileOptions options, out ModelDescription description)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        description = ModelDescription.Of(model, options.Formats);
        Dictionary<string, Parameter<T>> parameters = ModelTensors.ParametersByName(model);

        // Wider numbers first, so that all of them are aligned in the file. The order of equal ones stays.
        TensorLayout[] tensors = [.. description.Tensors().OrderByDescending(tensor => TensorBytes.SizeOf(tensor.HeldAs ?? TensorBytes.TypeOf<T>()))];
        return ModelTensors.FindMismatch(tensors, parameters) is { } fault ? throw new ArgumentException(fault, nameof(model)) : (tensors, parameters);
    }

    /// <summary>Throws if the description cannot be read back or exceeds the limits, before the file is written.</summary>
    private static void RequireLoadable(object model, ReadOnlyMemory<byte> description, ModelSaveOptions options)
    {
        ReadOnlyMemory<byte> again;
        try
        {
            again = ModelDescription.Read(description, options.Formats, options.Limits).Write();
        }
        catch (InvalidDataException exception)
        {
            throw new ArgumentException(exception.Message, nameof(model), exception);
        }

        if (!again.Span.SequenceEqual(description.Span)) throw new ArgumentException($"Expected formats that read back what they write, got a different description of a {model.GetType().Name}.", nameof(model));
    }

    private static void RequireMetadata(ModelSaveOptions options)
    {
        if (options.Metadata.Count > options.Limits.MetadataEntries) throw Check.Shape(nameof(options), $"metadata of at most {options.Limits.MetadataEntries} entries (ModelLimits.MetadataEntries)", $"{options.Metadata.Count}");
        long bytes = 0;
        foreach ((string key, string value) in options.Metadata)
        {
            if (key.StartsWith(SafetensorsHeader.Reserved, StringComparison.Ordinal))
                throw new ArgumentException($"Expected metadata keys that do not start with \"{SafetensorsHeader.Reserved}\", which are reserved, got {ErrorText.Quote(key)}.", nameof(options));
            if (value is null) throw new ArgumentException($"The value of the metadata key {ErrorText.Quote(key)} is null.", nameof(options));
            try
            {
                bytes += StrictUtf8.GetByteCount(key) + StrictUtf8.GetByteCount(value);
            }
            catch (EncoderFallbackException exception)
            {
                throw new ArgumentException($"The key or the value of the metadata key {ErrorText.Quote(key)} is not valid Unicode: it has an unpaired surrogate.", nameof(options), exception);
            }
        }

        // The header can only be longer, so it need not be created.
        if (bytes > options.Limits.HeaderBytes) throw SafetensorsWriter.HeaderTooLong(options.Limits, bytes);
    }
}
